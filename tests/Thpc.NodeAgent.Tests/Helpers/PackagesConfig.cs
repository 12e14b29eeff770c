using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>Configurations that differ in the settings of the packages stage.</summary>
internal static class PackagesConfig
{
    public static readonly CfsStorage Nfs = new("/data", "10.0.0.2", "/", CfsProtocol.Nfs4, null);
    public static readonly CfsStorage Turbo = new("/turbo", "10.0.0.3@tcp0", "/4fe1839b/cfs", CfsProtocol.Turbo, null);

    public static NodeConfig Of(
        NodeRole role = NodeRole.Compute,
        string scheduler = "SLURM",
        string account = "",
        IReadOnlyList<Storage>? storage = null,
        IReadOnlyList<string>? extra = null,
        double timeout = 120,
        double lockTimeout = 60) => new(
            new ClusterSettings("hpc-8hje8h12", role, scheduler, account),
            [],
            storage ?? [],
            new CosSettings(CosCredentialSource.Auto, null),
            new MountSettings(TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(20), 8, false),
            TimeSpan.FromSeconds(5),
            null,
            new PackagesSettings(extra ?? [], TimeSpan.FromSeconds(timeout), TimeSpan.FromSeconds(lockTimeout)),
            new StorageClients(null, [], TimeSpan.FromSeconds(300)));

    /// <summary>A node that needs only these packages.</summary>
    public static NodeConfig Extra(double timeout, double lockTimeout, params string[] names) =>
        Of(scheduler: "NONE", extra: names, timeout: timeout, lockTimeout: lockTimeout);

    public static NodeConfig Extra(params string[] names) => Extra(120, 60, names);
}
