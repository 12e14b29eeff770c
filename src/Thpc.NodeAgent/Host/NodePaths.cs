namespace Thpc.NodeAgent.Host;

/// <summary>
/// The fixed paths of the node, and the tags that the agent writes into its files. <see cref="NodeRoot"/> converts them to paths of this
/// process.
/// </summary>
internal static class NodePaths
{
    public const string Configuration = "/etc/thpc/node-agent.toml";
    public const string CosCredentials = "/etc/thpc/cos-credentials.toml";
    public const string Fstab = "/etc/fstab";

    /// <summary>systemd units of administrators and of the agent.</summary>
    public const string Units = "/etc/systemd/system";

    public const string OsRelease = "/etc/os-release";

    /// <summary>The mount point of the scheduler's share.</summary>
    public const string Opt = "/opt";

    /// <summary>Its existence means that the image has the packages.</summary>
    public const string Marker = "/root/thpc_preinstalled.json";

    public const string State = "/var/lib/thpc-node-agent";
    public const string Report = State + "/report.json";

    /// <summary>The number of earlier reports that are kept.</summary>
    public const int MaxEarlierReports = 2;

    public const string KeptScripts = State + "/kept-scripts";

    /// <summary>The machine's ids, as of the last run at which the metadata service answered.</summary>
    public const string Machine = State + "/machine";

    /// <summary>What was removed from fstab and the units because another machine or cluster had written it.</summary>
    public const string RemovedStorage = State + "/removed-storage";

    public const string Scripts = State + "/scripts";
    public const string Logs = "/var/log/thpc-node-agent";
    public const string PackageLog = Logs + "/packages.log";

    /// <summary>State of the current boot.</summary>
    public const string Run = "/run/thpc-node-agent";

    /// <summary>The last run's report, if its own place was full or read-only.</summary>
    public const string ReportCopy = Run + "/report.json";

    /// <summary>The steps that run now, one on each line.</summary>
    public const string RunningSteps = Run + "/steps";

    /// <summary>The report of the last run (0), of the run before it (1), or of the one before that (2).</summary>
    public static string ReportBefore(int before) => before == 0 ? Report : $"{State}/report.{before}.json";

    /// <summary>The option that marks the agent's lines of fstab, with the cluster id.</summary>
    public const string ClusterTag = "x-thpc.cluster=";

    /// <summary>The option with the fingerprint of the machine that wrote the line.</summary>
    public const string MachineTag = "x-thpc.machine=";
}
