using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Stages.Image;

public sealed class SlurmFilesTests
{
    [Theory]
    [InlineData("slurm.conf", true)]
    [InlineData("slurm.key", true)]
    [InlineData("slurm.jwks", true)]
    [InlineData("topology.yaml", true)]
    [InlineData("slurm.conf~", true)]
    [InlineData("slurm.conf.bak", true)]
    [InlineData("slurm.conf.bak2", true)]
    [InlineData("slurm.conf.rpmsave", true)]
    [InlineData("slurm.conf.20260301", true)]
    [InlineData("slurm.conf-2", true)]
    [InlineData(".slurm.conf.swp", true)]
    [InlineData("slurm.conf.example", false)]
    [InlineData("slurm.conf.oldest", false)]
    [InlineData("README", false)]
    [InlineData("prolog.sh", false)]
    [InlineData(".conf", false)]
    public void Configuration_keys_and_copies_are_recognised(string name, bool counts) =>
        Assert.Equal(counts, SlurmFiles.IsConfiguration(name));

    [Theory]
    [InlineData("slurmdbd.conf", true)]
    [InlineData("cgroup.conf", true)]
    [InlineData("jwt_hs256.key", true)]
    [InlineData("nginx.conf", false)]
    [InlineData("mine.key", false)]
    public void Shared_directory_counts_only_Slurm_names(string name, bool counts) =>
        Assert.Equal(counts, SlurmFiles.IsOwnConfiguration(name));

    [Theory]
    [InlineData("SLURMD_OPTIONS=\"--conf-server ctl:6817\"\n", "SLURMD_OPTIONS=\"\"\n")]
    [InlineData("SLURMD_OPTIONS=\"-Z --conf-server=ctl,ctl2 --conf feature=x\"\n", "SLURMD_OPTIONS=\"-Z --conf feature=x\"\n")]
    [InlineData("ExecStart=/usr/sbin/slurmd -D --conf-server ctl\n", "ExecStart=/usr/sbin/slurmd -D\n")]
    [InlineData("Environment=SLURMD_OPTIONS=--conf-server=ctl\n", "Environment=SLURMD_OPTIONS=\n")]
    [InlineData("--conf-server a --conf-server b\n", "\n")]
    [InlineData("# --conf-server ctl\n", "# --conf-server ctl\n")]
    [InlineData("SLURMD_OPTIONS=\"-M\"\n", "SLURMD_OPTIONS=\"-M\"\n")]
    public void Conf_server_is_removed_and_other_options_stay(string line, string left) =>
        Assert.Equal(left, SlurmFiles.WithoutServer(line));

    [Theory]
    [InlineData("StateSaveLocation=/var/spool/state\n", "/var/spool/state")]
    [InlineData("statesavelocation = /a/b/ # c\n", "/a/b")]
    [InlineData("StateSaveLocation=/a\r\nStateSaveLocation=/b\r\n", "/b")]
    [InlineData("#StateSaveLocation=/a\n", null)]
    [InlineData("StateSaveLocationX=/a\n", null)]
    [InlineData("StateSaveLocation=/a/%h\n", null)]
    [InlineData("StateSaveLocation=/a/../b\n", null)]
    [InlineData("StateSaveLocation=relative\n", null)]
    [InlineData("StateSaveLocation=\n", null)]
    [InlineData("StateSaveLocation=/\n", null)]
    public void Path_is_parsed_as_Slurm_does(string text, string? path) => Assert.Equal(path, SlurmFiles.PathOf(text, "StateSaveLocation"));
}
