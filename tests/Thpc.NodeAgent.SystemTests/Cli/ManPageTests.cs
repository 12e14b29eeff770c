using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class ManPageTests
{
    private static readonly string File = Path.Combine(Repository.Root, "images/package/thpc-node-agent.8");

    [Fact]
    public async Task Mandoc_accepts_man_page()
    {
        Needs.Program("mandoc");
        var run = await ProgramRunner.RunAsync(
            ["mandoc", "-T", "lint", "-W", "warning", File], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.True(run.Succeeded, run.Output);
    }
}
