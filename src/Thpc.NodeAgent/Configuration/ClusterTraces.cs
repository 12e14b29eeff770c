using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Configuration.Toml;
using Tomlyn.Parsing;

namespace Thpc.NodeAgent.Configuration;

/// <summary>What of one cluster is in a configuration's text: its id, its scripts, its storage. The rest fits the next cluster too.</summary>
/// <param name="Names">Of what there is, for people; no value is among them, for a URL may carry a signature.</param>
/// <param name="OptionFile">The file that `storage.option_file` names.</param>
/// <param name="Rest">
/// The text without it, all other lines as they were. Null where nothing but comments would be left, for the node's unit starts the
/// agent wherever there is a file, and where the lines cannot be told apart: then the file goes as a whole.
/// </param>
internal sealed partial record ClusterTraces(IReadOnlyList<string> Names, string? OptionFile, string? Rest)
{
    private static readonly string[][] ClusterKeys = [["cluster", "id"], ["storage", "option_file"], ["init_script"], .. StorageSections.All.Select(section => (string[])[section])];

    public static ClusterTraces Find(string text)
    {
        if (TomlText.Parse(text, "", []) is not { } node)
        {
            // No command of the agent can use it, so nothing is lost with it; whose cluster it speaks of nobody knows.
            return new ClusterTraces(["all of it: it is not valid TOML"], null, null);
        }

        string[][] present = [.. ClusterKeys.Where(path => Value(node, path) is { Value: not ("" or List<ConfigNode> { Count: 0 }) })];
        if (present.Length == 0)
        {
            return new ClusterTraces([], null, text);
        }

        var optionFile = Value(node, ["storage", "option_file"])?.Value as string;
        var rest = WithoutLines(text, present);
        var expected = Without(node, present);
        var read = rest is null ? null : TomlText.Parse(rest, "", []);
        return new ClusterTraces(
            [.. present.Select(path => path.Length > 1 ? string.Join('.', path) : $"[[{path[0]}]]")],
            optionFile,
            read is not null && Pruned(read) is { } left && expected is not null && left.SameAs(expected) ? rest : null);
    }

    /// <summary>The role in a text, as it is written there; of one that is not TOML the first that looks like it.</summary>
    public static string? Role(string text) =>
        TomlText.Parse(text, "", []) is { } node ? Value(node, ["cluster", "node_role"])?.Value as string
        : RolePattern().Match(text) is { Success: true } match ? match.Groups["role"].Value : null;

    /// <summary>The cluster's id in a text, as it is written there; null where there is none or the text is not TOML.</summary>
    public static string? Id(string text) => TomlText.Parse(text, "", []) is { } node ? Value(node, ["cluster", "id"])?.Value as string : null;

    /// <summary>`storage.goosefs_home` in a text, as it is written there; null where there is none or the text is not TOML.</summary>
    public static string? GooseFsHome(string text) => TomlText.Parse(text, "", []) is { } node ? Value(node, ["storage", "goosefs_home"])?.Value as string : null;

    private static ConfigNode? Value(ConfigNode node, IReadOnlyList<string> path) =>
        path.Aggregate((ConfigNode?)node, (here, key) => here?.AsTable?.GetValueOrDefault(key));

    /// <returns>Null where that is not a matter of whole lines.</returns>
    private static string? WithoutLines(string text, string[][] paths)
    {
        bool Has(IEnumerable<string> path) => Array.Exists(paths, doomed => path.Take(doomed.Length).SequenceEqual(doomed));
        var document = SyntaxParser.Parse(text, validate: true);
        List<TomlLines> lines = [];
        foreach (var table in document.Tables)
        {
            var path = TomlLines.Path(table.Name) ?? [];
            lines.AddRange(Has(path) ? [TomlLines.From(table)] : table.Items.Where(item => Has([.. path, .. TomlLines.Path(item.Key) ?? []])).Select(TomlLines.From));
        }

        lines.AddRange(document.KeyValues.Where(item => Has(TomlLines.Path(item.Key) ?? [])).Select(TomlLines.From));
        return lines.OrderByDescending(part => part.First).Aggregate(text, (left, part) => part.Without(left));
    }

    private static ConfigNode? Without(ConfigNode node, string[][] paths)
    {
        foreach (var path in paths)
        {
            Value(node, path[..^1])?.AsTable?.Remove(path[^1]);
        }

        return Pruned(node);
    }

    /// <summary>Without tables that have nothing; null if that is all.</summary>
    private static ConfigNode? Pruned(ConfigNode node)
    {
        if (node.AsTable is not { } table)
        {
            return node;
        }

        var left = table.Select(pair => (pair.Key, Value: Pruned(pair.Value))).Where(pair => pair.Value is not null).ToDictionary(pair => pair.Key, pair => pair.Value!, StringComparer.Ordinal);
        return left.Count == 0 ? null : node with { Value = left };
    }

    [GeneratedRegex(@"^[ \t]*(cluster\s*\.\s*)?node_role\s*=\s*[""']?(?<role>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex RolePattern();
}
