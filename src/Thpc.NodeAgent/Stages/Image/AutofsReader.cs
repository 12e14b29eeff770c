namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Reads the entries of an autofs map one by one. An entry is one line plus its continuation lines.</summary>
/// <param name="lines">Latin-1: one char per byte.</param>
internal sealed class AutofsReader(IReadOnlyList<string> lines)
{
    private int _next;

    /// <summary>The index of the entry's first line.</summary>
    public int First { get; private set; }

    /// <summary>The number of lines of the entry.</summary>
    public int Count => _next - First;

    /// <summary>The fields of the entry, without quotes and backslashes.</summary>
    public IReadOnlyList<string> Fields { get; private set; } = [];

    /// <returns>False at the end.</returns>
    public bool Read()
    {
        while (_next < lines.Count)
        {
            First = _next;
            var text = "";
            for (var continued = true; continued && _next < lines.Count; _next++)
            {
                var line = lines[_next].TrimEnd('\r', '\n');
                continued = line.EndsWith('\\') && !line.TrimStart().StartsWith('#');
                text += continued ? line[..^1] + " " : line;
            }

            if (text.TrimStart() is { Length: > 0 } trimmed && trimmed[0] != '#')
            {
                Fields = SplitFields(trimmed);
                return true;
            }
        }

        return false;
    }

    private static List<string> SplitFields(string text)
    {
        List<string> fields = [];
        var (field, quoted) = ("", false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                quoted = !quoted;
            }
            else if (text[i] == '\\' && i + 1 < text.Length)
            {
                field += text[++i];
            }
            else if (quoted || text[i] is not (' ' or '\t'))
            {
                field += text[i];
            }
            else if (field.Length > 0)
            {
                fields.Add(field);
                field = "";
            }
        }

        return field.Length > 0 ? [.. fields, field] : fields;
    }
}
