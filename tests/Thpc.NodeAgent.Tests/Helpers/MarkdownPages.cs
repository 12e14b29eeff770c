using System.Text;
using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Files in one folder, and where the links of its Markdown pages lead.</summary>
/// <param name="folder">Absolute.</param>
/// <param name="files">Relative to the folder; a link to any other file is dead.</param>
internal sealed partial class MarkdownPages(string folder, IEnumerable<string> files)
{
    private readonly HashSet<string> _files = [.. files];

    public static MarkdownPages OfRepository { get; } = new(Repository.Root, RepositoryFiles.All);

    public IEnumerable<string> Pages => _files.Where(file => file.EndsWith(".md", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    /// <summary>The pages and pictures that scripts/package.sh puts into both packages, at the same relative paths.</summary>
    public MarkdownPages Shipped => new(folder, _files.Where(file =>
        file.EndsWith(".md", StringComparison.Ordinal) && (!file.Contains('/', StringComparison.Ordinal) || IsBelowDocs(file))
        || (file.EndsWith(".svg", StringComparison.Ordinal) || file.EndsWith(".json", StringComparison.Ordinal)) && IsBelowDocs(file)));

    public IEnumerable<string> Files => _files;

    /// <returns>PAGE:LINE: LINK of each relative link that leads to no file, or to no heading of a page.</returns>
    public IEnumerable<string> DeadLinks(string page) =>
        Prose(page).SelectMany((line, i) => Links(line).Where(link => !Leads(page, link)).Select(link => $"{page}:{i + 1}: {link}"));

    /// <summary>The anchor that GitHub gives a heading.</summary>
    public static string Anchor(string heading)
    {
        var shown = LinkPattern().Replace(heading, match => match.Groups["text"].Value);
        var anchor = new StringBuilder();
        foreach (var rune in shown.Trim().EnumerateRunes())
        {
            if (rune.Value == ' ')
            {
                anchor.Append('-');
            }
            else if (Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_')
            {
                anchor.Append(Rune.ToLowerInvariant(rune));
            }
        }

        return anchor.ToString();
    }

    private static bool IsBelowDocs(string file) => file.StartsWith("docs/", StringComparison.Ordinal);

    private static IEnumerable<string> Links(string line) =>
        TargetPattern().Matches(line).Select(match => match.Groups["target"].Value).Where(target => !SchemePattern().IsMatch(target));

    private bool Leads(string page, string link)
    {
        var (path, anchor) = link.Split('#', 2) is [var before, var after] ? (before, Uri.UnescapeDataString(after)) : (link, "");
        var target = path.Length == 0
            ? page
            : Path.GetRelativePath(
                folder, Path.GetFullPath(Uri.UnescapeDataString(path), Path.GetDirectoryName(Path.Combine(folder, page))!));
        var exists = _files.Contains(target) || _files.Any(file => file.StartsWith(target.TrimEnd('/') + "/", StringComparison.Ordinal));
        return exists && (anchor.Length == 0 || target.EndsWith(".md", StringComparison.Ordinal) && Anchors(target).Contains(anchor));
    }

    private HashSet<string> Anchors(string page)
    {
        var anchors = new HashSet<string>();
        foreach (var line in Prose(page, keepCode: true))
        {
            if (HeadingPattern().Match(line) is { Success: true } heading)
            {
                var anchor = Anchor(heading.Groups["text"].Value);
                var unique = anchor;
                for (var i = 1; !anchors.Add(unique); i++)
                {
                    unique = $"{anchor}-{i}";
                }
            }

            anchors.UnionWith(NamedPattern().Matches(line).Select(match => match.Groups["name"].Value));
        }

        return anchors;
    }

    /// <summary>The lines of a page, those of code blocks empty; `code` within a line is empty too.</summary>
    private IEnumerable<string> Prose(string page, bool keepCode = false)
    {
        var fence = "";
        foreach (var line in File.ReadLines(Path.Combine(folder, page)))
        {
            var mark = FencePattern().Match(line).Groups["fence"].Value;
            var isCode = fence.Length > 0 || mark.Length > 0;
            fence = fence.Length == 0 ? mark : mark == fence ? "" : fence;
            yield return isCode ? "" : keepCode ? line : CodePattern().Replace(line, "");
        }
    }

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\([^)]*\)")]
    private static partial Regex LinkPattern();

    // [text](target), [name]: target, and HTML's.
    [GeneratedRegex(@"(\]\(\s*<?|^\s*\[[^\]]+\]:\s*<?|\b(src|href)="")(?<target>[^)\s>""]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex TargetPattern();

    [GeneratedRegex("^([a-z][a-z0-9+.-]*:|//)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex SchemePattern();

    [GeneratedRegex("^ {0,3}#{1,6} +(?<text>.*?)( +#+)? *$", RegexOptions.ExplicitCapture)]
    private static partial Regex HeadingPattern();

    [GeneratedRegex("""\b(id|name)="(?<name>[^"]+)"\s*/?>""", RegexOptions.ExplicitCapture)]
    private static partial Regex NamedPattern();

    [GeneratedRegex("^ {0,3}(?<fence>```|~~~)")]
    private static partial Regex FencePattern();

    [GeneratedRegex("(`+)[^`]+\\1")]
    private static partial Regex CodePattern();
}
