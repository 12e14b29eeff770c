using System.Text.Json;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>The boot test covers live and dead mounts.</summary>
public sealed class StorageListTests
{
    [Fact]
    public async Task List_shows_configured_and_fstab_storage()
    {
        using var node = new TemporaryNode();
        node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"\nprotocol = \"NFS 4.0\"\n[[goosefs]]\nlocal_path = "
            + "\"/goose\"\nmasters = [\"10.0.0.2:9200\"]\n");
        node.Write("/etc/fstab", "/dev/vda1 / ext4 defaults 0 1\n10.0.0.3:/old /old nfs vers=3,x-thpc.cluster=hpc-8hje8h12 0 0\n"
            + "10.0.0.3:/a /a nfs vers=3,x-thpc.cluster=hpc-xhje8h12 0 0\n");
        Assert.Equal(
            """
            State    Mount point  Source           Type     At boot  Note
            foreign  /a           10.0.0.3:/a      nfs      fstab    of another cluster or machine
            missing  /data        10.0.0.1:/       nfs4     no
            missing  /goose       10.0.0.2:9200:/  goosefs  no
            missing  /old         10.0.0.3:/old    nfs      fstab    not configured

            MOUNT_MISSING: nothing is mounted at /data
            → Run `thpc-node-agent bootstrap`: it mounts what is missing.
            MOUNT_MISSING: nothing is mounted at /goose
            MOUNT_MISSING: nothing is mounted at /old, but fstab or a unit lists nfs 10.0.0.3:/old there
            → Run `thpc-node-agent storage verify --repair` to mount it, or `thpc-node-agent storage remove` to remove it.

            """,
            (await Agent.RunAsync(node, "storage", "list")).Output);
        Assert.StartsWith(
            """
            状态     挂载点  来源             类型     开机挂载  说明
            foreign  /a      10.0.0.3:/a      nfs      fstab     属于其他集群或机器
            missing  /data   10.0.0.1:/       nfs4     no
            missing  /goose  10.0.0.2:9200:/  goosefs  no
            missing  /old    10.0.0.3:/old    nfs      fstab     未配置

            MOUNT_MISSING: /data 上没有挂载文件系统

            """.TrimEnd('\n'),
            (await Agent.RunAsync(node, "storage", "list", "--lang", "zh")).Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_has_one_line_for_what_is_well_and_details_for_the_rest()
    {
        using var node = new TemporaryNode();
        node.Configure(
            "[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"\nprotocol = \"NFS 4.0\"\n"
            + "[[goosefs]]\nlocal_path = \"/goosefs\"\nmasters = [\"127.0.95.9:9200\"]\n");
        Directory.CreateDirectory(node.On("/data"));
        node.AddGooseFs();
        using var master = GooseFsNodes.Listen("127.0.95.9", 9200);
        node.Write("/etc/fstab", "10.0.0.1:/ /data nfs4 x-thpc.cluster=hpc-8hje8h12,nofail 0 0\n10.0.0.9:/ /data nfs noauto 0 0\n");
        var output = await MountNamespace.RunAsync(node, """
            mount -t tmpfs -o size=8m 10.0.0.8:/other "$node/data"
            agent storage add --local-path /goosefs --masters 127.0.95.9:9200 >/dev/null
            agent storage list
            """);
        var lines = output.Split('\n');
        Assert.True(lines.Length > 3, output);
        Assert.All(lines[..3], line => Assert.InRange(line.Length, 40, 80));
        Assert.Matches("^mounted  /goosefs     127.0.95.9:9200:/  goosefs  unit     [0-9.]+ .iB of [0-9.]+ .iB$", lines[2]);
        Assert.True(1 == lines.Count(line => line.Contains("/goosefs", StringComparison.Ordinal)), output);
        Assert.Matches("^other    /data        10.0.0.8:/other    tmpfs    fstab    0 B of 8 MiB$", lines[1]);
        Assert.StartsWith("MOUNT_CONFLICT: /data has tmpfs 10.0.0.8:/other mounted, ", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("-> ", lines[5], StringComparison.Ordinal);
        Assert.Equal(
            [
                "/data", "  configured  nfs4 10.0.0.1:/", "  mounted     tmpfs 10.0.0.8:/other  (0 B of 8 MiB used)",
                "  fstab       nfs4 10.0.0.1:/",
                "  fstab       nfs 10.0.0.9:/  (/etc/fstab line 2, not the agent's)  (not mounted at boot)", "",
            ],
            lines[6..]);
    }

    [Fact]
    public async Task Json_has_null_for_missing_values()
    {
        using var node = new TemporaryNode();
        node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"\n");
        using var json = JsonDocument.Parse((await Agent.RunAsync(node, "storage", "list", "--json")).Output);
        var row = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(
            ("/data", "nfs 10.0.0.1:/", JsonValueKind.Null),
            (row.GetProperty("local_path").GetString(), row.GetProperty("configured").GetString(), row.GetProperty("mounted").ValueKind));
    }
}
