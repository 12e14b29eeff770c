using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.Tests.Cli;

public sealed class CommandLineCompleterTests
{
    [Theory]
    [InlineData("", "bootstrap|status|doctor|help|completion", "--help")]
    [InlineData("boot", "bootstrap", "status")]
    [InlineData("storage ", "list|add|remove|verify", "bootstrap|:files")]
    [InlineData("bootstrap --", "--cluster-id|--rerun-scripts|--script-timeout|--json|--root|--log-format|--help|--version", "--queue")]
    [InlineData("bootstrap --node-role ", "COMPUTE|LOGIN|MANAGER|MANAGER_BACKUP", "--json")]
    [InlineData("bootstrap --node-role = L", "LOGIN", "COMPUTE")]
    [InlineData("bootstrap --node-role=L", "--node-role=LOGIN", "LOGIN")]
    [InlineData("bootstrap --node-role LOGIN ", "", "status")]
    [InlineData("bootstrap --dry-run --account-type ", "NIS", "")]
    [InlineData("config init --scheduler-type ", "SLURM|SGE", "")]
    [InlineData("storage add --protocol ", "NFS 3.0|NFS 4.0|TURBO", "")]
    [InlineData("storage add --from ", ":files", "")]
    [InlineData("storage add --json ", "", ":files")]
    [InlineData("status --config ", ":files", "")]
    [InlineData("status --timeline ", ":files", "")]
    [InlineData("status --root ", ":directories", "")]
    [InlineData("status --root=", ":directories", "")]
    [InlineData("fleet ", "explain|:directories", "")]
    [InlineData("fleet explain node1 ", ":directories", "explain")]
    [InlineData("image check --operations ", "defaults|all|ssh|machine-id", "-ssh")]
    [InlineData("image check --operations all,", "all,defaults|all,ssh", "ssh")]
    [InlineData("image check --operations all,-s", "all,-ssh", "all,-defaults|all,ssh")]
    [InlineData("errors MOUNT_D", "MOUNT_DENIED|MOUNT_DEAD", "BUSY")]
    [InlineData("help ", "bootstrap|storage", ":files")]
    [InlineData("help storage ", "list|add", "bootstrap")]
    [InlineData("completion ", "bash|zsh|fish", "")]
    [InlineData("no-such-command --no-such", "", "--help")]
    public void Next_words_come_from_command_model(string line, string expected, string unexpected)
    {
        var found = CommandLineCompleter.Complete(AgentCommand.Create(), line.Split(' ')).Select(item => item.Word).ToList();
        Assert.All(expected.Split('|', StringSplitOptions.RemoveEmptyEntries), word => Assert.Contains(word, found));
        Assert.All(unexpected.Split('|', StringSplitOptions.RemoveEmptyEntries), word => Assert.DoesNotContain(word, found));
        Assert.True(expected.Length > 0 || found.Count == 0, string.Join(' ', found));
    }
}
