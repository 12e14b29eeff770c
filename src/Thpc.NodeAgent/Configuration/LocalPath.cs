using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

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
    public static LocalizedText? ValidateBlanks(string path, string? shown = null) =>
        path.Length == 0 ? null
        : IsBlank(path[0]) ? Messages.BeginsWithBlank(TerminalText.Quoted(shown ?? path))
        : IsBlank(path[^1]) || IsBlank(Normalize(path)[^1]) ? Messages.EndsWithBlank(TerminalText.Quoted(shown ?? path))
        : null;

    /// <summary>Returns a diagnostic for a path that names no file of the node; null if it may name one.</summary>
    public static LocalizedText? ValidateFile(string path) =>
        ValidateBlanks(path)
        ?? (path.StartsWith('/') ? ValidateForm(path) : Messages.NotAbsolute(TerminalText.Quoted(path)));

    /// <summary>Returns a diagnostic for a path that no file can have, or that is not normalized; null if it is valid.</summary>
    /// <param name="path">An absolute path.</param>
    public static LocalizedText? ValidateForm(string path)
    {
        if (path.Any(char.IsControl))
        {
            return Messages.ControlCharacters;
        }

        // U+FFFD replaces bytes of the file that are not UTF-8, and halves of surrogate pairs.
        if (path.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar))
        {
            return Messages.NotUtf8;
        }

        var parts = path.Split('/');
        if (Encoding.UTF8.GetByteCount(path) > 4095 || parts.Any(part => Encoding.UTF8.GetByteCount(part) > 255))
        {
            return Messages.PathTooLong;
        }

        return path != "/" && parts.Skip(1).Any(part => part is "" or "." or "..")
            ? Messages.NotNormal(TerminalText.Quoted(path))
            : null;
    }

    /// <summary>Returns a diagnostic for a path that cannot be a mount point; null if it can.</summary>
    /// <param name="path">A path without trailing slash.</param>
    public static LocalizedText? Validate(string path)
    {
        if (!path.StartsWith('/'))
        {
            return Messages.NotAbsolute(TerminalText.Quoted(path));
        }

        if (path == "/")
        {
            return Messages.SystemRoot;
        }

        if (ValidateForm(path) is { } problem)
        {
            return problem;
        }

        var owner = Array.Find(Closed, closed => IsAtOrBelow(path, closed));
        if (owner is not null || path.StartsWith("/lib", StringComparison.Ordinal) && path.IndexOf('/', 1) < 0)
        {
            return Messages.SystemPath(TerminalText.Quoted(path), owner ?? path);
        }

        foreach (var (top, children) in PartlyClosed)
        {
            if (path == top || Array.Exists(children, child => IsAtOrBelow(path, $"{top}/{child}")))
            {
                return Messages.SystemPath(TerminalText.Quoted(path));
            }
        }

        return null;
    }

    // Control characters have their own diagnostic.
    private static bool IsBlank(char c) => char.IsWhiteSpace(c) && !char.IsControl(c);

    public static bool IsAtOrBelow(string path, string top) =>
        path == top || path.StartsWith(top == "/" ? "/" : top + "/", StringComparison.Ordinal);
}
