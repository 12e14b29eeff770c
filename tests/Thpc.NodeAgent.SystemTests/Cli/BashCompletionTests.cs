using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class BashCompletionTests
{
    [Theory]
    [InlineData("boot", "bootstrap")]
    [InlineData("bootstrap --dry", "--dry-run")]
    [InlineData("config ", "check|show")]
    [InlineData("status --la", "--lang")]
    [InlineData("status --lang ", "en|zh")]
    [InlineData("errors MOUNT_D", "MOUNT_DENIED|MOUNT_DEAD")]
    [InlineData("no-such-command --no-such", "")]
    public async Task Bash_completes_commands_and_options(string typed, string expected)
    {
        Needs.Program("bash");
        var line = $"thpc-node-agent {typed}";
        var words = string.Join(' ', line.Split(' ').Select(word => $"'{word}'"));
        var script = $$"""
            source '{{Repository.Root}}/scripts/completion.bash'
            PATH='{{Path.GetDirectoryName(Agent.Executable)}}':$PATH
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}} COMP_WORDS=({{words}}) COMP_CWORD={{line.Split(' ').Length - 1}}
            _thpc_node_agent
            printf '%s\n' "${COMPREPLY[@]}"
            """;
        var result = await ProgramRunner.RunAsync(["bash", "-c", script], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        var offered = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(expected.Split('|', StringSplitOptions.RemoveEmptyEntries), word => Assert.Contains(word, offered));
        Assert.True(expected.Length > 0 || offered.Length == 0, result.Output);
    }
}
