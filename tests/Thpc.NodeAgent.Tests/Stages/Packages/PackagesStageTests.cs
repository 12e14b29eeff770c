using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

/// <summary>Tests without root: the node is a directory, and only its files are read.</summary>
public sealed class PackagesStageTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-packages-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Empty_marker_skips_the_stage_on_any_system()
    {
        Write("/root/thpc_preinstalled.json", "");

        var stage = Stage(PackagesConfig.Of(extra: ["htop"]));
        var plan = await stage.PlanAsync(Cancel);

        Assert.Empty(plan.Steps);
        Assert.Null(stage.Versions);
        Assert.StartsWith("/root/thpc_preinstalled.json is there", plan.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stage_is_skipped_if_all_is_installed()
    {
        Write("/etc/os-release", "ID=debian");
        Write("/var/lib/dpkg/status", Installed("munge") + Installed("slurm-smd-slurmd"));

        var stage = Stage(PackagesConfig.Of());
        var plan = await stage.PlanAsync(Cancel);

        Assert.Empty(plan.Steps);
        Assert.Equal("all 2 packages are installed", plan.Reason);
        Assert.Equal(["munge 1.0", "slurm-smd-slurmd 1.0"], stage.Versions);
    }

    [Fact]
    public async Task Node_without_needs_gives_reason_and_warning()
    {
        Write("/etc/os-release", "ID=debian");

        var plan = await Stage(PackagesConfig.Of(scheduler: "PBS")).PlanAsync(Cancel);

        Assert.Equal("this node needs no packages", plan.Reason);
        Assert.Single(plan.Warnings);
    }

    [Fact]
    public async Task Check_ignores_the_marker()
    {
        Write("/root/thpc_preinstalled.json", "");
        Write("/usr/lib/os-release", "ID=debian\nVERSION_ID=12");
        Directory.CreateDirectory(_directory + "/etc");
        File.CreateSymbolicLink(_directory + "/etc/os-release", "/usr/lib/os-release");
        Write("/var/lib/dpkg/status", Installed("munge"));

        var check = await Stage(PackagesConfig.Of(storage: [PackagesConfig.Nfs])).CheckAsync(Cancel);

        Assert.Equal(("debian 12", PackageFamily.Apt), (check.System, check.Family));
        Assert.Equal(["nfs-common", "slurmd"], check.Missing.Select(need => need.Name));
        Assert.Equal(new InstalledPackage("munge", "1.0"), check.Items.Single(item => item.Need.Name == "munge").Installed);
    }

    [Fact]
    public async Task Unknown_manager_is_an_error()
    {
        Write("/etc/os-release", "ID=nixos\nVERSION_ID=24.05");

        var error = await Assert.ThrowsAsync<AgentException>(() => Stage(PackagesConfig.Of()).PlanAsync(Cancel));

        Assert.Equal(ErrorCode.PackagesFailed, error.Code);
        Assert.Contains(
            "/etc/os-release names nixos 24.05, and none of apt-get, dnf, yum, zypper is installed",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_database_is_an_error()
    {
        Write("/etc/os-release", "ID=ubuntu");

        var error = await Assert.ThrowsAsync<AgentException>(() => Stage(PackagesConfig.Of()).PlanAsync(Cancel));

        Assert.Equal(ErrorCode.PackagesFailed, error.Code);
        Assert.StartsWith("reading dpkg's database: ", error.Message, StringComparison.Ordinal);
    }

    private static string Installed(string name) => $"Package: {name}\nStatus: install ok installed\nArchitecture: all\nVersion: 1.0\n\n";

    private PackagesStage Stage(NodeConfig config) => new(config, new NodeRoot(_directory));

    private void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory + path)!);
        File.WriteAllText(_directory + path, text);
    }
}
