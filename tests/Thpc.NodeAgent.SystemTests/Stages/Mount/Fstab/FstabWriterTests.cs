using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.SystemTests.Stages.Mount.Fstab;

public sealed class FstabWriterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_failure_leaves_fstab_unchanged()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        node.Write("/etc/fstab", "# mine\n");
        var mark = await ProgramRunner.RunAsync(["chattr", "+i", node.Root.Fstab], TimeSpan.FromSeconds(10), Token);
        Assert.SkipUnless(mark.Succeeded, $"needs a file system with immutable files: {mark.LastOutput}");
        try
        {
            var error = await Assert.ThrowsAsync<AgentException>(
                () => new FstabWriter(node.Root).ChangeAsync(fstab => fstab.With(Entry("/data")), Token));
            Assert.Equal(ErrorCode.FstabWrite, error.Code);
            Assert.Equal("# mine\n", node.Read("/etc/fstab"));
            Assert.Equal(["fstab"], Directory.GetFiles(node.On("/etc"), "*fstab*").Select(Path.GetFileName));
        }
        finally
        {
            await ProgramRunner.RunAsync(["chattr", "-i", node.Root.Fstab], TimeSpan.FromSeconds(10), Token);
        }
    }

    private static FstabEntry Entry(string mountPoint) => new("10.0.0.1:/", mountPoint, "nfs4", "vers=4,x-thpc.cluster=hpc-8hje8h12");
}
