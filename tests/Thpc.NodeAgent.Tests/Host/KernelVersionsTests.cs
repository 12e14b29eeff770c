using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class KernelVersionsTests
{
    [Theory]
    [InlineData("5.10.0-9-amd64", "5.10.0-28-amd64")]
    [InlineData("4.18.0-513.el8.x86_64", "4.18.0-553.5.1.el8_10.x86_64")]
    [InlineData("3.10.0-1160.119.1.el7.x86_64", "5.4.119-19.0009.54.tl3.x86_64")]
    [InlineData("6.1.0-18-amd64", "6.1.0-18-cloud-amd64")]
    [InlineData("6.1", "6.1.7")]
    [InlineData("6.1.007", "6.1.8")]
    public void Older_kernels_come_first(string older, string newer)
    {
        Assert.True(KernelVersions.Compare(older, newer) < 0);
        Assert.True(KernelVersions.Compare(newer, older) > 0);
        Assert.Equal(0, KernelVersions.Compare(newer, newer));
    }

    [Fact]
    public void Newest_kernel_is_an_installed_one()
    {
        using var node = new TemporaryNode();
        Assert.Null(KernelVersions.Newest(node.Root));
        node.Write("/usr/lib/modules/5.10.0-9-amd64/modules.dep", "");
        node.Write("/usr/lib/modules/5.10.0-28-amd64/modules.dep", "");
        node.Write("/usr/lib/modules/6.1.0-1-amd64/updates/left-behind.ko", "");
        File.CreateSymbolicLink(node.On("/lib"), "/usr/lib");

        Assert.Equal("5.10.0-28-amd64", KernelVersions.Newest(node.Root));
        Assert.Null(KernelVersions.Running(node.Root));
    }
}
