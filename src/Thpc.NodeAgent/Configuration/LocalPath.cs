using System.Text;

namespace Thpc.NodeAgent.Configuration;

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

    /// <summary>Removes trailing slashes, which the API's answers may have; what is nothing but slashes is the root.</summary>
    public static string Normalize(string path) => path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : path.Length > 0 ? "/" : path;

    /// <summary>Rejects a path that begins or ends with a blank. Returns null if it does not.</summary>
    /// <param name="shown">How it may be quoted, where it has secrets.</param>
    public static string? ValidateBlanks(string path, string? shown = null) => path.Length > 0 && (IsBlank(path[0]) || IsBlank(path[^1]) || IsBlank(Normalize(path)[^1]))
        ? $"\"{shown ?? path}\" {(IsBlank(path[0]) ? "begins" : "ends")} with a blank; take that out"
        : null;

    /// <summary>Says why no file can have this path; null if one can.</summary>
    /// <param name="path">Absolute.</param>
    public static string? ValidateForm(string path)
    {
        if (path.Any(char.IsControl))
        {
            return "contains control characters";
        }

        // U+FFFD stands where a file that was read had bytes that are not UTF-8, and for halves of surrogate pairs.
        if (path.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar))
        {
            return "contains bytes that are not UTF-8";
        }

        var parts = path.Split('/');
        if (Encoding.UTF8.GetByteCount(path) > 4095 || parts.Any(part => Encoding.UTF8.GetByteCount(part) > 255))
        {
            return "is longer than a Linux path may be (4095 bytes, 255 between slashes)";
        }

        return path != "/" && parts.Skip(1).Any(part => part is "" or "." or "..") ? $"\"{path}\" is not normal; write it without //, . and .." : null;
    }

    /// <summary>Says why the path cannot be a mount point; null if it can.</summary>
    /// <param name="path">Without trailing slash.</param>
    public static string? Validate(string path)
    {
        if (!path.StartsWith('/'))
        {
            return $"\"{path}\" is not absolute; begin it with /";
        }

        if (path == "/")
        {
            return "/ is the system's root; choose a directory such as /data";
        }

        if (ValidateForm(path) is { } problem)
        {
            return problem;
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

    // Control characters have an objection of their own.
    private static bool IsBlank(char c) => char.IsWhiteSpace(c) && !char.IsControl(c);

    public static bool IsAtOrBelow(string path, string top) =>
        path == top || path.StartsWith(top == "/" ? "/" : top + "/", StringComparison.Ordinal);
}
