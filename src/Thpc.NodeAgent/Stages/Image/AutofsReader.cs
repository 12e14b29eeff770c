namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Reads the entries of a map of autofs one after the other: each is a line, and those that it is continued on.</summary>
/// <param name="lines">A byte a character.</param>
internal sealed class AutofsReader(IReadOnlyList<string> lines)
{
    private int _next;

    /// <summary>The index of the entry's first line.</summary>
    public int First { get; private set; }

    /// <summary>How many lines it has.</summary>
    public int Count => _next - First;

    /// <summary>Its fields, quotes and backslashes taken away.</summary>
    public IReadOnlyList<string> Words { get; private set; } = [];

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
                Words = Fields(trimmed);
                return true;
            }
        }

        return false;
    }

    private static List<string> Fields(string text)
    {
        List<string> words = [];
        var (word, quoted) = ("", false);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
            {
                quoted = !quoted;
            }
            else if (text[i] == '\\' && i + 1 < text.Length)
            {
                word += text[++i];
            }
            else if (quoted || text[i] is not (' ' or '\t'))
            {
                word += text[i];
            }
            else if (word.Length > 0)
            {
                words.Add(word);
                word = "";
            }
        }

        return word.Length > 0 ? [.. words, word] : words;
    }
}
