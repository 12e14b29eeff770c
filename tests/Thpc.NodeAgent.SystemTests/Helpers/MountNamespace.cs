using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Helpers;

/// <summary>Runs a shell script in separate mount and PID namespaces.</summary>
internal static class MountNamespace
{
    /// <param name="script">Bash; `agent` runs the published agent on the node, `$node` is the node's root directory.</param>
    public static async Task<string> RunAsync(TemporaryNode node, string script)
    {
        Needs.RootUser();
        const string Start = "node=$1 executable=$2; cd /; agent() { \"$executable\" \"$@\" --root \"$node\" 2>>\"$node/errors\"; }\n";
        node.Write("/script.sh", Start + script);
        var run = await ProgramRunner.RunAsync(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", node.On("/script.sh"), node.Directory,
                Agent.Executable],
            TimeSpan.FromMinutes(3),
            TestContext.Current.CancellationToken);
        Assert.False(run.TimedOut, run.Output);
        return run.Output;
    }
}
