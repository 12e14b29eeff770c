using System.Text.Json;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class CamTests
{
    [Fact]
    public async Task Policy_allows_only_scripts()
    {
        using var node = new TemporaryNode();
        node.Configure("[[init_script]]\nscript_path = \"cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh\"\n"
            + "[[init_script]]\nscript_path = \"file:///b.sh\"\n");
        var run = await Agent.RunAsync(node, "cam", "policy");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            "thpc-node-agent: file:///b.sh needs no permission: the node does not fetch it from COS with a signed request\n",
            run.Errors);
        using var given = JsonDocument.Parse(run.Output);
        using var expected = JsonDocument.Parse(
            """{"version":"2.0","statement":[{"effect":"allow","action":["name/cos:GetObject"],"resource":"""
                + """["qcs::cos:ap-guangzhou:uid/1250000000:demo-1250000000/test/echo.sh"]}]}""");
        Assert.True(JsonElement.DeepEquals(expected.RootElement, given.RootElement), run.Output);
        Assert.Equal(run.Output, (await Agent.RunAsync(node, "cam", "policy", "--json")).Output);
    }

    [Fact]
    public async Task Policy_without_COS_scripts_allows_nothing()
    {
        using var node = new TemporaryNode();
        var run = await Agent.RunAsync(node, "cam", "policy");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("no script is on COS", run.Errors, StringComparison.Ordinal);
        using var given = JsonDocument.Parse(run.Output);
        Assert.Equal(0, given.RootElement.GetProperty("statement").GetArrayLength());
    }

    [Fact]
    public async Task Script_host_without_bucket_is_an_error()
    {
        using var node = new TemporaryNode();
        node.Configure("[[init_script]]\nscript_path = \"cos://scripts.example.com/a.sh\"\n");
        var run = await Agent.RunAsync(node, "cam", "policy");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("the host scripts.example.com does not name a bucket", run.Errors, StringComparison.Ordinal);
    }
}
