using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

public sealed class PackagePlanTests
{
    [Theory]
    [InlineData("Apt", "Compute", "SLURM", "nfs-common munge slurmd|slurm-smd-slurmd")]
    [InlineData("Apt", "Login", "SLURM", "nfs-common munge slurm-client|slurm-smd-client")]
    [InlineData("Apt", "Manager", "SLURM", "nfs-common munge slurmctld|slurm-smd-slurmctld")]
    [InlineData("Apt", "ManagerBackup", "slurm", "nfs-common munge slurmctld|slurm-smd-slurmctld")]
    [InlineData("Dnf", "Compute", "SLURM", "nfs-utils munge slurm-slurmd|slurm-slurmd-ohpc")]
    [InlineData("Dnf", "Login", "SLURM", "nfs-utils munge slurm|slurm-ohpc")]
    [InlineData("Yum", "Manager", "SLURM", "nfs-utils munge slurm-slurmctld|slurm-slurmctld-ohpc")]
    [InlineData("Yum", "ManagerBackup", "SLURM", "nfs-utils munge slurm-slurmctld|slurm-slurmctld-ohpc")]
    [InlineData("Zypper", "Compute", "SLURM", "nfs-client munge slurm-munge slurm-node|slurm-slurmd")]
    [InlineData("Zypper", "Login", "SLURM", "nfs-client munge slurm-munge slurm")]
    [InlineData("Zypper", "Manager", "SLURM", "nfs-client munge slurm-munge slurm|slurm-slurmctld")]
    [InlineData("Apt", "Compute", "SGE", "nfs-common gridengine-exec")]
    [InlineData("Apt", "Login", "SGE", "nfs-common gridengine-client")]
    [InlineData("Apt", "Manager", "sge", "nfs-common gridengine-master")]
    [InlineData("Yum", "Compute", "SGE", "nfs-utils gridengine-execd")]
    [InlineData("Dnf", "Login", "SGE", "nfs-utils gridengine")]
    [InlineData("Zypper", "ManagerBackup", "SGE", "nfs-client gridengine-qmaster")]
    public void Role_scheduler_and_family_determine_packages(string family, string role, string scheduler, string expected)
    {
        var plan = PackagePlan.For(
            PackagesConfig.Of(
                Enum.Parse<NodeRole>(role), scheduler, storage: [PackagesConfig.Nfs, PackagesConfig.Nfs with { LocalPath = "/opt" }]),
            Enum.Parse<PackageFamily>(family));

        Assert.Equal(expected, string.Join(' ', plan.Needs.Select(need => string.Join('|', need.Names))));
        Assert.Empty(plan.Warnings);
    }

    [Fact]
    public void NFS_client_is_needed_only_for_NFS()
    {
        var plan = PackagePlan.For(
            PackagesConfig.Of(storage: [PackagesConfig.Turbo, new GooseFsxStorage("/goosefsx/x_proxy", ["10.0.0.4:55533"])]),
            PackageFamily.Apt);

        Assert.Equal(["munge", "slurmd"], plan.Needs.Select(need => need.Name));
    }

    [Theory]
    [InlineData("Apt", "ypbind-mt|nis yp-tools|nis libnss-nis")]
    [InlineData("Dnf", "ypbind yp-tools nss_nis|libnss_nis.so.2()(64bit)")]
    [InlineData("Yum", "ypbind yp-tools nss_nis|libnss_nis.so.2()(64bit)")]
    [InlineData("Zypper", "ypbind yp-tools libnss_nis2|libnss_nis.so.2()(64bit)")]
    public void NIS_accounts_need_its_client(string family, string expected)
    {
        var plan = PackagePlan.For(PackagesConfig.Of(scheduler: "SGE", account: "nis"), Enum.Parse<PackageFamily>(family));

        Assert.Equal(expected, string.Join(' ', plan.Needs.Skip(1).Select(need => string.Join('|', need.Names))));
    }

    [Fact]
    public void Unknown_scheduler_is_a_warning_and_needs_no_munge()
    {
        var plan = PackagePlan.For(PackagesConfig.Of(scheduler: "PBS"), PackageFamily.Apt);

        Assert.Empty(plan.Needs);
        Assert.Contains("PBS", Assert.Single(plan.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Duplicate_extra_packages_are_needed_once()
    {
        var plan = PackagePlan.For(PackagesConfig.Of(extra: ["htop", "munge", "htop"]), PackageFamily.Dnf);

        Assert.Equal(["munge", "slurm-slurmd", "htop"], plan.Needs.Select(need => need.Name));
    }

    [Fact]
    public void First_known_alternative_is_selected()
    {
        PackageNeed[] needs = [new("NIS client", ["ypbind-mt", "nis"]), new("NIS commands", ["yp-tools", "nis"]), new("x", ["munge"])];

        Assert.Equal(
            ["ypbind-mt", "yp-tools", "munge"], PackageChoice.Select(needs, new HashSet<string> { "ypbind-mt", "yp-tools", "nis" }));
        Assert.Equal(["nis", "munge"], PackageChoice.Select(needs, new HashSet<string> { "nis" }));
        Assert.Equal(["ypbind-mt", "yp-tools", "munge"], PackageChoice.Select(needs, new HashSet<string>()));
    }
}
