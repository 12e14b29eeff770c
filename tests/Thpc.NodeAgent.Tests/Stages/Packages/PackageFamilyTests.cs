using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

public sealed class PackageFamilyTests
{
    [Theory]
    [InlineData("debian", "", "12", "Apt")]
    [InlineData("ubuntu", "debian", "22.04", "Apt")]
    [InlineData("rhel", "fedora", "8.6", "Dnf")]
    [InlineData("rhel", "fedora", "7.9", "Yum")]
    [InlineData("rocky", "rhel centos fedora", "9.3", "Dnf")]
    [InlineData("almalinux", "rhel centos fedora", "8.9", "Dnf")]
    [InlineData("centos", "rhel fedora", "7", "Yum")]
    [InlineData("centos", "rhel fedora", "8", "Dnf")]
    [InlineData("tencentos", "rhel fedora centos tlinux", "2.4", "Yum")]
    [InlineData("tlinux", "rhel fedora centos", "2.2", "Yum")]
    [InlineData("tencentos", "rhel fedora centos", "3.1", "Dnf")]
    [InlineData("tencentos", "", "4.4", "Dnf")]
    [InlineData("opencloudos", "", "9.0", "Dnf")]
    [InlineData("fedora", "", "40", "Dnf")]
    [InlineData("amzn", "centos rhel fedora", "2", "Yum")]
    [InlineData("amzn", "fedora", "2023", "Dnf")]
    [InlineData("opensuse-leap", "suse opensuse", "15.5", "Zypper")]
    [InlineData("sles", "suse", "15.5", "Zypper")]
    [InlineData("unheard-of", "ubuntu debian", "1", "Apt")]
    [InlineData("unheard-of", "no-such rhel", "1", "Dnf")]
    [InlineData("unheard-of", "suse", null, "Zypper")]
    public void Id_decides_before_related_ids(string id, string like, string? version, string family)
    {
        var system = new OsRelease(id, like.Split(' ', StringSplitOptions.RemoveEmptyEntries), version);

        Assert.Equal(family, PackageFamilies.Choose(system, _ => true)?.ToString());
    }

    [Theory]
    [InlineData("apt-get", "Apt")]
    [InlineData("dnf yum", "Dnf")]
    [InlineData("yum", "Yum")]
    [InlineData("zypper", "Zypper")]
    [InlineData("pacman", null)]
    [InlineData("", null)]
    public void Installed_program_decides_for_unknown_ids(string programs, string? family)
    {
        var there = programs.Split(' ');

        Assert.Equal(family, PackageFamilies.Choose(OsRelease.Parse(""), there.Contains)?.ToString());
    }

    [Theory]
    [InlineData("centos", "7", "dnf", "Dnf")]
    [InlineData("rocky", "9", "yum", "Yum")]
    [InlineData("debian", "12", "", "Apt")]
    public void Installed_one_of_dnf_and_yum_is_used(string id, string version, string programs, string family) =>
        Assert.Equal(family, PackageFamilies.Choose(new OsRelease(id, [], version), programs.Split(' ').Contains)?.ToString());
}
