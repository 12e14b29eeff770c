using CsCheck;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class MachineIdentityTests
{
    private static readonly Gen<string?> Fact = Gen.OneOf(null, "a", "b", "c");
    private static readonly Gen<MachineIdentity> Any =
        from metadata in Fact
        from cloudInit in Fact
        from uuid in Fact
        from machine in Fact
        select new MachineIdentity { Metadata = metadata, CloudInit = cloudInit, ProductUuid = uuid, MachineId = machine };

    [Fact]
    public void Machine_equals_itself() => Any.Sample(instance => instance.IsSameAs(instance));

    [Fact]
    public void Equality_is_symmetric() => Gen.Select(Any, Any).Sample((one, other) => one.IsSameAs(other) == other.IsSameAs(one));

    [Fact]
    public void Missing_id_does_not_change_the_machine_if_another_id_matches() =>
        Any.Where(instance => instance.MachineId is not null).Sample(instance =>
            instance.IsSameAs(instance with { Metadata = null }) && instance.IsSameAs(instance with { CloudInit = null })
                && instance.IsSameAs(instance with { ProductUuid = null, Metadata = null }));

    [Fact]
    public void Best_common_id_decides()
    {
        var original = new MachineIdentity { Metadata = "ins-1", CloudInit = "ins-1", ProductUuid = "u-1", MachineId = "m" };
        Assert.False(original.IsSameAs(original with { Metadata = "ins-2" }));
        Assert.False(original.IsSameAs(new MachineIdentity { CloudInit = "ins-2", MachineId = "m" }));
        Assert.False(original.IsSameAs(new MachineIdentity { ProductUuid = "u-2", MachineId = "m" }));
        Assert.True(original.IsSameAs(new MachineIdentity { MachineId = "m" }));
        Assert.False(original.IsSameAs(new MachineIdentity()));
        Assert.True(new MachineIdentity().IsSameAs(new MachineIdentity()));
    }

    [Fact]
    public async Task Ids_are_read_from_the_node_and_invalid_ones_ignored()
    {
        using var node = new TemporaryNode();
        using var none = new MetadataService(null);
        node.Write("/var/lib/cloud/data/instance-id", " ins-9\n");
        node.Write("/etc/machine-id", "abc\n");
        node.Write("/sys/class/dmi/id/product_uuid", "two\nlines\n");
        Assert.Equal(
            new MachineIdentity { CloudInit = "ins-9", MachineId = "abc" },
            await MachineIdentity.InspectAsync(node.Root, none, TestContext.Current.CancellationToken));
        node.Write("/var/lib/cloud/data/instance-id", "\n");
        node.Write("/etc/machine-id", new string('x', 300));
        Assert.Null((await MachineIdentity.InspectAsync(node.Root, none, TestContext.Current.CancellationToken)).Id);
    }

    [Theory]
    [InlineData("ins-1", "ins-1")]
    [InlineData(" ins-1\n", "ins-1")]
    [InlineData("", null)]
    [InlineData("<html>\nlogin\n</html>", null)]
    public async Task Metadata_id_must_be_one_word(string answer, string? id)
    {
        using var node = new TemporaryNode();
        using var server = CannedServer.Of(200, answer, "Content-Type: text/plain; charset=klingon");
        using var metadata = new MetadataService(server.Url);
        Assert.Equal(id, (await MachineIdentity.InspectAsync(node.Root, metadata, TestContext.Current.CancellationToken)).Metadata);
    }

    [Fact]
    public async Task Known_machine_is_not_looked_up_again()
    {
        const string Uuid = "5c0ffee0-0000-4000-8000-000000000001";
        using var node = new TemporaryNode();
        using var server = CannedServer.Of(200, "ins-1");
        using var metadata = new MetadataService(server.Url);
        async Task<MachineIdentity> InspectAsync() =>
            await MachineIdentity.InspectAsync(node.Root, metadata, TestContext.Current.CancellationToken);
        node.Write("/sys/class/dmi/id/product_uuid", Uuid);
        (await InspectAsync()).Keep(node.Root);
        Assert.Equal(new MachineIdentity { Metadata = "ins-1", ProductUuid = Uuid }, await InspectAsync());
        Assert.Equal(1, server.Requests);

        // A clone differs in one of its own ids.
        node.Write("/etc/machine-id", "abc\n");
        Assert.Equal(new MachineIdentity { Metadata = "ins-1", ProductUuid = Uuid, MachineId = "abc" }, await InspectAsync());
        Assert.Equal(2, server.Requests);
        node.Write("/etc/machine-id", "");
        node.Write("/sys/class/dmi/id/product_uuid", Uuid.Replace('1', '2'));
        await InspectAsync();
        Assert.Equal(3, server.Requests);

        // The UUID of unconfigured firmware does not count.
        node.Write("/sys/class/dmi/id/product_uuid", Guid.Empty.ToString());
        (await InspectAsync()).Keep(node.Root);
        await InspectAsync();
        Assert.Equal(5, server.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ins-1\n")]
    [InlineData("\n\nu\nm\n")]
    public async Task Damaged_record_of_the_machine_is_ignored(string text)
    {
        using var node = new TemporaryNode();
        using var server = CannedServer.Of(200, "ins-2");
        using var metadata = new MetadataService(server.Url);
        node.Write("/sys/class/dmi/id/product_uuid", "u");
        node.Write("/var/lib/thpc-node-agent/machine", text);
        Assert.Equal("ins-2", (await MachineIdentity.InspectAsync(node.Root, metadata, TestContext.Current.CancellationToken)).Metadata);
    }

    [Fact]
    public async Task Metadata_error_redirect_or_silence_gives_no_id()
    {
        using var node = new TemporaryNode();
        using var other = CannedServer.Of(200, "ins-1");
        using var redirecting = CannedServer.Of(302, "", $"Location: {other.Url}latest/meta-data/instance-id");
        using var failing = CannedServer.Of(500, "ins-1");
        using var standin = await CosStandin.StartAsync();
        standin.PutMetadata(new Dictionary<string, object> { ["instance-id"] = "ins-1", ["delay"] = 60 });
        foreach (var url in (Uri[])[redirecting.Url, failing.Url, standin.Url, new Uri("http://127.0.0.1:1")])
        {
            using var metadata = new MetadataService(url);
            Assert.Null((await MachineIdentity.InspectAsync(node.Root, metadata, TestContext.Current.CancellationToken)).Metadata);
        }

        Assert.Equal(0, other.Requests);
    }
}
