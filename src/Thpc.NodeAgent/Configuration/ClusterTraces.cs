using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Configuration.Toml;
using Tomlyn.Parsing;

namespace Thpc.NodeAgent.Configuration;

/// <summary>The parts of a configuration that belong to one cluster: its id, scripts and storage.</summary>
/// <param name="Names">Names of the parts found, for display. Values are left out, because a URL may contain a signature.</param>
/// <param name="OptionFile">The file that `storage.option_file` names.</param>
/// <param name="Rest">
/// The text without these parts; all other lines are unchanged. Null if the whole file must be removed: only comments would remain (the
/// node's unit starts the agent wherever the file exists), or the parts are not whole lines.
/// </param>
internal sealed partial record ClusterTraces(IReadOnlyList<string> Names, string? OptionFile, string? Rest)
{
    private static readonly string[][] ClusterKeys =
        [["cluster", "id"], ["storage", "option_file"], ["init_script"], .. StorageSections.All.Select(section => (string[])[section])];

    public static ClusterTraces Find(string text)
    {
        if (TomlText.Parse(text, "", []) is not { } node)
        {
            // It may name a cluster, and no command of the agent can use it: remove the whole file.
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

    /// <summary>Returns the role as spelled in the text; in a text that is not valid TOML, the first that looks like a role.</summary>
    public static string? Role(string text) =>
        TomlText.Parse(text, "", []) is { } node ? Value(node, ["cluster", "node_role"])?.Value as string
        : RolePattern().Match(text) is { Success: true } match ? match.Groups["role"].Value : null;

    /// <summary>Returns the cluster's id as spelled in the text; null if there is none or the text is not TOML.</summary>
    public static string? Id(string text) =>
        TomlText.Parse(text, "", []) is { } node ? Value(node, ["cluster", "id"])?.Value as string : null;

    /// <summary>Returns `storage.goosefs_home` as spelled in the text; null if there is none or the text is not TOML.</summary>
    public static string? GooseFsHome(string text) =>
        TomlText.Parse(text, "", []) is { } node ? Value(node, ["storage", "goosefs_home"])?.Value as string : null;

    private static ConfigNode? Value(ConfigNode node, IReadOnlyList<string> path) =>
        path.Aggregate((ConfigNode?)node, (here, key) => here?.AsTable?.GetValueOrDefault(key));

    /// <summary>Removes the lines of all tables and keys at or below the given paths.</summary>
    private static string? WithoutLines(string text, string[][] paths)
    {
        bool IsRemoved(IEnumerable<string> path) => Array.Exists(paths, removed => path.Take(removed.Length).SequenceEqual(removed));
        var document = SyntaxParser.Parse(text, validate: true);
        List<TomlLines> lines = [];
        foreach (var table in document.Tables)
        {
            var path = TomlLines.Path(table.Name) ?? [];
            lines.AddRange(IsRemoved(path)
                ? [TomlLines.From(table)]
                : table.Items.Where(item => IsRemoved([.. path, .. TomlLines.Path(item.Key) ?? []])).Select(TomlLines.From));
        }

        lines.AddRange(document.KeyValues.Where(item => IsRemoved(TomlLines.Path(item.Key) ?? [])).Select(TomlLines.From));
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

    /// <summary>Returns the node without empty tables; null if nothing remains.</summary>
    private static ConfigNode? Pruned(ConfigNode node)
    {
        if (node.AsTable is not { } table)
        {
            return node;
        }

        var left = table.Select(pair => (pair.Key, Value: Pruned(pair.Value)))
            .Where(pair => pair.Value is not null)
            .ToDictionary(pair => pair.Key, pair => pair.Value!, StringComparer.Ordinal);
        return left.Count == 0 ? null : node with { Value = left };
    }

    [GeneratedRegex(@"^[ \t]*(cluster\s*\.\s*)?node_role\s*=\s*[""']?(?<role>\w+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex RolePattern();
}
