using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Configuration.Toml;

/// <summary>
/// A value with its origin, so that every diagnostic can name the origin. TOML and JSON are parsed into these nodes; the environment
/// and flags replace some of them.
/// </summary>
/// <param name="Value">A string, long, double, bool, date, list of nodes, or map of nodes by key.</param>
/// <param name="Origin">"/etc/thpc/node-agent.toml:3", "environment THPC_NODE_ROLE", "flag --force".</param>
internal sealed record ConfigNode(object Value, string Origin)
{
    public static ConfigNode Table(string origin) => new(new Dictionary<string, ConfigNode>(StringComparer.Ordinal), origin);

    public Dictionary<string, ConfigNode>? AsTable => Value as Dictionary<string, ConfigNode>;

    public List<ConfigNode>? AsList => Value as List<ConfigNode>;

    /// <summary>The kind of value, for diagnostics.</summary>
    public LocalizedText Kind => Value switch
    {
        string => Messages.AString,
        long => Messages.AnInteger,
        double => Messages.AFraction,
        bool => Messages.TrueOrFalse,
        List<ConfigNode> => Messages.AList,
        TomlDate => Messages.ADate,
        _ => Messages.ATable,
    };

    /// <summary>Whether both hold the same values; origins are ignored.</summary>
    public bool SameAs(ConfigNode other) =>
        AsTable is { } table
            ? other.AsTable is { } others
                && table.Count == others.Count
                && table.All(pair => others.TryGetValue(pair.Key, out var value) && pair.Value.SameAs(value))
        : AsList is { } list
            ? other.AsList is { } items && list.Count == items.Count && list.Zip(items).All(pair => pair.First.SameAs(pair.Second))
        : Value.Equals(other.Value);
}

/// <summary>A TOML date or time. No key accepts one.</summary>
internal sealed record TomlDate(string Text);
