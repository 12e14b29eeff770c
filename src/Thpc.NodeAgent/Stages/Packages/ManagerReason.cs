using System.Text.RegularExpressions;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Extracts from a manager's output the lines that explain its failure, joined to one line.</summary>
internal static partial class ManagerReason
{
    private const int MaxLines = 8;
    private const int MaxLength = 700;

    // Lines with these prefixes are part of the reason,
    private static readonly string[] ReasonStarts =
    [
        "E: ", "W: Failed to fetch", "dpkg: error", "Error", "error: ", "RPM: error", "Failed to ", "Cannot ", "[Errno",
        "System management is locked",
        "Problem: ", "Problem retrieving", "File ", "Specified path", "Warning: Digest verification failed", "Installation of ",
        "Signature verification",
        "All matches were filtered", "Fatal error", "Transaction check error", "Detected ",
    ];

    // and so are the indented lines below a line with one of these prefixes,
    private static readonly string[] Heads =
    [
        "Error:", "Errors during", "dpkg: error", "The following packages have unmet dependencies", "History:", "File ",
        "Transaction check error",
        "Detected ", "[", "Error Summary",
    ];

    // and lines that contain one of these.
    private static readonly string[] Inside =
    [
        "is not signed", "incorrect checksum", "filtered out", "seems to be corrupted", "Valid metadata not found",
        "needs to be reinstalled", "Subprocess failed",
        "conflicts with file from", "Solution 1: remove lock", "package management system locked",
        "another copy is running",
    ];

    // Excluded: lines that only repeat others or ask the user.
    private static readonly string[] NoiseStarts =
    [
        "(try to add", "Error: Transaction failed", "File conflicts happen", "Please see the above", "- ABORT request", "Error Summary",
        "Errors were encountered while",
        "E: Sub-process /usr/bin/dpkg returned", "Detected ", "Disk Requirements:", "Installation has been aborted",
    ];

    /// <summary>The reason, or the last lines if none is recognised.</summary>
    public static string Extract(string output)
    {
        var lines = output.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0).ToList();
        List<string> reason = [];
        var below = false;
        foreach (var line in lines)
        {
            below = line[0] is ' ' or '\t' ? below : StartsWith(line, Heads);
            if ((below && line[0] is ' ' or '\t') || StartsWith(line, ReasonStarts) || IsName(line)
                || Array.Exists(Inside, word => line.Contains(word, StringComparison.Ordinal)))
            {
                reason.Add(line.Trim());
            }
        }

        reason = [.. reason.Where(line => !StartsWith(line, NoiseStarts) && line is not ("Error:" or "Error: "))];
        if (reason.Count == 0)
        {
            return TerminalText.LastLines(Redactor.ByForm(output), MaxLength);
        }

        var merged = MergeNames(reason).Distinct(StringComparer.Ordinal).Take(MaxLines);
        return TerminalText.Cut(Redactor.ByForm(TerminalText.OneLine(string.Join(" / ", merged))), MaxLength);
    }

    /// <summary>Merges names that are missing for the same reason into one line, so that none is cut off.</summary>
    private static List<string> MergeNames(List<string> lines)
    {
        List<string> gathered = [];
        var names = lines.Select(line => NamePattern().Match(line)).Where(match => match.Success)
            .ToLookup(match => match.Groups[1].Value, match => match.Groups[2].Value);
        foreach (var line in lines)
        {
            var why = NamePattern().Match(line) is { Success: true } match ? match.Groups[1].Value : "";
            gathered.Add(names[why].Distinct().Count() > 1 ? $"{why} {string.Join(", ", names[why].Distinct())}" : line);
        }

        return gathered;
    }

    private static bool IsName(string line) => NamePattern().IsMatch(line);

    private static bool StartsWith(string line, string[] starts) =>
        Array.Exists(starts, start => line.StartsWith(start, StringComparison.Ordinal));

    [GeneratedRegex(@"^(E: Unable to locate package|No match for argument:|No package|No provider of) (\S+)(?: (?:available|found)\.)?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
