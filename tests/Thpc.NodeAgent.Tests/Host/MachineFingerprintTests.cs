using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class MachineFingerprintTests
{
    private const string Path = "/sys/class/dmi/id/product_uuid";

    [Fact]
    public void Tag_is_short_safe_in_fstab_and_independent_of_spelling()
    {
        var tag = Of("6C1D2D5E-3F63-4C5B-9A41-0B2B8D2E7F10");
        Assert.Matches("^[0-9a-f]{12}$", tag);
        Assert.Equal(tag, Of("6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f10\n"));
        Assert.NotEqual(tag, Of("6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f11"));
        Assert.DoesNotContain(
            tag!, "6c1d2d5e-3f63-4c5b-9a41-0b2b8d2e7f10".Replace("-", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Not Settable")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF")]
    [InlineData("03000200-0400-0500-0006-000700080009")]
    [InlineData("00020003-0004-0005-0006-000700080009")]
    public void Placeholder_uuid_gives_no_fingerprint(string? uuid) => Assert.Null(Of(uuid));

    /// <summary>The first UUID is the example of SMBIOS (DSP0134, 7.2.1), shown there in both byte orders.</summary>
    [Theory]
    [InlineData("00112233-4455-6677-8899-aabbccddeeff", "33221100-5544-7766-8899-AABBCCDDEEFF")]
    [InlineData("6C1D2D5E-3F63-4C5B-9A41-0B2B8D2E7F10", "5e2d1d6c-633f-5b4c-9a41-0b2b8d2e7f10")]
    public void Swapped_byte_order_is_the_same_machine(string one, string other)
    {
        Assert.NotEqual(Of(one), Of(other));
        Assert.True(Machine(one)!.IsOf(Of(other)));
        Assert.True(Machine(other)!.IsOf(Of(one)));
        Assert.Equal(Of(other), MachineFingerprint.Normalize(Machine(one), Of(other)));
        Assert.True(new MachineIdentity { ProductUuid = one }.IsSameAs(new MachineIdentity { ProductUuid = other }));
        string[] foreign =
            ["00112233-4455-6677-9988-aabbccddeeff", "33221100-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-ffeeddccbbaa"];
        Assert.All(foreign, foreign => Assert.False(Machine(one)!.IsOf(Of(foreign))));
        Assert.All(
            foreign, foreign =>
                Assert.False(new MachineIdentity { ProductUuid = one }.IsSameAs(new MachineIdentity { ProductUuid = foreign })));
        Assert.Equal(Of(one), MachineFingerprint.Normalize(Machine(one), Of(foreign[0])));
    }

    private static string? Of(string? uuid) => Machine(uuid);

    private static MachineFingerprint? Machine(string? uuid)
    {
        using var node = new TemporaryNode();
        if (uuid is not null)
        {
            node.Write(Path, uuid);
        }

        return MachineFingerprint.Read(node.Root);
    }
}
