namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>A manager is recognised by the state of its services, with or without the agent's configuration.</summary>
public sealed class ImageManagerTests : IDisposable
{
    private const string SlurmConf = "ClusterName=hpc\nStateSaveLocation=/srv/slurm/state\n";
    private readonly TemporaryNode _node = new();

    public ImageManagerTests()
    {
        Needs.RootUser();
        File.Delete(_node.On("/etc/thpc/node-agent.toml"));
        _node.Write("/root/.ssh/authorized_keys", "key\n");
        _node.Write("/etc/hostname", "master1\n");
        _node.Write("/usr/local/slurm/etc/slurm.conf", SlurmConf);
    }

    public void Dispose() => _node.Dispose();

    // Files that slurmctld and ypinit -m wrote on Debian 12; tests/node runs the daemons themselves.
    [Theory]
    [InlineData("/srv/slurm/state/job_state", "state of slurmctld")]
    [InlineData("/srv/slurm/state/clustername", "state of slurmctld")]
    [InlineData("/var/spool/node_state", "state of slurmctld")]
    [InlineData("/var/spool/slurmctld/job_state", "state of slurmctld")]
    [InlineData("/var/spool/slurm/ctld/last_config_lite", "state of slurmctld")]
    [InlineData("/var/lib/slurm/slurmctld/assoc_mgr_state", "state of slurmctld")]
    [InlineData("/etc/slurm/slurmdbd.conf", "configuration of slurmdbd")]
    [InlineData("/usr/local/etc/slurmdbd.conf", "configuration of slurmdbd")]
    [InlineData("/var/lib/mysql/slurm_acct_db/db.opt", "database of slurmdbd")]
    [InlineData("/var/yp/hpc.nis/passwd.byname", "maps of ypserv")]
    [InlineData("/var/yp/hpc.nis/ypservers", "maps of ypserv")]
    [InlineData("/var/spool/gridengine/qmaster/heartbeat", "state of sge_qmaster")]
    [InlineData("/opt/sge/default/spool/qmaster/jobseqnum", "state of sge_qmaster")]
    [InlineData("/opt/gridengine/default/common/act_qmaster", "names this node as Grid Engine's master")]
    public async Task Manager_state_is_refused(string path, string words)
    {
        _node.Write(path, "Master1.cluster.local\n");
        var prep = await Agent.RunAsync(_node, "image", "prep", "--yes");
        Assert.Equal(1, prep.ExitCode);
        Assert.Contains("IMAGE_REFUSED", prep.Errors, StringComparison.Ordinal);
        Assert.Contains(words, prep.Errors, StringComparison.Ordinal);
        Assert.Contains(path.Replace("/db.opt", "", StringComparison.Ordinal), prep.Errors, StringComparison.Ordinal);
        Assert.True(_node.Has("/root/.ssh/authorized_keys"));
        var check = await Agent.RunAsync(_node, "image", "check");
        Assert.Contains(words, check.Output, StringComparison.Ordinal);
        Assert.Contains("problem: this node is or was a manager", check.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/etc/munge/munge.key")]
    [InlineData("/var/yp/Makefile")]
    [InlineData("/var/yp/ypservers")]
    [InlineData("/var/yp/binding/hpc.1")]
    [InlineData("/var/lib/slurm/slurmctld/.keep")]
    [InlineData("/var/spool/slurmd/cred_state")]
    [InlineData("/var/spool/slurmd/job00001/slurm_script")]
    [InlineData("/srv/slurm/state/jwt_hs256.key")]
    [InlineData("/etc/slurm/slurmdbd.conf.example")]
    [InlineData("/srv/other/job_state")]
    [InlineData("/opt/gridengine/default/common/act_qmaster")]
    public async Task Packages_and_keys_are_not_manager_state(string path)
    {
        _node.Write(path, "master2\n");
        var prep = await Agent.RunAsync(_node, "image", "prep", "--yes");
        Assert.True(prep.ExitCode == 0, prep.Errors);
        Assert.DoesNotContain("manager", (await Agent.RunAsync(_node, "image", "check")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_behind_a_link_counts()
    {
        _node.Write("/data/slurm/job_state", "x");
        _node.Link("/srv/slurm/state", "/data/slurm");
        Assert.Contains(
            "/data/slurm/job_state is state of slurmctld", (await Agent.RunAsync(_node, "image", "prep", "--yes")).Errors,
            StringComparison.Ordinal);
    }
}
