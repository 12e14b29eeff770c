using System.Text.Json;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class ErrorsTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("MOUNT_DENIED")]
    [InlineData("mount_denied")]
    public async Task Code_lookup_ignores_case(string code)
    {
        var run = await Agent.RunAsync(_node, "errors", code);
        Assert.Equal((0, ErrorPage.Write(ErrorCode.MountDenied, Language.English), ""), (run.ExitCode, run.Output, run.Errors));
        var chinese = await Agent.RunAsync(_node, new Dictionary<string, string> { ["LANG"] = "zh_CN.UTF-8" }, "errors", code);
        Assert.Equal((0, ErrorPage.Write(ErrorCode.MountDenied, Language.Chinese)), (chinese.ExitCode, chinese.Output));
    }

    [Fact]
    public async Task All_codes_are_printed_by_default()
    {
        var run = await Agent.RunAsync(_node, "errors");
        Assert.All(ErrorCode.All, code => Assert.Contains(ErrorPage.Write(code, Language.English), run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Errors_json_has_exit_codes_and_both_languages()
    {
        using var json = JsonDocument.Parse((await Agent.RunAsync(_node, "errors", "SCRIPT_TIMEOUT", "--json")).Output);
        var code = Assert.Single(json.RootElement.EnumerateArray());
        Assert.Equal(["code", "exit_code", "meaning", "meaning_zh", "hint", "hint_zh"], code.EnumerateObject().Select(field => field.Name));
        Assert.Equal(
            ("SCRIPT_TIMEOUT", 124, ErrorCode.ScriptTimeout.Hint.Chinese),
            (code.GetProperty("code").GetString(), code.GetProperty("exit_code").GetInt32(), code.GetProperty("hint_zh").GetString()));
        using var all = JsonDocument.Parse((await Agent.RunAsync(_node, "errors", "--json")).Output);
        Assert.Equal(ErrorCode.All.Count, all.RootElement.GetArrayLength());
    }

    [Fact]
    public async Task Unknown_code_suggests_similar_one()
    {
        var run = await Agent.RunAsync(_node, "errors", "MOUNT_DENYED");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(
            "there is no error code MOUNT_DENYED; did you mean MOUNT_DENIED?\n  → List all error codes with `thpc-node-agent errors`.\n",
            run.Errors,
            StringComparison.Ordinal);
    }
}
