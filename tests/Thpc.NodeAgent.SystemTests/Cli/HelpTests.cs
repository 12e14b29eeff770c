namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Help on a real terminal and in a pipe.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("--help", 80)]
    [InlineData("storage add --help", 40)]
    [InlineData("help storage add", 120)]
    [InlineData("storage lst", 80)]
    public async Task Help_fits_terminal_and_sends_no_escape_sequence(string command, int columns)
    {
        var shown = await TestTerminal.RunAsync(_node, command, columns);
        Assert.Contains("thpc-node-agent", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', shown);
        if (command.Contains("help", StringComparison.Ordinal))
        {
            Assert.All(
                shown.Split('\n', StringSplitOptions.TrimEntries),
                line => Assert.True(line.Length <= columns || line.Split(' ').Length == 1, line));
            Assert.Contains(shown.Split('\n'), line => line.TrimEnd().Length > Math.Min(columns, 100) * 3 / 4);
        }
    }

    [Theory]
    [InlineData("help", "--help")]
    [InlineData("-h", "--help")]
    [InlineData("help storage add", "storage add --help")]
    [InlineData("help fleet", "fleet -h")]
    [InlineData("-V", "--version")]
    [InlineData("status --version", "--version")]
    public async Task Both_forms_print_the_same(string one, string other)
    {
        var first = await Agent.RunAsync(_node, one.Split(' '));
        var second = await Agent.RunAsync(_node, other.Split(' '));
        Assert.Equal((0, ""), (first.ExitCode, first.Errors));
        Assert.Equal((0, first.Output), (second.ExitCode, second.Output));
        Assert.InRange(first.Output.Length, 50, 8000);
    }

    [Fact]
    public async Task Missing_command_prints_help_and_exits_2()
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(Agent.Executable)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("\nSet up this node:\n  bootstrap ", output, StringComparison.Ordinal);
        Assert.StartsWith(
            "thpc-node-agent: CONFIG_INVALID: `thpc-node-agent` needs a command\n  → ", await errors, StringComparison.Ordinal);
    }
}
