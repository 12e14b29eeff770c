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

/// <summary>The node's configuration. It is validated once, when it is loaded.</summary>
/// <param name="MetricsTextfile">An absolute path that ends in .prom; null if no metrics are wanted.</param>
/// <param name="FleetDirectory">The absolute path to which the report is copied for `fleet`; null if it is not copied.</param>
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
    /// <summary>The file that lists the allowed signers of init scripts; null if scripts need no signature.</summary>
    public string? AllowedSigners { get; init; }
}

/// <param name="Id">hpc- and lower-case letters or digits: safe in a mount option and in a file name.</param>
internal sealed record ClusterSettings(string Id, NodeRole Role, string SchedulerType, string AccountType)
{
    /// <summary>The role as in the environment variable THPC_NODE_ROLE.</summary>
    public string RoleName => NodeRoles.NameOf(Role);
}

/// <summary>The API's NodeScript.</summary>
/// <param name="Location">A cos://, https:// or file:// URL.</param>
/// <param name="Timeout">Limit for download and run together; 10 to 1200 seconds.</param>
/// <param name="Sha256">The required SHA-256 in upper-case hexadecimal digits, or null.</param>
/// <param name="MayFail">Whether on_failure is "continue".</param>
internal sealed record InitScript(Uri Location, TimeSpan Timeout, string? Sha256, bool MayFail)
{
    /// <summary>The script's arguments, without NUL characters.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];

    /// <summary>The node roles that run the script; empty for all.</summary>
    public IReadOnlyList<NodeRole> Roles { get; init; } = [];

    /// <summary>Whether run is "every-boot": once per boot instead of once per instance.</summary>
    public bool EveryBoot { get; init; }

    /// <summary>The location without its query, which may contain a signature.</summary>
    public string DisplayName => Location.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.SafeUnescaped);

    public bool IsFor(NodeRole role) => Roles.Count == 0 || Roles.Contains(role);
}

internal sealed record CosSettings(CosCredentialSource Credentials, Uri? Endpoint);

/// <param name="Timeout">Limit for one mount, including retries.</param>
/// <param name="AttemptTimeout">Limit for one attempt.</param>
/// <param name="Parallelism">Maximum number of mounts at the same time.</param>
internal sealed record MountSettings(TimeSpan Timeout, TimeSpan AttemptTimeout, int Parallelism, bool Early);

/// <param name="Extra">Names of additional packages.</param>
/// <param name="Timeout">Limit for all work of the package manager.</param>
/// <param name="LockTimeout">How long to wait for a lock held by another package manager.</param>
internal sealed record PackagesSettings(IReadOnlyList<string> Extra, TimeSpan Timeout, TimeSpan LockTimeout);

/// <param name="GooseFsHome">The GooseFS client's directory, safe as a word of a systemd unit; null to search for it.</param>
/// <param name="GooseFsxInstaller">The absolute path and arguments of a program that installs the GooseFSx client; empty for none.</param>
/// <param name="GooseFsxInstallerTimeout">Limit for that program.</param>
internal sealed record StorageClients(string? GooseFsHome, IReadOnlyList<string> GooseFsxInstaller, TimeSpan GooseFsxInstallerTimeout);
