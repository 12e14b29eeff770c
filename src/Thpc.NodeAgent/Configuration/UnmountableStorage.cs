using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration;

/// <summary>Decides which storage of the API the agent cannot mount, although the cloud may mount it, and why.</summary>
internal static class UnmountableStorage
{
    public const string Bucket = "the agent does not mount COS buckets; mount it with cosfs in an init script";

    /// <summary>Whether an option is a CosOption, or a CosOptionOverview, whose MountOption is JSON.</summary>
    public static bool IsBucket(Dictionary<string, ConfigNode> option) =>
        option.ContainsKey("MountParamsOption")
        || Text(option, "MountOption").TrimStart().StartsWith('{')
        || (Text(option, "RemotePath") is var remote
            && (remote.Contains("://", StringComparison.Ordinal) || remote.Contains(".cos.", StringComparison.Ordinal)));

    /// <param name="section">The option's TOML section.</param>
    /// <param name="option">The option with TOML keys and without empty values.</param>
    /// <param name="before">The preceding options of the same section that can be mounted.</param>
    /// <returns>The reason why it cannot be mounted; null if it can.</returns>
    public static string? Reason(string section, Dictionary<string, ConfigNode> option, IReadOnlyList<ConfigNode> before)
    {
        if (!option.ContainsKey("local_path"))
        {
            return $"no LocalPath is given{For(option)}";
        }

        return section switch
        {
            StorageSections.Cfs => Cfs(option),
            _ when Masters(option) is [] =>
                $"no Masters are given{For(option)}, and the node cannot look them up; add \"Masters\": "
                    + $"[\"{(section == StorageSections.GooseFs ? "172.16.0.97:9200" : "172.16.0.6:55533")}\"]",
            StorageSections.GooseFs when HaveOtherMasters(option, before) =>
                $"its Masters are not those of {TerminalText.Quoted(Text(before[0].AsTable!, "local_path"), 100)}; "
                    + "a node has one goosefs-site.properties and so one GooseFS",
            StorageSections.GooseFsx when before.Count > 0 =>
                $"a node has at most one GooseFSx, here {TerminalText.Quoted(Text(before[0].AsTable!, "local_path"), 100)}",
            _ => null,
        };
    }

    private static string? Cfs(Dictionary<string, ConfigNode> option) =>
        !option.ContainsKey("remote_path")
            ? $"no RemotePath is given{For(option)}, and the node cannot look it up; add the mount target, such as \"RemotePath\": "
                + $"\"172.30.3.90:/\""
        : Text(option, "protocol") is { Length: > 0 } protocol && !CfsReader.KnowsProtocol(protocol)
            ? $"Protocol \"{TerminalText.Quoted(protocol, 100)}\" is not known to this version"
        : null;

    private static bool HaveOtherMasters(Dictionary<string, ConfigNode> option, IReadOnlyList<ConfigNode> before) =>
        before.Count > 0
        && Masters(option) is { } masters
        && Masters(before[0].AsTable!) is { } first
        && !masters.ToHashSet(StringComparer.Ordinal).SetEquals(first);

    private static string For(Dictionary<string, ConfigNode> option) =>
        Text(option, "file_system_id") is { Length: > 0 } id ? $" for file system {TerminalText.Quoted(id, 100)}" : "";

    /// <returns>Null if they are not strings, which is reported later.</returns>
    private static List<string>? Masters(Dictionary<string, ConfigNode> option) => option.GetValueOrDefault("masters") switch
    {
        null => [],
        { Value: string joined } => [.. joined.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
        { AsList: { } items } when items.TrueForAll(item => item.Value is string) => [.. items.Select(item => (string)item.Value)],
        _ => null,
    };

    private static string Text(Dictionary<string, ConfigNode> option, string key) => option.GetValueOrDefault(key)?.Value as string ?? "";
}
