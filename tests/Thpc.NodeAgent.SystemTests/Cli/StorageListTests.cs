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
        node.Write("/etc/fstab", "/dev/vda1 / ext4 defaults 0 1\n10.0.0.3:/old /old nfs vers=3,x-thpc.cluster=hpc-8hje8h12 0 0\n");
        Assert.Equal(
            """
            /data
              configured  nfs4 10.0.0.1:/
              mounted     no
              fstab       no
            /goose
              configured  goosefs 10.0.0.2:9200:/
              mounted     no
              fstab       no
            /old
              configured  no
              mounted     no
              fstab       nfs 10.0.0.3:/old

            """,
            (await Agent.RunAsync(node, "storage", "list")).Output);
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
