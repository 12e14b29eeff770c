using System.Text;
using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>A Markdown page of the repository, taken apart as far as tests need.</summary>
/// <param name="Name">Its path in the repository.</param>
internal sealed partial record Page(string Name, string Text)
{
    /// <summary>All pages of the repository, by name.</summary>
    public static IReadOnlyList<Page> All { get; } = [.. MarkdownPages.OfRepository.Pages.Select(Read)];

    /// <summary>Content of the fenced blocks of one language, and the line at which each begins.</summary>
    public IEnumerable<(int Line, string Content)> Blocks(string language) =>
        from match in BlockPattern().Matches(Text)
        where match.Groups["language"].Value == language
        select (Text.AsSpan(0, match.Index).Count('\n') + 2, match.Groups["content"].Value);

    /// <summary>The text without fenced blocks.</summary>
    public string Prose => BlockPattern().Replace(Text, "");

    /// <summary>What stands in backquotes in the text, blocks not included.</summary>
    public IEnumerable<string> Code => CodePattern().Matches(Prose).Select(match => match.Groups[1].Value);

    /// <summary>The cells of each row of the tables whose first header is that, without the header.</summary>
    public IEnumerable<string[]> Rows(string header)
    {
        var inside = false;
        foreach (var line in Prose.Split('\n'))
        {
            if (!line.StartsWith('|'))
            {
                inside = false;
                continue;
            }

            string[] cells = [.. line.Trim('|').Split('|').Select(cell => cell.Trim())];
            if (inside && !cells[0].StartsWith("---", StringComparison.Ordinal))
            {
                yield return cells;
            }

            inside = inside || cells[0] == header;
        }
    }

    /// <summary>Names of the page's headings as links use them, in the page's order.</summary>
    public IReadOnlyList<string> Anchors =>
        [.. HeadingPattern().Matches(Prose).Select(match => MarkdownPages.Anchor(match.Groups[1].Value))];

    /// <summary>Where its links and pictures lead: a path from the repository, and an anchor or "". Not those to other sites.</summary>
    public IEnumerable<(string Path, string Anchor)> Links =>
        from match in LinkPattern().Matches(Prose)
        let target = match.Groups[1].Value.Split('#', 2)
        where !match.Groups[1].Value.Contains("://", StringComparison.Ordinal)
        let folder = Path.GetDirectoryName(Name)!
        let path = target[0].Length == 0 ? Name : Path.GetRelativePath(Repository.Root, Path.Combine(Repository.Root, folder, target[0]))
        select (path, target.Length > 1 ? target[1] : "");

    /// <summary>Every command line of the agent that a reader may type: in blocks, and in the text.</summary>
    /// <returns>Where it stands, and its words without the program's name.</returns>
    public IEnumerable<(string Where, string[] Words)> Commands
    {
        get
        {
            var lines = from language in (string[])["sh", "bash", "console"]
                        from block in Blocks(language)
                        from item in block.Content.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n').Index()
                        let typed = language != "console" || item.Item.StartsWith("$ ", StringComparison.Ordinal)
                        where typed
                        select ($"{Name}:{block.Line + item.Index}", language == "console" ? item.Item[2..] : item.Item);
            foreach (var (where, line) in lines.Concat(Code.Select(code => ($"{Name}: `{code}`", code))))
            {
                var words = FirstCommand(line);
                if (words is ["thpc-node-agent", .. var rest])
                {
                    yield return (where, rest);
                }
            }
        }
    }

    /// <summary>The words of a line's first command: up to a pipe, a redirection, a separator or a comment.</summary>
    private static string[] FirstCommand(string line)
    {
        List<string> words = [];
        StringBuilder? word = null;
        var quote = '\0';
        foreach (var c in line)
        {
            if (quote != '\0' || c is '"' or '\'')
            {
                word ??= new StringBuilder();
                if (quote == '\0' || c == quote)
                {
                    quote = quote == '\0' ? c : '\0';
                }
                else
                {
                    word.Append(c);
                }
            }
            else if (c is '|' or '>' or '<' or ';' or '&' || (c == '#' && word is null))
            {
                break;
            }
            else if (c == ' ')
            {
                Take();
            }
            else
            {
                word = (word ?? new StringBuilder()).Append(c);
            }
        }

        Take();
        return [.. words];

        void Take()
        {
            if (word is not null)
            {
                words.Add(word.ToString());
            }

            word = null;
        }
    }

    private static Page Read(string name) => new(name, RepositoryFiles.Read(name));

    public override string ToString() => Name;

    [GeneratedRegex("^```(?<language>[a-z]*)\n(?<content>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BlockPattern();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex CodePattern();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex LinkPattern();
}
