using System.Text.Json;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>What --verbose adds.</summary>
public sealed class VerboseTests : IDisposable
{
    private const string Program = @"(?m)^\d\d:\d\d:\d\d\.\d{3} debug .*\S: exit \d+ in \d+ ms$";
    private const string Connection = @"(?m) debug TCP 127\.0\.0\.1 2049: 127\.0\.0\.1 refused TCP 2049 in \d+ ms$";
    private const string Value = @"(?m) debug cluster\.id = ""hpc-8hje8h12"", from /etc/thpc/node-agent\.toml:2$";
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("bootstrap", Value + "|" + Connection)]
    [InlineData("doctor", Value + "|" + Connection)]
    [InlineData("health", Value)]
    [InlineData("storage verify", Value)]
    [InlineData("storage list", Value)]
    [InlineData("packages check", Program)]
    [InlineData("config show --network", Value)]
    [InlineData("storage add --dry-run", Value)]
    public async Task Verbose_adds_what_was_done_and_the_values(string command, string patterns)
    {
        Needs.RootUser();
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\n[mount]\ntimeout = 1\n");
        _node.Write("/etc/os-release", "ID=rocky\nVERSION_ID=\"9\"\n");
        var plain = await Agent.RunAsync(_node, command.Split(' '));
        Assert.DoesNotContain(" debug ", plain.Errors, StringComparison.Ordinal);
        var verbose = await Agent.RunAsync(_node, [.. command.Split(' '), "--verbose"]);
        Assert.Equal(plain.ExitCode, verbose.ExitCode);
        Assert.All(patterns.Split('|'), pattern => Assert.Matches(pattern, verbose.Errors));
        Assert.DoesNotContain("from default", verbose.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(" debug ", verbose.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_are_logged_with_status()
    {
        Needs.RootUser();
        using var standin = await CosStandin.StartAsync();
        _node.Configure(
            $"[[init_script]]\nscript_path = \"{CosStandin.Location("echo.sh")}\"\n[cos]\ncredentials = \"anonymous\"\n"
                + $"endpoint = \"{standin.Url.GetLeftPart(UriPartial.Authority)}\"\n");
        var run = await Agent.RunAsync(_node, "script", "check", "--verbose");
        Assert.Matches(@"(?m) debug GET \S+/echo\.sh.*: HTTP 200 in \d+ ms$", run.Errors);
    }

    [Fact]
    public async Task Verbose_lines_have_the_format_of_the_log()
    {
        var run = await Agent.RunAsync(_node, "doctor", "--json", "--verbose", "--log-format", "json");
        using var result = JsonDocument.Parse(run.Output);
        var lines = run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(lines);
        Assert.All(lines, line =>
        {
            using var json = JsonDocument.Parse(line);
            Assert.Equal("Debug", json.RootElement.GetProperty("LogLevel").GetString());
        });
    }
}
