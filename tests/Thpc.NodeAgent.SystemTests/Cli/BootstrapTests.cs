namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class BootstrapTests
{
    [Fact]
    public async Task Bootstrap_succeeds_without_scripts_and_storage()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        var run = await Agent.RunAsync(node, "bootstrap");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("bootstrap succeeded", run.Output, StringComparison.Ordinal);
    }
}
