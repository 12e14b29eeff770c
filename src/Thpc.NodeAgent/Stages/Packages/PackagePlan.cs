using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>One requirement of the node.</summary>
/// <param name="Purpose">The reason, for users.</param>
/// <param name="Names">Alternative packages, the most common first: releases and builders use different names.</param>
internal sealed record PackageNeed(string Purpose, IReadOnlyList<string> Names)
{
    public string Name => Names[0];

    /// <summary>The package that contains it in older releases; null if there is none.</summary>
    public BuiltIn? BuiltIn { get; init; }
}

/// <summary>Software that was part of another package before it got its own.</summary>
/// <param name="Files">Any of these files shows that it is still a part.</param>
internal sealed record BuiltIn(string Package, IReadOnlyList<string> Files);

/// <summary>Computes the packages that a node needs. Pure.</summary>
internal sealed record PackagePlan(IReadOnlyList<PackageNeed> Needs, IReadOnlyList<string> Warnings)
{
    public static PackagePlan For(NodeConfig config, PackageFamily family)
    {
        List<PackageNeed> needs = [];
        List<string> warnings = [];
        if (config.Storage.Any(storage => storage is CfsStorage { Protocol: not CfsProtocol.Turbo }))
        {
            needs.Add(NfsClient(family));
        }

        var scheduler = config.Cluster.SchedulerType;
        if (scheduler.Equals("SLURM", StringComparison.OrdinalIgnoreCase))
        {
            needs.AddRange(Slurm(config.Cluster.Role, family));
        }
        else if (scheduler.Equals("SGE", StringComparison.OrdinalIgnoreCase))
        {
            needs.Add(GridEngine(config.Cluster.Role, family));
        }
        else
        {
            warnings.Add($"the packages of scheduler_type {scheduler} are unknown; list them in [packages] extra");
        }

        if (config.Cluster.AccountType.Equals("NIS", StringComparison.OrdinalIgnoreCase))
        {
            needs.AddRange(NisClient.Needs(family));
        }

        foreach (var name in config.Packages.Extra.Distinct(StringComparer.Ordinal))
        {
            if (!needs.Exists(need => need.Name == name))
            {
                needs.Add(new PackageNeed("[packages] extra", [name]));
            }
        }

        return new PackagePlan(needs, warnings);
    }

    private static PackageNeed NfsClient(PackageFamily family) => new("NFS client for CFS", family switch
    {
        PackageFamily.Apt => ["nfs-common"],
        PackageFamily.Zypper => ["nfs-client"],
        _ => ["nfs-utils"],
    });

    /// <summary>
    /// Names of Debian, SchedMD's Debian packages (slurm-smd-…), EPEL and SchedMD's RPMs, OpenHPC (…-ohpc) and openSUSE. In openSUSE the
    /// package slurm contains slurmctld and the commands, and the munge plugin is only recommended.
    /// </summary>
    private static IEnumerable<PackageNeed> Slurm(NodeRole role, PackageFamily family)
    {
        yield return new PackageNeed("SLURM's authentication", ["munge"]);
        if (family == PackageFamily.Zypper)
        {
            yield return new PackageNeed("SLURM's plugin for munge", ["slurm-munge"]);
        }

        yield return role switch
        {
            NodeRole.Compute => new PackageNeed("SLURM's node daemon", family switch
            {
                PackageFamily.Apt => ["slurmd", "slurm-smd-slurmd"],
                PackageFamily.Zypper => ["slurm-node", "slurm-slurmd"],
                _ => ["slurm-slurmd", "slurm-slurmd-ohpc"],
            }),
            NodeRole.Login => new PackageNeed("SLURM's commands", family switch
            {
                PackageFamily.Apt => ["slurm-client", "slurm-smd-client"],
                PackageFamily.Zypper => ["slurm"],
                _ => ["slurm", "slurm-ohpc"],
            }),
            _ => new PackageNeed("SLURM's controller", family switch
            {
                PackageFamily.Apt => ["slurmctld", "slurm-smd-slurmctld"],
                PackageFamily.Zypper => ["slurm", "slurm-slurmctld"],
                _ => ["slurm-slurmctld", "slurm-slurmctld-ohpc"],
            }),
        };
    }

    /// <summary>Debian's names, and those of Son of Grid Engine's RPMs.</summary>
    private static PackageNeed GridEngine(NodeRole role, PackageFamily family) => role switch
    {
        NodeRole.Compute =>
            new PackageNeed("Grid Engine's node daemon", [family == PackageFamily.Apt ? "gridengine-exec" : "gridengine-execd"]),
        NodeRole.Login => new PackageNeed("Grid Engine's commands", [family == PackageFamily.Apt ? "gridengine-client" : "gridengine"]),
        _ => new PackageNeed("Grid Engine's master", [family == PackageFamily.Apt ? "gridengine-master" : "gridengine-qmaster"]),
    };
}
