using Thpc.NodeAgent.Stages.Image;

namespace Thpc.NodeAgent.Tests.Stages.Image;

public sealed class HostsLinesTests
{
    [Theory]
    [InlineData("10.0.0.5 hpc-8hje8h12-manager manager\n", null)]
    [InlineData("10.0.0.5\tlogin.hpc-kjddsnfa1 x\n", "10.0.0.5\tlogin.hpc-kjddsnfa1 x\n")]
    [InlineData("10.0.0.5 login.hpc-kjdd5nfa.local\n", null)]
    [InlineData("# begin hpc-8hje8h12\n", null)]
    [InlineData("10.0.0.5 hpc-known\n", null)]
    [InlineData("10.0.0.5 hpc-known2\n", "10.0.0.5 hpc-known2\n")]
    [InlineData("127.0.0.1 localhost hpc-8hje8h12-c1\n", "127.0.0.1 localhost\n")]
    [InlineData("::1 hpc-8hje8h12 localhost # x\n", "::1 localhost # x\n")]
    [InlineData("127.0.1.1 hpc-8hje8h12-c1\n", null)]
    [InlineData("10.0.0.9 hpc-frontend\n", "10.0.0.9 hpc-frontend\n")]
    [InlineData("10.0.0.9 hpc-12345678\n", "10.0.0.9 hpc-12345678\n")]
    [InlineData("10.0.0.9 hpc-8HJE8H12\n", "10.0.0.9 hpc-8HJE8H12\n")]
    [InlineData("10.0.0.9 xhpc-8hje8h12\n", "10.0.0.9 xhpc-8hje8h12\n")]
    [InlineData("10.0.0.9 hpc-8hje8h1\n", "10.0.0.9 hpc-8hje8h1\n")]
    [InlineData("127.0.0.1 localhost\n", "127.0.0.1 localhost\n")]
    [InlineData("hpc-", "hpc-")]
    [InlineData("\n", "\n")]
    public void Lines_with_a_cluster_id_are_removed(string line, string? left) =>
        Assert.Equal(left, HostsLines.Without(line, ["hpc-known"]));
}
