namespace Thpc.NodeAgent.Config;

/// <summary>The tables of the configuration that name storage.</summary>
internal static class StorageSections
{
    public const string Cfs = "cfs";
    public const string GooseFs = "goosefs";
    public const string GooseFsx = "goosefsx";

    public static IReadOnlyList<string> All { get; } = [Cfs, GooseFs, GooseFsx];

    /// <summary>Where one option alone belongs: only GooseFS has masters, and GooseFSx mounts nowhere but under /goosefsx.</summary>
    /// <param name="option">With the keys of the TOML.</param>
    public static string Of(Dictionary<string, ConfigNode> option) =>
        !option.ContainsKey("masters") ? Cfs
        : option.GetValueOrDefault("local_path")?.Value is string path && path.StartsWith("/goosefsx/", StringComparison.Ordinal) ? GooseFsx
        : GooseFs;
}
