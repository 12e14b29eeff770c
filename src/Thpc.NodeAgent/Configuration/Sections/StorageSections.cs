using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>The tables of the configuration that define storage.</summary>
internal static class StorageSections
{
    public const string Cfs = "cfs";
    public const string GooseFs = "goosefs";
    public const string GooseFsx = "goosefsx";

    public static IReadOnlyList<string> All { get; } = [Cfs, GooseFs, GooseFsx];

    /// <summary>
    /// Returns the section of a single option. CFS has no masters, GooseFSx mounts only below /goosefsx, and file system ids begin with g
    /// (GooseFS) or x (GooseFSx).
    /// </summary>
    /// <param name="option">The option with TOML keys.</param>
    public static string For(Dictionary<string, ConfigNode> option)
    {
        string Text(string key) => option.GetValueOrDefault(key)?.Value as string ?? "";
        bool HasId(string kind) => Text("file_system_id") is var id
            && (id.StartsWith($"{kind}-", StringComparison.Ordinal) || id.StartsWith($"{kind}_", StringComparison.Ordinal));
        var isAtGooseFsx = Text("local_path").StartsWith("/goosefsx/", StringComparison.Ordinal);
        return option.ContainsKey("masters")
            ? isAtGooseFsx || (HasId("x") && Text("local_path").Length == 0) ? GooseFsx : GooseFs
            : HasId("x") || (isAtGooseFsx && Text("remote_path").Length == 0) ? GooseFsx
            : HasId("g") ? GooseFs
            : Cfs;
    }
}
