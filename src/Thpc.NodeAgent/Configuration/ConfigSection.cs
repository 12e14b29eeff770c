using Thpc.NodeAgent.Configuration.Sections;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Configuration;

/// <summary>One table of the configuration.</summary>
/// <param name="IsRepeated">Whether it is written [[name]], as often as needed.</param>
/// <param name="Meaning">One sentence for users.</param>
internal sealed record ConfigSection(string Name, bool IsRepeated, LocalizedText Meaning)
{
    /// <summary>In the order of the example and the documentation.</summary>
    public static IReadOnlyList<ConfigSection> All { get; } =
    [
        new("cluster", false, new("The cluster, and the role of this node in it.", "集群，以及本节点在其中的角色。")),
        new("init_script", true, new("An init script. Scripts run in the order of the file.", "初始化脚本，按文件中的顺序执行。")),
        new(StorageSections.Cfs, true, new("A CFS file system. The share at /opt is mounted first.", "CFS 文件系统。先挂载 /opt 的共享目录。")),
        new(StorageSections.GooseFs, true, new("A GooseFS file system.", "GooseFS 文件系统。")),
        new(StorageSections.GooseFsx, true, new("The GooseFSx file system; at most one.", "GooseFSx 文件系统，最多一个。")),
        new("storage", false, new("More storage, and the GooseFS and GooseFSx clients.", "更多存储，以及 GooseFS 和 GooseFSx 客户端。")),
        new("cos", false, new("Access to COS.", "COS 的访问方式。")),
        new("mount", false, new("Limits for mounts.", "挂载的时限与并发。")),
        new("script", false, new("Settings for all init scripts.", "适用于所有初始化脚本的设置。")),
        new("metadata", false, new("The cloud's metadata service.", "云上的元数据服务。")),
        new("packages", false, new("Packages of the distribution.", "发行版的软件包。")),
        new("metrics", false, new("Metrics for Prometheus.", "供 Prometheus 采集的指标。")),
        new("fleet", false, new("Reports of all nodes, for the command fleet.", "供 fleet 命令使用的各节点报告。")),
    ];

    public IEnumerable<ConfigKey> Keys => ConfigKeys.All.Where(key => key.Section == Name);

    /// <summary>As TOML writes it: [cos] or [[cfs]].</summary>
    public string Header => IsRepeated ? $"[[{Name}]]" : $"[{Name}]";
}
