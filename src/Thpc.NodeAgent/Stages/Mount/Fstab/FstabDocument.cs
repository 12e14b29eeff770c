using System.Text;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Mount.Fstab;

/// <summary>One entry of fstab(5), with its fields decoded.</summary>
internal sealed record FstabEntry(string Source, string MountPoint, string Type, string Options)
{
    /// <summary>The cluster that the agent wrote the line for; null for lines that the agent did not write.</summary>
    public string? Cluster => Option(NodePaths.ClusterTag);

    /// <summary>Fingerprint of the machine on which the agent wrote the line; null where it had none.</summary>
    public string? Machine => Option(NodePaths.MachineTag);

    /// <summary>The encoded line with its line feed, one character per byte.</summary>
    public string ToLine()
    {
        static string Field(string text) => OctalEscape.Encode(OctalEscape.ToBytes(text));
        return $"{Field(Source)} {Field(MountPoint)} {Field(Type)} {Field(Options)} 0 0\n";
    }

    private string? Option(string prefix) =>
        Options.Split(',').FirstOrDefault(option => option.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
}

/// <param name="Raw">The unchanged line with its line end.</param>
/// <param name="Number">From 1.</param>
/// <param name="Entry">Null for comments, empty lines and lines that libmount rejects.</param>
internal sealed record FstabLine(string Raw, int Number, FstabEntry? Entry);

/// <summary>
/// The text of fstab, changed line by line: every line that the agent did not write stays unchanged, byte for byte.
/// The text has one character per byte (Latin-1), so that any encoding is preserved.
/// </summary>
internal sealed partial class FstabDocument
{
    private FstabDocument(IReadOnlyList<FstabLine> lines) => Lines = lines;

    public IReadOnlyList<FstabLine> Lines { get; }

    public string Text => string.Concat(Lines.Select(line => line.Raw));

    public static FstabDocument Parse(string text)
    {
        List<FstabLine> lines = [];
        for (var start = 0; start < text.Length;)
        {
            var feed = text.IndexOf('\n', start);
            var next = feed < 0 ? text.Length : feed + 1;
            var raw = text[start..next];
            lines.Add(new FstabLine(raw, lines.Count + 1, ParseLine(raw)));
            start = next;
        }

        return new FstabDocument(lines);
    }

    public IEnumerable<FstabLine> At(string mountPoint) =>
        Lines.Where(line => line.Entry is { } entry && NormalizeSlashes(entry.MountPoint) == mountPoint);

    /// <summary>
    /// Adds this entry: it replaces the agent's line for that mount point, or is appended.
    /// </summary>
    /// <exception cref="AgentException">FSTAB_INVALID where fstab's syntax cannot express the entry.</exception>
    public FstabDocument With(FstabEntry entry)
    {
        var line = entry.ToLine();
        if (ParseLine(line) != entry)
        {
            throw new AgentException(
                ErrorCode.FstabInvalid,
                Messages.FstabCannotExpress(TerminalText.OneLine(entry.ToString())),
                Hints.AvoidUnusualCharacters);
        }

        var text = new StringBuilder();
        var placed = false;
        foreach (var old in Lines)
        {
            if (!IsOwn(old, entry.MountPoint))
            {
                text.Append(old.Raw);
            }
            else if (!placed)
            {
                text.Append(line);
                placed = true;
            }
        }

        if (!placed)
        {
            if (text.Length > 0 && text[^1] != '\n')
            {
                text.Append('\n');
            }

            text.Append(line);
        }

        return Parse(text.ToString());
    }

    /// <summary>Removes the agent's lines for this mount point.</summary>
    public FstabDocument Without(string mountPoint) => Without(line => IsOwn(line, mountPoint));

    /// <summary>Removes the lines for which <paramref name="condition"/> is true.</summary>
    public FstabDocument Without(Func<FstabLine, bool> condition) =>
        Parse(string.Concat(Lines.Where(line => !condition(line)).Select(line => line.Raw)));

    private static bool IsOwn(FstabLine line, string mountPoint) =>
        line.Entry is { Cluster: not null } entry && NormalizeSlashes(entry.MountPoint) == mountPoint;

    /// <summary>Removes repeated and trailing slashes, as libmount does when it compares paths.</summary>
    private static string NormalizeSlashes(string path) =>
        path.StartsWith('/') ? "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries)) : path;

    /// <summary>Parses a line like mnt_parse_table_line of libmount (util-linux 2.38); null for lines that libmount ignores.</summary>
    private static FstabEntry? ParseLine(string raw)
    {
        // libmount reads C strings: a NUL hides the line feed after it, and only the last line may lack a line feed.
        var end = raw.IndexOf('\0', StringComparison.Ordinal);
        if (end >= 0 && raw.EndsWith('\n'))
        {
            return null;
        }

        var line = end < 0 ? raw : raw[..end];
        line = line.EndsWith('\n') ? line[..^1] : line;
        line = line.EndsWith('\r') ? line[..^1] : line;
        if (LinePattern().Match(line) is not { Success: true } match || !NumbersPattern().IsMatch(match.Groups["numbers"].Value))
        {
            return null;
        }

        string Decoded(string group) => Field(match.Groups[group].Value);
        return new FstabEntry(Decoded("source"), Decoded("target"), Decoded("type"), Decoded("options"));
    }

    private static string Field(string field)
    {
        var bytes = OctalEscape.Decode(field);
        var end = bytes.IndexOf('\0', StringComparison.Ordinal);
        return OctalEscape.FromBytes(end < 0 ? bytes : bytes[..end]);
    }

    [GeneratedRegex(@"^[ \t]*(?<source>[^ \t#][^ \t]*)[ \t]+(?<target>[^ \t]+)[ \t]+(?<type>[^ \t]+)([ \t]+(?<options>[^ \t]+)([ "
        + @"\t]+(?<numbers>.*))?)?[ \t]*\z", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex LinePattern();

    // At most two numbers, read by strtol, which skips more kinds of white space than separate fields. libmount ignores the rest.
    [GeneratedRegex(@"^(\z|[ \t\v\f\r]*[+-]?[0-9]{1,18}(\z|[ \t]([ \t]*\z|[ \t\v\f\r]*[+-]?[0-9]{1,18}(\z|[ \t]))))",
        RegexOptions.ExplicitCapture)]
    private static partial Regex NumbersPattern();
}
