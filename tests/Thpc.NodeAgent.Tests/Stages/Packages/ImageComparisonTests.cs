using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

/// <summary>Images compared with their manifests. The node is a COMPUTE node with SLURM, which needs munge and slurmd.</summary>
public sealed class ImageComparisonTests
{
    private static readonly ManifestPackage Munge = new("munge", "0.5", "SLURM's authentication", "munge");
    private static readonly ManifestPackage Slurmd = new("slurmd", "22.05", "SLURM's node daemon", "slurmd");
    private static readonly ManifestPackage Htop = new("htop", "3.2", "[packages] extra", "htop");

    private static readonly ImageManifest Image = new()
    {
        AgentVersion = "0.1.0",
        CreatedAt = DateTimeOffset.UnixEpoch,
        OsId = "debian",
        OsVersion = "12",
        KernelRelease = "6.1",
        NodeRole = "COMPUTE",
        Packages = [Munge, Slurmd],
    };

    [Fact]
    public void Unchanged_image_gives_no_warning()
    {
        var comparison = Compare(Image, Dpkg(("munge", "0.5"), ("slurmd", "22.05")));
        Assert.Empty(comparison.Warnings);
        Assert.Null(comparison.Refusal);
    }

    [Fact]
    public void Missing_needed_package_is_an_error()
    {
        var comparison = Compare(Image, Dpkg(("munge", "0.5")));
        Assert.Equal("the image had slurmd (SLURM's node daemon) when it was captured, and it is gone", comparison.Refusal?.Message);
        Assert.Equal(ErrorCode.PackagesMissing, comparison.Refusal?.Code);
    }

    [Fact]
    public void Alternative_package_is_accepted()
    {
        Assert.Null(Compare(Image, Dpkg(("munge", "0.5"), ("slurm-smd-slurmd", "23"))).Refusal);
    }

    [Fact]
    public void Missing_unneeded_package_is_a_warning()
    {
        var comparison = Compare(Image with { Packages = [Munge, Slurmd, Htop] }, Dpkg(("munge", "0.5"), ("slurmd", "22.05")));
        Assert.Null(comparison.Refusal);
        Assert.Equal(["the image had htop 3.2 when it was captured, and it is gone; this node does not need it"], comparison.Warnings);
    }

    [Fact]
    public void Changed_versions_give_one_warning()
    {
        var comparison = Compare(Image, Dpkg(("munge", "0.6"), ("slurmd", "23.11")));
        Assert.Equal(["other versions than when the image was captured: munge 0.5 → 0.6, slurmd 22.05 → 23.11"], comparison.Warnings);
    }

    [Fact]
    public void Package_missing_at_capture_is_a_warning()
    {
        var comparison = Compare(Image with { Packages = [Munge], Missing = ["slurmd"] }, Dpkg(("munge", "0.5")));
        Assert.Null(comparison.Refusal);
        Assert.Equal(["the image was captured without slurmd (SLURM's node daemon)"], comparison.Warnings);
    }

    [Fact]
    public void Package_missing_in_image_for_another_role_is_an_error()
    {
        var image = Image with { NodeRole = "LOGIN", Packages = [Munge], Missing = ["slurm-client"] };
        Assert.Equal(
            "a COMPUTE node needs slurmd (SLURM's node daemon), and this image, made for LOGIN, does not have it",
            Compare(image, Dpkg(("munge", "0.5"))).Refusal?.Message);
        Assert.Null(Compare(image, Dpkg(("munge", "0.5"), ("slurmd", "22.05"))).Refusal);
    }

    [Fact]
    public void Image_for_another_role_is_a_warning() =>
        Assert.Equal(
            ["the image was prepared for LOGIN nodes, and this is a COMPUTE node"],
            Compare(Image with { NodeRole = "LOGIN" }, Dpkg(("munge", "0.5"), ("slurmd", "22.05"))).Warnings);

    [Fact]
    public void Unrecorded_package_is_a_warning_without_dpkg()
    {
        var comparison = Compare(
            Image with { NodeRole = "LOGIN", OsId = "rocky", OsVersion = "9", Packages = [Munge] }, Rpm(("munge", true)),
            PackageFamily.Dnf);
        Assert.Null(comparison.Refusal);
        Assert.Equal(
            ["the image was prepared for LOGIN nodes, and this is a COMPUTE node",
             "a COMPUTE node needs slurm-slurmd (SLURM's node daemon), and the manifest of this image, made for LOGIN, does not name it; "
                 + "run `thpc-node-agent packages check` to find out whether it is installed"],
            comparison.Warnings);
    }

    [Fact]
    public void Missing_witness_means_missing_package_without_dpkg()
    {
        var image = Image with
        {
            OsId = "rocky",
            OsVersion = "9",
            Packages = [Munge, new ManifestPackage("site-slurmd", "1", "SLURM's node daemon", "slurm-slurmd", "/usr/sbin/slurmd"), Htop],
        };
        Assert.Null(Compare(image, Rpm(("site-slurmd", true)), PackageFamily.Dnf).Refusal);
        Assert.Empty(Compare(image, Rpm(("site-slurmd", true)), PackageFamily.Dnf).Warnings);
        Assert.Equal(
            "the image had slurm-slurmd (SLURM's node daemon) when it was captured, and it is gone",
            Compare(image, Rpm(("site-slurmd", false)), PackageFamily.Dnf).Refusal?.Message);
    }

    [Fact]
    public void Missing_Lustre_client_is_an_error_only_with_TURBO_storage()
    {
        var image = Image with { LustreClient = true };
        var now = Dpkg(("munge", "0.5"), ("slurmd", "22.05")) with
        {
            KernelRelease = "6.2",
            LustreProblem = "kernel 6.2 has no Lustre client (module lustre)",
        };

        var without = Compare(image, now);
        var with = Compare(image, now, turbo: true);

        Assert.Equal(
            ["the image had a Lustre client for kernel 6.1 when it was captured, and now kernel 6.2 has no Lustre client (module lustre)"],
            without.Warnings);
        Assert.Null(without.Refusal);
        Assert.Equal((ErrorCode.PackagesMissing, without.Warnings[0]), (with.Refusal?.Code, with.Refusal?.Message));
        Assert.Empty(with.Warnings);
        Assert.Empty(Compare(Image, now, turbo: true).Warnings);
    }

    [Fact]
    public void Two_errors_form_one_message()
    {
        var now = Dpkg(("munge", "0.5")) with { LustreProblem = "it has none" };
        Assert.EndsWith(
            "and it is gone; the image had a Lustre client for kernel 6.1 when it was captured, and now it has none",
            Compare(Image with { LustreClient = true }, now, turbo: true).Refusal?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "0.1.0", "the image's manifest has schema 2, but this agent knows only schema 1; unknown parts are ignored")]
    [InlineData(1, "9.9.0-rc.1", "the image was prepared by agent 9.9.0-rc.1, and this agent is older: VERSION")]
    public void Newer_manifest_is_used_with_a_warning(int schema, string agent, string warning)
    {
        var comparison = Compare(Image with { Schema = schema, AgentVersion = agent }, Dpkg(("munge", "0.5")));
        Assert.Equal([warning.Replace("VERSION", AgentVersion.Text, StringComparison.Ordinal)], comparison.Warnings);
        Assert.NotNull(comparison.Refusal);
    }

    [Fact]
    public void Upgraded_system_is_a_warning() =>
        Assert.Equal(
            ["the image was debian 11 when it was captured, and this is debian 12"],
            Compare(Image with { OsVersion = "11" }, Dpkg(("munge", "0.5"), ("slurmd", "22.05"))).Warnings);

    [Fact]
    public void Long_list_of_names_is_shortened_to_one_line()
    {
        var packages = Enumerable.Range(0, 1000).Select(number => new ManifestPackage($"odd\n{number}", "1", "p")).ToList();
        var warning = Assert.Single(
            Compare(Image with { Packages = [Munge, Slurmd, .. packages] }, Dpkg(("munge", "0.5"), ("slurmd", "22.05"))).Warnings);
        Assert.Contains(" and 990 more when", warning, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', warning);
    }

    private static ImageComparison Compare(
        ImageManifest image, NodeSnapshot now, PackageFamily family = PackageFamily.Apt, bool turbo = false) =>
        ImageComparison.Compare(image, PackagesConfig.Of().Cluster, PackagePlan.For(PackagesConfig.Of(), family).Needs, turbo, now);

    private static NodeSnapshot Dpkg(params (string Name, string Version)[] installed) =>
        new(new OsRelease("debian", [], "12"), "6.1", null,
            installed.ToDictionary(package => package.Name, package => new InstalledPackage(package.Name, package.Version)),
            new Dictionary<string, bool>());

    private static NodeSnapshot Rpm(params (string Name, bool There)[] witnesses) =>
        new(new OsRelease("rocky", [], "9"), "5.14", null, null, witnesses.ToDictionary(witness => witness.Name, witness => witness.There));
}
