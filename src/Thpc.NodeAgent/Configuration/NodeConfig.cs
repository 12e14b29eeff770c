namespace Thpc.NodeAgent.Configuration;

internal enum NodeRole
{
    Compute,
    Login,
    Manager,
    ManagerBackup,
}

internal enum CosCredentialSource
{
    Auto,
    Role,
    Environment,
    File,
    Anonymous,
}

/// <summary>What this node should be: checked once, trusted everywhere after.</summary>
/// <param name="MetricsTextfile">An absolute path that ends in .prom; null where there is to be none.</param>
/// <param name="FleetDirectory">An absolute path in which the report is left for `fleet`; null where it is not.</param>
internal sealed record NodeConfig(
    ClusterSettings Cluster,
    IReadOnlyList<InitScript> InitScripts,
    IReadOnlyList<Storage> Storage,
    CosSettings Cos,
    MountSettings Mount,
    TimeSpan ScriptKillGrace,
    Uri? MetadataEndpoint,
    PackagesSettings Packages,
    StorageClients Clients,
    string? MetricsTextfile = null,
    string? FleetDirectory = null)
{
    /// <summary>The node's file that says whose signature an init script must have; null where it needs none.</summary>
    public string? AllowedSigners { get; init; }
}

/// <param name="Id">hpc- and letters or digits: safe in a mount option and in a file name.</param>
internal sealed record ClusterSettings(string Id, NodeRole Role, string SchedulerType, string AccountType)
{
    /// <summary>As the environment variable THPC_NODE_ROLE spells it.</summary>
    public string RoleName => NodeRoles.NameOf(Role);
}

/// <summary>The API's NodeScript.</summary>
/// <param name="Location">cos://, https:// or file://.</param>
/// <param name="Timeout">For download and run together; 10 to 1200 seconds.</param>
/// <param name="Sha256">Upper-case hex that the content must have, or null.</param>
/// <param name="MayFail">on_failure = "continue".</param>
internal sealed record InitScript(Uri Location, TimeSpan Timeout, string? Sha256, bool MayFail)
{
    /// <summary>What follows the script on its command line; without NUL characters.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>The roles of nodes that run it; empty: all.</summary>
    public IReadOnlyList<NodeRole> Roles { get; init; } = [];

    /// <summary>run = "every-boot": once in each boot instead of once on each instance.</summary>
    public bool EveryBoot { get; init; }

    /// <summary>The location without its query, which may carry a signature.</summary>
    public string DisplayName => Location.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.SafeUnescaped);

    public bool IsFor(NodeRole role) => Roles.Count == 0 || Roles.Contains(role);
}

internal sealed record CosSettings(CosCredentialSource Credentials, Uri? Endpoint);

/// <param name="Timeout">What one mount may take in all, retries included.</param>
/// <param name="AttemptTimeout">What one attempt may take.</param>
internal sealed record MountSettings(TimeSpan Timeout, TimeSpan AttemptTimeout, int Parallelism);

/// <param name="Timeout">What the package manager may take in all.</param>
/// <param name="LockTimeout">How long a lock held by another package manager is waited for.</param>
internal sealed record PackagesSettings(IReadOnlyList<string> Extra, TimeSpan Timeout, TimeSpan LockTimeout);

/// <param name="GooseFsHome">Where the GooseFS client is installed; null: it is searched for. Safe as a word of a systemd unit.</param>
/// <param name="GooseFsxInstaller">A program by its absolute path and its arguments, which brings the GooseFSx client; empty: none.</param>
/// <param name="GooseFsxInstallerTimeout">What that program may take in all.</param>
internal sealed record StorageClients(string? GooseFsHome, IReadOnlyList<string> GooseFsxInstaller, TimeSpan GooseFsxInstallerTimeout);
