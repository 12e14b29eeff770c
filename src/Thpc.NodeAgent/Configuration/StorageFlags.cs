using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration;

/// <summary>One storage described by flags; null or empty if not given.</summary>
internal sealed record StorageFlags
{
    public string? LocalPath { get; init; }

    public string? RemotePath { get; init; }

    public string? Protocol { get; init; }

    public string? StorageType { get; init; }

    public string? MountOption { get; init; }

    public string? FileSystemId { get; init; }

    /// <summary>Each item is one master or several separated by commas.</summary>
    public IReadOnlyList<string> Masters { get; init; } = [];

    /// <summary>Returns the storage as a section of the configuration; null if no flag is given.</summary>
    public ConfigNode? ToNode()
    {
        const string Origin = "flag --local-path";
        var option = ConfigNode.Table(Origin);
        foreach (var (key, value, flag) in ((string, string?, string)[])
        [
            ("local_path", LocalPath, Origin),
            ("remote_path", RemotePath, "flag --remote-path"),
            ("protocol", Protocol, "flag --protocol"),
            ("storage_type", StorageType, "flag --storage-type"),
            ("mount_option", MountOption, "flag --mount-option"),
            ("file_system_id", FileSystemId, "flag --file-system-id"),
        ])
        {
            if (value is not null)
            {
                option.AsTable![key] = new ConfigNode(value, flag);
            }
        }

        if (Masters.Count > 0)
        {
            const string Flag = "flag --masters";
            var masters =
                Masters.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
            option.AsTable!["masters"] = new ConfigNode(masters.Select(master => new ConfigNode(master, Flag)).ToList(), Flag);
        }

        if (option.AsTable!.Count == 0)
        {
            return null;
        }

        var result = ConfigNode.Table(Origin);
        result.AsTable![StorageSections.For(option.AsTable)] = new ConfigNode(new List<ConfigNode> { option }, Origin);
        return result;
    }
}
