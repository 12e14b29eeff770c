using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Tests.Host;

public sealed class LustreClientTests
{
    [Theory]
    [InlineData("nodev\tproc\n\tlustre\n", "", null)]
    [InlineData("nodev\tproc\n", "5.4.1", null)]
    [InlineData("nodev\tproc\n", "4.18.0", "the Lustre client is built for kernel 4.18.0, and 5.4.1 is running")]
    [InlineData("nodev\tnolustre\n", "", "kernel 5.4.1 has no Lustre client (module lustre)")]
    public void Client_for_another_kernel_is_named(string fileSystems, string builtFor, string? problem)
    {
        using var node = new TemporaryNode();
        node.Write("/proc/filesystems", fileSystems);
        node.Write("/proc/sys/kernel/osrelease", "5.4.1\n");
        node.Write("/lib/modules/5.4.1/modules.dep", "kernel/fs/nfs/nfs.ko: kernel/net/sunrpc/sunrpc.ko\n");
        if (builtFor.Length > 0)
        {
            node.Write(
                $"/lib/modules/{builtFor}/modules.dep", "kernel/fs/nfs/nfs.ko:\nextra/lustre-client/fs/lustre.ko.xz: extra/ptlrpc.ko.xz\n");
        }

        Assert.Equal(problem, LustreClient.Validate(node.Root)?.English);
    }

    [Theory]
    [InlineData("5.4.1", "the Lustre client is built for kernel 4.18.0, and not for 5.4.1")]
    [InlineData("4.18.0", null)]
    public void Kernel_that_is_not_running_is_checked_by_its_modules(string kernel, string? problem)
    {
        using var node = new TemporaryNode();
        node.Write("/usr/lib/modules/5.4.1/modules.dep", "kernel/fs/nfs/nfs.ko:\n");
        node.Write("/usr/lib/modules/4.18.0/modules.dep", "updates/dkms/lustre.ko.zst:\n");
        File.CreateSymbolicLink(node.On("/lib"), "/usr/lib");

        Assert.Equal(problem, LustreClient.Validate(node.Root, kernel)?.English);
    }
}
