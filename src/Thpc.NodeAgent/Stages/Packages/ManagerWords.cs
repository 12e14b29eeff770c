using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>What a manager's failure means for what to do next.</summary>
internal enum ManagerFault
{
    /// <summary>Another program holds the lock: wait.</summary>
    Locked,

    /// <summary>dpkg was killed at work: finish that first.</summary>
    Interrupted,

    /// <summary>The lists are older than the repository: fetch them.</summary>
    Stale,

    /// <summary>The repositories were not reached: try again.</summary>
    Network,

    /// <summary>The repositories have no such package.</summary>
    UnknownPackage,

    NoSpace,
    Other,
}

/// <summary>Reads managers' words, which are English because LC_ALL is C.</summary>
internal static partial class ManagerWords
{
    private static readonly string[] Locked =
    [
        // apt and dpkg. "Could not open lock file" and "are you root?" are something else.
        "Could not get lock", "is another process using it?", "is locked by another process", "was locked by another process",

        // yum, dnf, dnf5, rpm
        "Another app is currently holding the yum lock", "already locked by", "Waiting for process with pid", "can't create transaction lock",
        "Failed to obtain rpm transaction lock", "Another transaction is in progress", "cannot get exclusive lock",

        "System management is locked by the application",
    ];

    private static readonly string[] NoSpace = ["No space left on device", "enough free space", "more space needed"];

    private static readonly string[] Stale = ["404  Not Found", "maybe run apt-get update", "Hash Sum mismatch", "File has unexpected size"];

    private static readonly string[] Network =
    [
        "Temporary failure resolving", "Could not resolve", "Couldn't resolve", "Could not connect", "Couldn't connect", "Unable to connect", "Cannot initiate the connection",
        "Connection timed out", "Connection refused", "Connection reset", "Connection failed", "Network is unreachable", "No route to host", "Timeout was reached",
        "Timeout exceeded", "Operation too slow", "Failed to fetch", "Some index files failed to download", "Cannot download", "Failed to download", "Errors during downloading",
        "Could not retrieve mirrorlist", "Cannot find a valid baseurl", "Failed to synchronize cache", "Valid metadata not found", "Curl error", "Download (curl) error",
    ];

    private static readonly string[] Unknown =
    [
        "Unable to locate package", "has no installation candidate", "Couldn't find any package by",
        "No match for argument", "Unable to find a match", "No package ", "No provider of", "not found in package names",
    ];

    private static readonly string[] Telling = ["E: ", "W: Failed to fetch", "dpkg: error", "Error", "No match for", "No package ", "No provider of", "Problem: ", "Failed to ", "Cannot ", "[Errno", "System management is locked"];

    public static ManagerFault Classify(PackageFamily family, int exitCode, string output) =>
        Any(output, Locked) || (family == PackageFamily.Zypper && exitCode == 7) || (family == PackageFamily.Dnf && exitCode == 200) ? ManagerFault.Locked
        : Any(output, NoSpace) ? ManagerFault.NoSpace
        : output.Contains("dpkg was interrupted", StringComparison.Ordinal) ? ManagerFault.Interrupted
        : family == PackageFamily.Apt && Any(output, Stale) ? ManagerFault.Stale
        : IsNetwork(output) ? ManagerFault.Network
        : Any(output, Unknown) || (family == PackageFamily.Zypper && exitCode == 104) ? ManagerFault.UnknownPackage
        : ManagerFault.Other;

    /// <summary>Whether the manager complains of the network, be it in a warning only.</summary>
    public static bool IsNetwork(string output) => Any(output, Network);

    /// <returns>"pid 812 (unattended-upgr)", or null where the manager does not say who.</returns>
    public static string? LockHolder(string output)
    {
        var match = HolderPattern().Match(output);
        return !match.Success ? null : match.Groups[2].Success ? $"pid {match.Groups[1].Value} ({Words.OneLine(match.Groups[2].Value)})" : $"pid {match.Groups[1].Value}";
    }

    /// <summary>The lines that tell the reason, in one line; the last ones where none stands out.</summary>
    public static string Last(string output)
    {
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // dpkg says in the indented line below which script failed and how.
        string[] telling = [.. lines.Where((line, i) => IsTelling(line) || (line is [' ', ..] && i > 0 && lines[i - 1].StartsWith("dpkg: error", StringComparison.Ordinal)))];
        return Words.Last(string.Join('\n', telling.Length > 0 ? telling : lines), 400);
    }

    private static bool IsTelling(string line) => Array.Exists(Telling, start => line.StartsWith(start, StringComparison.Ordinal));

    private static bool Any(string output, string[] words) => Array.Exists(words, word => output.Contains(word, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"(?:held by process|with pid|as pid|already locked by) (\d+)(?: \(([^)\n]*)\))?", RegexOptions.CultureInvariant)]
    private static partial Regex HolderPattern();
}
