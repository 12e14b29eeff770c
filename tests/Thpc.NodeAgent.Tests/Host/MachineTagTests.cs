using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class MachineTagTests
{
    private const string Path = "/sys/class/dmi/id/product_uuid";

    [Fact]
    public void It_is_short_safe_in_fstab_and_the_same_however_the_firmware_writes_its_uuid()
    {
        var tag = Of("6C1D2D5E-3F63-4C5B-9A41-0B2B8D2E7F10");
        Assert.Matches("^[0-9a-f]{12}$", tag);
        Assert.Equal(tag, Of("6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f10\n"));
        Assert.NotEqual(tag, Of("6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f11"));
        Assert.DoesNotContain(tag!, "6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f10".Replace("-", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Not Settable")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF")]
    [InlineData("03000200-0400-0500-0006-000700080009")]
    public void A_machine_whose_firmware_does_not_know_it_has_none(string? uuid) => Assert.Null(Of(uuid));

    private static string? Of(string? uuid)
    {
        using var node = new TemporaryNode();
        if (uuid is not null)
        {
            node.Write(Path, uuid);
        }

        return MachineTag.Read(node.Root);
    }
}
