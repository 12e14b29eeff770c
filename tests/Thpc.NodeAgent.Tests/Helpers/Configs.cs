using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Loads configurations and diagnostics from text, without files.</summary>
internal static class Configs
{
    public const string File = "/etc/thpc/node-agent.toml";

    public const string OptionFile = "/etc/thpc/storage.json";

    /// <summary>The part that every configuration needs, in lines 1 to 3.</summary>
    public const string Cluster = "[cluster]\nid = \"hpc-8hje8h12\"\nnode_role = \"COMPUTE\"\n";

    public static LoadedConfig Load(
        string? toml, string? json = null, ConfigOverrides? overrides = null, params (string Name, string Value)[] environment) =>
        ConfigLoader.Load(
            toml,
            File,
            environment.ToDictionary(variable => variable.Name, variable => variable.Value),
            overrides ?? new ConfigOverrides(),
            name => name == OptionFile && json is not null ? json : throw new FileNotFoundException($"no {name}"));

    /// <summary>Loads a configuration with this storage.</summary>
    public static LoadedConfig LoadJson(string json, string toml = "") =>
        Load($"{Cluster}[storage]\noption_file = \"{OptionFile}\"\n{toml}", json);

    /// <summary>Returns the diagnostics of an invalid configuration, without the lines of the file that they show.</summary>
    public static IReadOnlyList<string> Diagnostics(Action load)
    {
        var exception = Assert.Throws<AgentException>(load);
        Assert.Equal("CONFIG_INVALID", exception.Code.Name);
        return [.. exception.Message.Split('\n').Where(line => !line.StartsWith("  ", StringComparison.Ordinal))];
    }

    public static IReadOnlyList<string> Diagnostics(string toml) => Diagnostics(() => Load(toml));

    /// <summary>Formats text as a TOML string; the text must not contain halves of surrogate pairs.</summary>
    public static string Quoted(string text) => "\"" + string.Concat(text.Select(c => c switch
    {
        '"' or '\\' => $"\\{c}",
        < ' ' or '\u007F' => $"\\u{(int)c:X4}",
        _ => c.ToString(),
    })) + "\"";
}
