using System.Text;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Mount.Fstab;

/// <summary>One file system of fstab(5), its fields as a person means them.</summary>
internal sealed record FstabEntry(string Source, string MountPoint, string Type, string Options)
{
    /// <summary>The cluster that the line was written for; null for everybody else's lines.</summary>
    public string? Cluster => Option(NodePaths.ClusterTag);

    /// <summary>The machine that the agent's line was written on; null where that had no name.</summary>
    public string? Machine => Option(NodePaths.MachineTag);

    /// <summary>The line, a byte a character, with its line feed.</summary>
    public string ToLine()
    {
        static string Field(string text) => OctalEscape.Encode(OctalEscape.ToBytes(text));
        return $"{Field(Source)} {Field(MountPoint)} {Field(Type)} {Field(Options)} 0 0\n";
    }

    private string? Option(string prefix) => Options.Split(',').FirstOrDefault(option => option.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
}

/// <param name="Raw">The line as it stands, with its line end.</param>
/// <param name="Number">From 1.</param>
/// <param name="Entry">Null for comments, empty lines and what libmount would not take.</param>
internal sealed record FstabLine(string Raw, int Number, FstabEntry? Entry);

/// <summary>
/// The text of fstab, changed a line at a time: whatever is not the agent's own line stays as it is, byte for byte.
/// Text is a byte a character (Latin-1), so that no encoding can be wrong.
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

    public IEnumerable<FstabLine> At(string mountPoint) => Lines.Where(line => line.Entry is { } entry && Trimmed(entry.MountPoint) == mountPoint);

    /// <summary>
    /// With this entry: in the place of the agent's own line for that mount point, else at the end.
    /// </summary>
    /// <exception cref="AgentException">FSTAB_INVALID where the line could not be read back as it was meant.</exception>
    public FstabDocument With(FstabEntry entry)
    {
        var line = entry.ToLine();
        if (ParseLine(line) != entry)
        {
            throw new AgentException(ErrorCode.FstabInvalid, $"no line of fstab can say {OutputText.OneLine(entry.ToString())}", new("Choose a path and options without unusual characters.", "请使用不含特殊字符的路径和挂载参数。"));
        }

        var text = new StringBuilder();
        var placed = false;
        foreach (var old in Lines)
        {
            if (!IsOurs(old, entry.MountPoint))
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

    /// <summary>Without the agent's own lines for this mount point.</summary>
    public FstabDocument Without(string mountPoint) => Without(line => IsOurs(line, mountPoint));

    /// <summary>Without the lines of which that is true.</summary>
    public FstabDocument Without(Func<FstabLine, bool> condition) => Parse(string.Concat(Lines.Where(line => !condition(line)).Select(line => line.Raw)));

    private static bool IsOurs(FstabLine line, string mountPoint) =>
        line.Entry is { Cluster: not null } entry && Trimmed(entry.MountPoint) == mountPoint;

    /// <summary>As libmount compares paths: slashes that say nothing do not count.</summary>
    private static string Trimmed(string path) =>
        path.StartsWith('/') ? "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries)) : path;

    /// <summary>As mnt_parse_table_line of libmount (util-linux 2.38) reads it: what that passes over is null here.</summary>
    private static FstabEntry? ParseLine(string raw)
    {
        // libmount reads C strings: a NUL hides the line feed behind it, and only the last line may do without one.
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

        return new FstabEntry(Field(match.Groups["source"].Value), Field(match.Groups["target"].Value), Field(match.Groups["type"].Value), Field(match.Groups["options"].Value));
    }

    private static string Field(string field)
    {
        var bytes = OctalEscape.Decode(field);
        var end = bytes.IndexOf('\0', StringComparison.Ordinal);
        return OctalEscape.FromBytes(end < 0 ? bytes : bytes[..end]);
    }

    [GeneratedRegex(@"^[ \t]*(?<source>[^ \t#][^ \t]*)[ \t]+(?<target>[^ \t]+)[ \t]+(?<type>[^ \t]+)([ \t]+(?<options>[^ \t]+)([ \t]+(?<numbers>.*))?)?[ \t]*\z", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex LinePattern();

    // Two at most, by strtol: that passes over more kinds of white space than separate fields. What comes behind them is not looked at.
    [GeneratedRegex(@"^(\z|[ \t\v\f\r]*[+-]?[0-9]{1,18}(\z|[ \t]([ \t]*\z|[ \t\v\f\r]*[+-]?[0-9]{1,18}(\z|[ \t]))))", RegexOptions.ExplicitCapture)]
    private static partial Regex NumbersPattern();
}
