using System.Text.RegularExpressions;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Classifies the output of package managers, which is English because LC_ALL is C.</summary>
internal static partial class ManagerOutput
{
    private static readonly string[] Locked =
    [
        // apt and dpkg. "Could not open lock file" and "are you root?" are something else.
        "Could not get lock", "is another process using it?", "is locked by another process", "was locked by another process",

        // yum, dnf, dnf5, rpm
        "Another app is currently holding the yum lock", "already locked by", "Waiting for process with pid",
        "can't create transaction lock",
        "Failed to obtain rpm transaction lock", "Another transaction is in progress", "cannot get exclusive lock",

        "System management is locked by the application",
    ];

    private static readonly string[] NoSpace = ["No space left on device", "enough free space", "more space needed", "more space on the "];

    private static readonly string[] Stale =
        ["404  Not Found", "maybe run apt-get update", "Hash Sum mismatch", "File has unexpected size"];

    private static readonly string[] Network =
    [
        "Temporary failure resolving", "Could not resolve", "Couldn't resolve", "Could not connect", "Couldn't connect",
        "Unable to connect", "Cannot initiate the connection",
        "Connection timed out", "Connection refused", "Connection reset", "Connection failed", "Network is unreachable", "No route to host",
        "Timeout was reached",
        "Timeout exceeded", "Operation too slow", "Failed to fetch", "Some index files failed to download", "Cannot download",
        "Failed to download", "Errors during downloading",
        "Could not retrieve mirrorlist", "Cannot find a valid baseurl", "Failed to synchronize cache", "Valid metadata not found",
        "Curl error", "Download (curl) error",
        "Problem retrieving files from",
    ];

    // apt, dnf and its libraries, yum, zypper.
    private static readonly string[] NotFound =
        ["  404  ", "Status code: 404", "returned error: 404", "HTTP Error 404", "not found on medium"];

    private static readonly string[] Unknown =
    [
        "Unable to locate package", "has no installation candidate", "Couldn't find any package by",
        "No match for argument", "Unable to find a match", "No package ", "No provider of", "not found in package names",
    ];

    private static readonly string[] Unsigned =
    [
        "is not signed", "is unsigned, continue?", "Signature verification failed", "GPG check FAILED", "NO_PUBKEY",
        "unauthenticated packages",
        "Public key for", "GPG key retrieval failed", "don't match the installed keys", "signatures couldn't be verified",
        "signature could not be verified",
    ];

    private static readonly string[] Corrupt =
        ["incorrect checksum", "Digest verification failed", "package does not match intended download", "Checksum doesn't match"];

    private static readonly string[] Excluded =
        ["filtered out by exclude", "is filtered out by", "excluded by", "Solution 1: remove lock", "has been locked"];

    private static readonly string[] Unmet =
        ["nothing provides", "but it is not installable", "but it is not going to be installed", "is to be installed", "Requires: "];

    private static readonly string[] Conflict =
        ["conflicts with", "conflicts between attempted installs", "trying to overwrite", "Conflicts: "];

    private static readonly string[] HalfInstalled = ["needs to be reinstalled", "very bad inconsistent state"];

    private static readonly string[] Broken = ["--fix-broken", "apt-get -f install"];

    private static readonly string[] Script =
    [
        "error: %pre", "Error in PREIN scriptlet", "Error in PRETRANS scriptlet", "installation script subprocess returned error",
        "maintainer script returned error",
    ];

    /// <summary>
    /// Checks for a held lock and a full disk before the errors that they cause, and for permanent errors before those that a retry may
    /// fix.
    /// </summary>
    public static ManagerFault Classify(PackageFamily family, int exitCode, string output) =>
        Any(output, Locked) || (family == PackageFamily.Zypper && exitCode == 7) || (family == PackageFamily.Dnf && exitCode == 200)
            ? ManagerFault.Locked
        : Any(output, NoSpace) ? ManagerFault.NoSpace
        : output.Contains("dpkg was interrupted", StringComparison.Ordinal) ? ManagerFault.Interrupted
        : family == PackageFamily.Apt && Any(output, HalfInstalled) ? ManagerFault.HalfInstalled
        : family == PackageFamily.Apt && Any(output, Broken) ? ManagerFault.Broken
        : Any(output, Script) ? ManagerFault.Script
        : Any(output, Unsigned) ? ManagerFault.Unsigned
        : Any(output, Corrupt) ? ManagerFault.Corrupt
        : family == PackageFamily.Apt && Any(output, Stale) ? ManagerFault.Stale
        : IsNetwork(output) ? ManagerFault.Network
        : Any(output, Excluded) ? ManagerFault.Excluded
        : Any(output, Unknown) || (family == PackageFamily.Zypper && exitCode == 104) ? ManagerFault.UnknownPackage
        : Any(output, Conflict) ? ManagerFault.Conflict
        : Any(output, Unmet) ? ManagerFault.Unmet
        : ManagerFault.Other;

    /// <summary>Whether the output mentions a network problem, even in a warning.</summary>
    public static bool IsNetwork(string output) => Any(output, Network);

    /// <summary>Whether a repository answered that it has no such file.</summary>
    public static bool IsNotFound(string output) => Any(output, NotFound);

    /// <returns>Such as "pid 812 (unattended-upgr)", or null if the output names no holder.</returns>
    public static string? LockHolder(string output)
    {
        var match = HolderPattern().Match(output);
        return !match.Success
            ? null
            : match.Groups[2].Success
            ? $"pid {match.Groups[1].Value} ({TerminalText.OneLine(match.Groups[2].Value)})"
            : $"pid {match.Groups[1].Value}";
    }

    /// <summary>Scripts that failed after rpm marked their package as installed; all rpm-based managers only warn about them.</summary>
    /// <returns>The package with version and architecture, and rpm's message.</returns>
    public static IReadOnlyList<(string Package, string Words)> FailedScripts(string output) =>
        [.. FailedScriptPattern().Matches(output)
            .Select(match => (match.Groups[2].Value, $"{match.Groups[1].Value} {match.Groups[3].Value}")).Distinct()];

    private static bool Any(string output, string[] words) =>
        Array.Exists(words, word => output.Contains(word, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"(?:held by process|with pid|as pid|already locked by) (\d+)(?: \(([^)\n]*)\))?", RegexOptions.CultureInvariant)]
    private static partial Regex HolderPattern();

    // warning: %post(toy-badpost-1-1.x86_64) scriptlet failed, exit status 3
    [GeneratedRegex(@"^warning: (%\w+)\(([^)\n]+)\) (scriptlet failed, [^\n]+)", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex FailedScriptPattern();
}
