using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Packages;

namespace Thpc.NodeAgent.Tests.Stages.Packages;

public sealed class ManagerCommandsTests
{
    [Theory]
    [InlineData("Apt",
        "apt-get -q -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=0 "
            + "-o Acquire::Retries=0 install --no-install-recommends a b")]
    [InlineData("Dnf", "dnf -y --setopt=exit_on_lock=1 install a b")]
    [InlineData("Yum", "yum -y --setopt=exit_on_lock=1 install a b")]
    [InlineData("Zypper", "zypper --non-interactive install --no-recommends a b")]
    public void Commands_never_prompt_or_wait_for_a_lock(string family, string expected)
    {
        Assert.Equal(expected, string.Join(' ', Commands(family, "/").Install(["a", "b"])));
        Assert.Equal($"chroot /srv/image {expected}", string.Join(' ', Commands(family, "/srv/image").Install(["a", "b"])));
    }

    [Theory]
    [InlineData("Apt",
        "munge:\n  Installed: (none)\n  Candidate: 0.5.15-2\n  Version table:\n     0.5.15-2 500\n        500 "
            + "http://deb.debian.org/debian bookworm/main amd64 Packages\nnis-client:\n  Installed: (none)\n  Candidate: (none)\n  "
            + "Version table:\n", "munge")]
    [InlineData("Dnf",
        "Available Packages\nmunge.noarch                           0.5.13-1                            local\npython3.11.x86_64  3.11-1 "
            + " appstream\n", "munge python3.11")]
    [InlineData("Yum", "Error: No matching Packages to list\n", "")]
    [InlineData("Zypper",
        "\nS | Name              | Summary | Type\n--+-------------------+---------+--------\n  | munge             | x       | package\n"
            + "i | slurm             | y       | package\n", "Name munge slurm")]
    public void Known_names_are_parsed_for_each_manager(string family, string output, string expected) =>
        Assert.Equal(expected, string.Join(' ', Commands(family, "/").ParseKnown(output).Order(StringComparer.Ordinal)));

    [Fact]
    public void Environment_is_minimal()
    {
        string[] always = ["PATH", "LC_ALL", "HOME", "SYSTEMD_OFFLINE"];
        string[] proxies = ["http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"];

        Assert.Empty(Commands("Dnf", "/").Environment().Keys.Except([.. always, .. proxies]));
        Assert.Equal("noninteractive", Commands("Apt", "/").Environment()["DEBIAN_FRONTEND"]);
        Assert.Equal("0", Commands("Zypper", "/").Environment()["ZYPP_LOCK_TIMEOUT"]);
    }

    private static ManagerCommands Commands(string family, string root) => new(Enum.Parse<PackageFamily>(family), new NodeRoot(root));
}
