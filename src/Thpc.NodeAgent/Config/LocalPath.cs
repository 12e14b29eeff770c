namespace Thpc.NodeAgent.Config;

/// <summary>Which directories may become mount points.</summary>
internal static class LocalPath
{
    // Nothing of these may be covered, nor anything below them.
    private static readonly string[] Closed = ["/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/boot", "/dev", "/proc", "/sys", "/run"];

    // These are the system's themselves, and so are the named children with all below them; other children are free.
    private static readonly Dictionary<string, string[]> PartlyClosed = new(StringComparer.Ordinal)
    {
        ["/usr"] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "include", "share", "src", "etc", "games"],
        ["/var"] = ["lib", "log", "run", "lock", "cache", "spool", "tmp", "mail", "opt", "backups", "empty", "db", "adm", "yp", "crash", "account", "kerberos"],
        ["/root"] = [".ssh", ".config", ".cache", ".local"],
    };

    /// <summary>Removes trailing slashes, which the API's answers may have.</summary>
    public static string Normalize(string path) => path.Length > 1 && path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : path;

    /// <summary>Says why the path cannot be a mount point; null if it can.</summary>
    /// <param name="path">Without trailing slash.</param>
    public static string? Objection(string path)
    {
        if (!path.StartsWith('/'))
        {
            return $"\"{path}\" is not absolute; begin it with /";
        }

        if (path == "/")
        {
            return "/ is the system's root; choose a directory such as /data";
        }

        if (path.Length > 4095 || path.Split('/').Any(part => System.Text.Encoding.UTF8.GetByteCount(part) > 255))
        {
            return "is longer than a Linux path may be (4095 bytes, 255 between slashes)";
        }

        if (path.Any(char.IsControl) || path.Any(char.IsSurrogate) && !IsWellFormed(path))
        {
            return "contains control characters";
        }

        if (path.Split('/').Skip(1).Any(part => part is "" or "." or ".."))
        {
            return $"\"{path}\" is not normal; write it without //, . and ..";
        }

        var owner = Array.Find(Closed, closed => IsAtOrBelow(path, closed));
        if (owner is not null || path.StartsWith("/lib", StringComparison.Ordinal) && path.IndexOf('/', 1) < 0)
        {
            return $"{path} belongs to the system ({owner ?? path}); choose a directory such as /data";
        }

        foreach (var (top, children) in PartlyClosed)
        {
            if (path == top || Array.Exists(children, child => IsAtOrBelow(path, $"{top}/{child}")))
            {
                return $"{path} belongs to the system; choose a directory such as /data";
            }
        }

        return null;
    }

    public static bool IsAtOrBelow(string path, string top) =>
        path == top || path.StartsWith(top == "/" ? "/" : top + "/", StringComparison.Ordinal);

    private static bool IsWellFormed(string text) => !text.EnumerateRunes().Any(rune => rune == System.Text.Rune.ReplacementChar);
}
