using System.Text.Json;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Cli;

/// <summary>What is mounted, alive or not, is in the boot test.</summary>
public sealed class StorageListTests
{
    [Fact]
    public async Task What_is_configured_and_what_only_fstab_has_stand_side_by_side()
    {
        using var node = new TemporaryNode();
        node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"\nprotocol = \"NFS 4.0\"\n[[goosefs]]\nlocal_path = \"/goose\"\nmasters = [\"10.0.0.2:9200\"]\n");
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
    public async Task As_json_it_is_a_list_with_nulls_for_what_is_not_there()
    {
        using var node = new TemporaryNode();
        node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"\n");
        using var json = JsonDocument.Parse((await Agent.RunAsync(node, "storage", "list", "--json")).Output);
        var row = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(("/data", "nfs 10.0.0.1:/", JsonValueKind.Null), (row.GetProperty("local_path").GetString(), row.GetProperty("configured").GetString(), row.GetProperty("mounted").ValueKind));
    }
}
