using System.Text;

namespace Thpc.NodeAgent.Configuration;

/// <summary>Validates local paths: their form, and which directories may become mount points.</summary>
internal static class LocalPath
{
    // Neither these directories nor anything below them may be a mount point.
    private static readonly string[] Closed =
        ["/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/boot", "/dev", "/proc", "/sys", "/run"];

    // These directories, and the named children with everything below them, belong to the system; other children are allowed.
    private static readonly Dictionary<string, string[]> PartlyClosed = new(StringComparer.Ordinal)
    {
        ["/usr"] = ["bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec", "include", "share", "src", "etc", "games"],
        ["/var"] = ["lib", "log", "run", "lock", "cache", "spool", "tmp", "mail", "opt", "backups", "empty", "db", "adm", "yp", "crash",
            "account", "kerberos"],
        ["/root"] = [".ssh", ".config", ".cache", ".local"],
    };

    /// <summary>Removes trailing slashes, which API responses may have. A path of slashes only becomes "/".</summary>
    public static string Normalize(string path) => path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed : path.Length > 0 ? "/" : path;

    /// <summary>Returns a diagnostic for a path that begins or ends with a blank; null if it does not.</summary>
    /// <param name="shown">The path without secrets, if it may contain some.</param>
    public static string? ValidateBlanks(string path, string? shown = null) =>
        path.Length > 0 && (IsBlank(path[0]) || IsBlank(path[^1]) || IsBlank(Normalize(path)[^1]))
            ? $"\"{shown ?? path}\" {(IsBlank(path[0]) ? "begins" : "ends")} with a blank; remove it"
            : null;

    /// <summary>Returns a diagnostic for a path that no file can have, or that is not normalized; null if it is valid.</summary>
    /// <param name="path">An absolute path.</param>
    public static string? ValidateForm(string path)
    {
        if (path.Any(char.IsControl))
        {
            return "contains control characters";
        }

        // U+FFFD replaces bytes of the file that are not UTF-8, and halves of surrogate pairs.
        if (path.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar))
        {
            return "contains bytes that are not UTF-8";
        }

        var parts = path.Split('/');
        if (Encoding.UTF8.GetByteCount(path) > 4095 || parts.Any(part => Encoding.UTF8.GetByteCount(part) > 255))
        {
            return "is longer than a Linux path may be (4095 bytes, 255 between slashes)";
        }

        return path != "/" && parts.Skip(1).Any(part => part is "" or "." or "..")
            ? $"\"{path}\" contains //, . or ..; write the path without them"
            : null;
    }

    /// <summary>Returns a diagnostic for a path that cannot be a mount point; null if it can.</summary>
    /// <param name="path">A path without trailing slash.</param>
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

    // Control characters have their own diagnostic.
    private static bool IsBlank(char c) => char.IsWhiteSpace(c) && !char.IsControl(c);

    public static bool IsAtOrBelow(string path, string top) =>
        path == top || path.StartsWith(top == "/" ? "/" : top + "/", StringComparison.Ordinal);
}
