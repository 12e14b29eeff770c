using System.Text.Json;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Every command shows the first problem first, the remedy second, and then the rest.</summary>
public sealed class ConfigMistakeTests : IDisposable
{
    private const string Line = "id = “hpc-8hje8h12”";
    private const string Problem = "/etc/thpc/node-agent.toml:2:6: “ (U+201C) is a typographic quote; replace it with \"";
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Config_check_shows_problem_remedy_and_place()
    {
        _node.Write("/etc/thpc/node-agent.toml", $"[cluster]\n{Line}\n");
        var lines = (await Agent.RunAsync(_node, "config", "check")).Errors.Split('\n');
        Assert.Equal($"thpc-node-agent: CONFIG_INVALID: {Problem}", lines[0]);
        Assert.StartsWith("  → ", lines[1], StringComparison.Ordinal);
        Assert.Equal([$"    {Line}", "         ^", ""], lines[2..]);
    }

    [Fact]
    public async Task Config_check_doctor_and_status_show_the_problem_in_Chinese()
    {
        Needs.RootUser();
        _node.Write("/etc/thpc/node-agent.toml", $"[cluster]\n{Line}\n");
        const string Chinese = "CONFIG_INVALID: /etc/thpc/node-agent.toml:2:6: “ (U+201C) 是排版引号；请改为 \"";
        Assert.Equal(
            $"thpc-node-agent: {Chinese}", (await Agent.RunAsync(_node, "config", "check", "--lang", "zh")).Errors.Split('\n')[0]);
        await Agent.RunAsync(_node, "bootstrap");
        foreach (var command in (string[])["doctor", "status"])
        {
            var run = await Agent.RunAsync(_node, command, "--lang", "zh");
            Assert.EndsWith(Chinese, run.Output.Split('\n')[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Bootstrap_status_and_doctor_show_problem_remedy_and_place()
    {
        Needs.RootUser();
        _node.Write("/etc/thpc/node-agent.toml", $"[cluster]\n{Line}\n");
        var bootstrap = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(2, bootstrap.ExitCode);
        using var report = JsonDocument.Parse(_node.Read("/var/lib/thpc-node-agent/report.json"));
        Assert.Equal(
            $"{Problem}\n  {Line}\n       ^", report.RootElement.GetProperty("error").GetProperty("message").GetString());
        foreach (var output in (string[])
            [bootstrap.Output, (await Agent.RunAsync(_node, "status")).Output, (await Agent.RunAsync(_node, "doctor")).Output])
        {
            var lines = output.Split('\n');
            Assert.EndsWith($"CONFIG_INVALID: {Problem}", lines[0], StringComparison.Ordinal);
            Assert.StartsWith("→ ", lines[1], StringComparison.Ordinal);
            Assert.EndsWith(Line, lines[2], StringComparison.Ordinal);
            Assert.Equal(lines[2].IndexOf('“', StringComparison.Ordinal), lines[3].IndexOf('^', StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Several_problems_follow_the_remedy()
    {
        _node.Write("/etc/thpc/node-agent.toml", "[cluster]\nid = 5\nnode_role = \"X\"\n");
        var lines = (await Agent.RunAsync(_node, "config", "check")).Errors.Split('\n');
        Assert.Equal(
            "thpc-node-agent: CONFIG_INVALID: /etc/thpc/node-agent.toml:2: cluster.id: is an integer, expected a string", lines[0]);
        Assert.StartsWith("  → ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  /etc/thpc/node-agent.toml:3: cluster.node_role: \"X\" is not known; ", lines[2], StringComparison.Ordinal);
        Assert.Equal(4, lines.Length);
    }

    [Theory]
    [InlineData("--script-timeout abc", "CONFIG_INVALID: --script-timeout: \"abc\" is not valid; use 10 to 1200")]
    [InlineData("--log-format x", "CONFIG_INVALID: --log-format: \"x\" is not valid; use auto|text|journal|json")]
    [InlineData("--lang fr", "CONFIG_INVALID: --lang: \"fr\" is not valid; use en|zh")]
    [InlineData("--cluster-id x", "CONFIG_INVALID: flag --cluster-id: cluster.id: \"x\" is not a cluster id")]
    public async Task Error_in_an_option_names_the_option(string options, string problem)
    {
        var run = await Agent.RunAsync(_node, ["bootstrap", "--dry-run", .. options.Split(' ')]);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"thpc-node-agent: {problem}", run.Errors, StringComparison.Ordinal);
        Assert.StartsWith("  → ", run.Errors.Split('\n')[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Network_is_printed_as_text_and_JSON()
    {
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"172.30.3.90:/\"\nprotocol = \"NFS 4.0\"\n");
        var text = await Agent.RunAsync(_node, "config", "show", "--network");
        Assert.Matches("(?m)^172\\.30\\.3\\.90 +2049  NFS 4\\.0: mount /data$", text.Output);
        using var json = JsonDocument.Parse((await Agent.RunAsync(_node, "config", "show", "--network", "--json")).Output);
        Assert.Contains(
            json.RootElement.GetProperty("targets").EnumerateArray(),
            target => target.GetProperty("host").GetString() == "172.30.3.90" && target.GetProperty("port").GetInt32() == 2049);
    }
}
