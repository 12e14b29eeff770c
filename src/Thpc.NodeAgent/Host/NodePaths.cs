namespace Thpc.NodeAgent.Host;

/// <summary>Fixed paths of the node, and the tags that the agent leaves in them, each once. <see cref="NodeRoot"/> says where they are for this process.</summary>
internal static class NodePaths
{
    public const string Configuration = "/etc/thpc/node-agent.toml";
    public const string CosCredentials = "/etc/thpc/cos-credentials.toml";
    public const string Fstab = "/etc/fstab";

    /// <summary>Where administrators, and the agent, put units of systemd.</summary>
    public const string Units = "/etc/systemd/system";

    public const string OsRelease = "/etc/os-release";

    /// <summary>Where the scheduler's share is mounted.</summary>
    public const string Opt = "/opt";

    /// <summary>Says that the image has the packages.</summary>
    public const string Marker = "/root/thpc_preinstalled.json";

    public const string State = "/var/lib/thpc-node-agent";
    public const string Report = State + "/report.json";
    public const string KeptScripts = State + "/kept-scripts";
    public const string Logs = "/var/log/thpc-node-agent";
    public const string PackageLog = Logs + "/packages.log";

    /// <summary>What is of this boot alone.</summary>
    public const string Run = "/run/thpc-node-agent";

    /// <summary>Marks a line of fstab as the agent's, and says for which cluster it was written.</summary>
    public const string ClusterTag = "x-thpc.cluster=";

    /// <summary>Says on which machine the line was written.</summary>
    public const string MachineTag = "x-thpc.machine=";
}
