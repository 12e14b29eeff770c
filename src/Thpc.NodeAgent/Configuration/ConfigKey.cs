using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Configuration;

/// <summary>What TOML value a key takes.</summary>
internal enum ConfigKeyType
{
    Text,
    Integer,
    Boolean,

    /// <summary>An array of strings.</summary>
    List,

    /// <summary>An array of strings, or one string with commas between them.</summary>
    ListOrText,
}

/// <summary>One key of the configuration: the readers, the schema, the example and the documentation take it from here.</summary>
/// <param name="section">The table that holds it, such as cluster.</param>
/// <param name="meaning">One sentence for users, at most 25 words.</param>
internal sealed class ConfigKey(string section, string name, ConfigKeyType type, LocalizedText meaning)
{
    public string Section { get; } = section;

    public string Name { get; } = name;

    public ConfigKeyType Type { get; } = type;

    public LocalizedText Meaning { get; } = meaning;

    public bool IsRequired { get; init; }

    /// <summary>For a text or a truth value: the value if the key is absent; null: no default.</summary>
    public string? Default { get; init; }

    /// <summary>For an integer: the value if the key is absent.</summary>
    public int Number { get; init; }

    /// <summary>For an integer: the smallest value allowed.</summary>
    public int Min { get; init; }

    /// <summary>For an integer: the largest value allowed. For a list: the maximum number of items; 0: no limit.</summary>
    public int Max { get; init; }

    /// <summary>What an integer counts, for messages.</summary>
    public string Unit { get; init; } = "seconds";

    /// <summary>For a list: whether its items are arguments of a program, which may be any text, such as ${NAME}.</summary>
    public bool IsArguments { get; init; }

    /// <summary>The only values allowed, in any case; empty: any text.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>A regular expression that the whole text must match, in the syntax common to .NET and JSON Schema.</summary>
    public string? Pattern { get; init; }

    /// <summary>A value that is valid, for messages and the example; of a list: its one item.</summary>
    public string? Example { get; init; }
}
