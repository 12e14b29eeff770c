using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Guard on a clone of another machine. The boot test checks that systemd mounts none of the removed entries.</summary>
public sealed class GuardTests : IDisposable
{
    private const string Original = "6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f10";
    private const string Clone = "00112233-4455-6677-8899-aabbccddeeff";
    private const string Others = "# mine\n/dev/vda1\t/ ext4 defaults 0 1\n10.9.9.9:/x /x nfs rw 0 0\n";

    private readonly TemporaryNode _node = new();

    public GuardTests()
    {
        Is(Original);
        Tag = MachineFingerprint.Read(_node.Root)!;
        Line = $"10.0.0.1:/ /data nfs4 vers=4.0,_netdev,nofail,x-thpc.cluster=hpc-8hje8h12,x-thpc.machine={Tag} 0 0\n";
        _node.Write("/etc/fstab", Others + Line);
    }

    private string Tag { get; }

    private string Line { get; }

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Own_entries_are_kept()
    {
        var run = await GuardAsync();
        Assert.Equal((0, ""), (run.ExitCode, run.Output));
        Assert.Equal(Others + Line, _node.Read("/etc/fstab"));
        Assert.False(_node.Has("/var/lib/thpc-node-agent/removed-storage"));
    }

    /// <summary>Kernels may show the same machine UUID in different byte orders.</summary>
    [Fact]
    public async Task Byte_swapped_uuid_keeps_entries_and_units()
    {
        const string Unit = "/etc/systemd/system/thpc-goosefs-g.service";
        _node.Write(
            Unit, $"[Service]\nExecStart=/g/goosefs-fuse mount /g /\n[X-Thpc]\nCluster=hpc-8hje8h12\nMachine="
                + $"{Tag}\nLocalPath=/g\nRemotePath=/\nMasters=10.0.0.2:9200\n");
        Is("5e2d1d6c-633f-5b4c-9a41-0b2b8d2e7f10");
        Assert.NotEqual(Tag, MachineFingerprint.Read(_node.Root)!.Tag);
        Assert.Equal((0, ""), ((await GuardAsync()).ExitCode, (await GuardAsync()).Output));
        Assert.Equal(Others + Line, _node.Read("/etc/fstab"));
        Assert.True(_node.Has(Unit));
        Assert.DoesNotContain("FSTAB_", (await Agent.RunAsync(_node, "storage", "verify")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clone_entries_are_removed_saved_and_reported_once()
    {
        Is(Clone);
        var run = await GuardAsync();
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("cluster hpc-8hje8h12: /data (10.0.0.1:/): removed", run.Output, StringComparison.Ordinal);
        Assert.Equal(Others, _node.Read("/etc/fstab"));
        Assert.Equal($"# /etc/fstab line 4\n{Line}", _node.Read("/var/lib/thpc-node-agent/removed-storage"));

        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Contains("/data (10.0.0.1:/): removed", Assert.Single(_node.Report().Warnings), StringComparison.Ordinal);
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Empty(_node.Report().Warnings);
        Assert.Equal("", (await GuardAsync()).Output);
    }

    [Fact]
    public async Task Dependent_entries_are_removed_and_saved()
    {
        const string Home = "/data/home /home none bind 0 0\n";
        const string Chained = "/home/x /y none bind 0 0\n";
        const string Stays = "/srv/x /z none bind 0 0\n/x/sub /w none bind 0 0\n";
        _node.Write("/etc/fstab", Others + Chained + Line + Home + Stays);
        Assert.Equal("", (await GuardAsync()).Output);
        Is(Clone);
        var run = await GuardAsync();
        Assert.Contains(
            "removed together with fstab lines that depend on them, /home/x on /y (line 4, needs /home), /data/home on /home (line 6, "
                + "needs /data); a copy is in", run.Output, StringComparison.Ordinal);
        Assert.Equal(Others + Stays, _node.Read("/etc/fstab"));
        Assert.Equal(
            $"# /etc/fstab line 5\n{Line}# /etc/fstab line 4\n{Chained}# /etc/fstab line 6\n{Home}",
            _node.Read("/var/lib/thpc-node-agent/removed-storage"));
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Contains("/data/home on /home (line 6, needs /data)", Assert.Single(_node.Report().Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_that_depend_on_units_are_removed()
    {
        _node.Write(
            "/etc/systemd/system/thpc-goosefs-g.service",
            $"[Service]\nExecStart=/g/goosefs-fuse mount /g /\n[X-Thpc]\nCluster=hpc-8hje8h12\nMachine="
                + $"{Tag}\nLocalPath=/g\nRemotePath=/\nMasters=10.0.0.2:9200\n");
        Directory.CreateDirectory(_node.On("/etc/systemd/system/multi-user.target.wants"));
        _node.Write("/etc/fstab", Others + "/g/home /home none bind 0 0\n");
        Is(Clone);
        Assert.Contains("/g/home on /home (line 4, needs /g)", (await GuardAsync()).Output, StringComparison.Ordinal);
        Assert.Equal(Others, _node.Read("/etc/fstab"));
    }

    [Fact]
    public async Task Clone_units_are_removed()
    {
        const string Unit = "/etc/systemd/system/thpc-goosefs-g.service";
        var text =
            $"[Service]\nExecStart=/g/goosefs-fuse mount /g /\n[X-Thpc]\nCluster=hpc-8hje8h12\nMachine="
                + $"{Tag}\nLocalPath=/g\nRemotePath=/\nMasters=10.0.0.2:9200\n";
        _node.Write(Unit, text);
        _node.Write("/etc/systemd/system/thpc-goosefs-by-hand.service", "[Service]\nExecStart=/bin/true\n");
        Directory.CreateDirectory(_node.On("/etc/systemd/system/multi-user.target.wants"));
        File.CreateSymbolicLink(_node.On("/etc/systemd/system/multi-user.target.wants/thpc-goosefs-g.service"), Unit);
        await GuardAsync();
        Assert.True(_node.Has(Unit));
        Is(Clone);
        await GuardAsync();
        Assert.False(_node.Has(Unit));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_node.On("/etc/systemd/system/multi-user.target.wants")));
        Assert.True(_node.Has("/etc/systemd/system/thpc-goosefs-by-hand.service"));
        Assert.EndsWith($"# {Unit}\n{text}", _node.Read("/var/lib/thpc-node-agent/removed-storage"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Not Settable")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public async Task Machine_without_fingerprint_is_unchanged(string uuid)
    {
        Is(uuid);
        Assert.Equal((0, ""), ((await GuardAsync()).ExitCode, (await GuardAsync()).Output));
        Assert.Equal(Others + Line, _node.Read("/etc/fstab"));
    }

    [Fact]
    public async Task Entries_without_machine_tag_are_left_to_bootstrap()
    {
        const string Old =
            "10.0.0.1:/ /old nfs4 vers=4.0,nofail,x-thpc.cluster=hpc-aaaaaaaa 0 0\n10.0.0.1:/ /same nfs4 vers=4.0,nofail,"
                + "x-thpc.cluster=hpc-8hje8h12 0 0\n";
        _node.Write("/etc/fstab", Others + Old);
        Is(Clone);
        await GuardAsync();
        Assert.Equal(Others + Old, _node.Read("/etc/fstab"));

        var verified = await Agent.RunAsync(_node, "storage", "verify");
        Assert.Equal(5, verified.ExitCode);
        Assert.Contains(
            "FSTAB_OTHER_CLUSTER /old: /etc/fstab line 4 was written for cluster hpc-aaaaaaaa", verified.Output, StringComparison.Ordinal);
        Assert.Contains("MOUNT_MISSING /same: ", verified.Output, StringComparison.Ordinal);

        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(Others + Old.Split('\n')[1] + "\n", _node.Read("/etc/fstab"));
        Assert.Contains("cluster hpc-aaaaaaaa: /old", Assert.Single(_node.Report().Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entries_that_cannot_be_saved_are_not_removed()
    {
        Is(Clone);
        _node.Write("/var/lib/thpc-node-agent", "a file in the way");
        Assert.Equal(1, (await GuardAsync()).ExitCode);
        Assert.Equal(Others + Line, _node.Read("/etc/fstab"));
    }

    [Fact]
    public async Task Guard_works_without_valid_configuration()
    {
        _node.Write("/etc/thpc/node-agent.toml", "{");
        Is(Clone);
        Assert.Equal(0, (await GuardAsync()).ExitCode);
        Assert.Equal(Others, _node.Read("/etc/fstab"));
    }

    private void Is(string uuid) => _node.Write("/sys/class/dmi/id/product_uuid", uuid + "\n");

    private Task<AgentRun> GuardAsync()
    {
        Needs.RootUser();
        return Agent.RunAsync(_node, "guard");
    }
}
