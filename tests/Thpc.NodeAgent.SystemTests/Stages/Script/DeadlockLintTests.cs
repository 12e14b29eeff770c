namespace Thpc.NodeAgent.SystemTests.Stages.Script;

public sealed class DeadlockLintTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Script_check_warns_and_succeeds()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/bash\necho hello\nsystemctl restart slurmd\n");
        var run = await Agent.RunAsync(_node, "script", "check");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("warning: line 3: `systemctl restart slurmd` waits for slurmd.service, ", run.Output, StringComparison.Ordinal);
    }
}
