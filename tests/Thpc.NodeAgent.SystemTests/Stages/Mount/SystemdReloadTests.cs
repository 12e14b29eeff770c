namespace Thpc.NodeAgent.SystemTests.Stages.Mount;

/// <summary>Changes after which the agent reloads systemd.</summary>
public sealed class SystemdReloadTests
{
    // Another machine than SystemdNode has written it.
    private const string Line = "10.0.0.1:/ /srv/data nfs4 vers=4.0,nofail,x-thpc.cluster=hpc-8hje8h12,x-thpc.machine=0123456789ab 0 0";

    // What systemd generates from that line.
    private const string Generated = """
        printf '[Mount]\nWhere=/srv/data\nWhat=10.0.0.1:/\nType=nfs4\nOptions=%s\n' "$(awk '{ print $4 }' /etc/fstab)" \
            >/run/systemd/generator/srv-data.mount

        """;

    private const string Unit = """
        mkdir -p /etc/systemd/system
        printf '[Service]\nExecStart=/g/goosefs-fuse mount /g /\n[X-Thpc]\nCluster=hpc-8hje8h12\nMachine=0123456789ab\n%s' \
            'LocalPath=/g
        RemotePath=/
        Masters=10.0.0.2:9200
        ' >/etc/systemd/system/thpc-goosefs-g.service

        """;

    [Theory]
    [InlineData($"echo '{Line}' >/etc/fstab\n{Generated}", "daemon-reload\n")]
    [InlineData($"echo '{Line}' >/etc/fstab", "none\n")]
    [InlineData($"echo '{Line}' >/etc/fstab; echo '/srv/data/home /home none bind 0 0' >>/etc/fstab", "daemon-reload\n")]
    [InlineData(Unit, "daemon-reload\n")]
    [InlineData("echo '10.0.0.1:/ /srv/data nfs4 vers=4.0 0 0' >/etc/fstab", "none\n")]
    public async Task Guard_reloads_systemd_if_it_has_units_of_what_was_removed(string prepare, string calls)
    {
        Assert.Equal(calls, await SystemdNode.RunAsync("", $"{prepare}\nagent guard >/dev/null; calls daemon-reload"));
    }

    [Fact]
    public async Task Failed_reload_is_an_error()
    {
        var said = await SystemdNode.RunAsync(
            "", $"echo '{Line}' >/etc/fstab\n{Generated}: >/srv/fails\nagent guard >/dev/null; echo guard $?; cat /srv/errors");
        Assert.StartsWith("guard 1\n", said, StringComparison.Ordinal);
        Assert.Contains("no memory", said, StringComparison.Ordinal);
    }

    /// <summary>systemd accesses every mount point of fstab, so it would hang too.</summary>
    [Fact]
    public async Task Silent_mount_of_fstab_prevents_a_reload()
    {
        Needs.Program("bindfs");
        var said = await SystemdNode.RunAsync("", $"""
            echo '{Line}' >/etc/fstab
            {Generated}
            echo 'other /srv/silent fuse defaults 0 0' >>/etc/fstab
            mkdir /srv/silent; bindfs -f /etc /srv/silent & silent=$!; disown
            until grep -q ' /srv/silent ' /proc/self/mountinfo; do :; done; kill -STOP $silent
            agent guard | grep -o 'hang on /srv/silent'; calls daemon-reload; kill -KILL $silent
            """);
        Assert.Equal("hang on /srv/silent\nnone\n", said);
    }
}
