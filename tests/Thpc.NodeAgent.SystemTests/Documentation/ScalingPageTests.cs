using System.Diagnostics;

namespace Thpc.NodeAgent.SystemTests.Documentation;

public sealed class ScalingPageTests
{
    /// <summary>What the page of scaling shows is what the commands print for the configuration that it shows.</summary>
    [Fact]
    public async Task Commands_of_the_page_of_scaling_print_what_it_shows()
    {
        using var node = new TemporaryNode();
        var page = Page.All.Single(page => page.Name == "docs/scaling.md");
        var queue = node.Write("/queue.json", Assert.Single(page.Blocks("json")).Content);
        using var made = Process.Start(Path.Combine(Repository.Root, "tests/bench/fleet-reports.py"), [node.On("/fleet"), "200"]);
        await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        string Place(string word) => word switch
        {
            "queue.json" => queue,
            "rounds.svg" => node.On("/rounds.svg"),
            "/opt/thpc/fleet" => node.On("/fleet"),
            _ => word,
        };
        var blocks = page.Blocks("console").ToList();
        Assert.Equal(3, blocks.Count);
        foreach (var (line, content) in blocks)
        {
            var command = page.Commands.Single(command => command.Where == $"{page.Name}:{line}");
            var run = await Agent.RunAsync(node, new Dictionary<string, string> { ["TZ"] = "UTC" }, [.. command.Words.Select(Place)]);
            Assert.Equal(0, run.ExitCode);
            Assert.Equal(content[(content.IndexOf('\n', StringComparison.Ordinal) + 1)..], run.Output);
        }
    }
}
