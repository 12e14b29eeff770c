using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Messages and hints are translated; codes and the names of checks are not.</summary>
public sealed class LanguageTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("", "", false)]
    [InlineData("LANG=zh_CN.UTF-8", "", true)]
    [InlineData("LANG=zh_CN.UTF-8 LC_ALL=C", "", false)]
    [InlineData("LANG=C LC_ALL=zh_CN.UTF-8", "", true)]
    [InlineData("LANG=zh_CN.UTF-8 LC_ALL=zh_CN.UTF-8", "en", false)]
    [InlineData("LANG=C LC_ALL=en_US.UTF-8", "zh", true)]
    [InlineData("LC_ALL=en_US.ISO-8859-1", "zh", true)]
    public async Task Hint_is_in_chosen_language(string environment, string flag, bool chinese)
    {
        _node.Configure("[cos]\nendpiont = \"x\"\n");
        var run = await RunAsync(environment, flag, "config", "check");
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("thpc-node-agent: CONFIG_INVALID: ", run.Errors, StringComparison.Ordinal);
        Assert.Contains("endpiont", run.Errors, StringComparison.Ordinal);
        var arrow = environment.EndsWith("LC_ALL=C", StringComparison.Ordinal) ? "->" : "→";
        Assert.Contains(
            $"\n  {arrow} {ErrorCode.ConfigInvalid.Hint.In(chinese ? Language.Chinese : Language.English)}\n", run.Errors,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "See `thpc-node-agent status --help`.")]
    [InlineData("LC_MESSAGES=zh_CN.UTF-8", "", "请查看 `thpc-node-agent status --help`。")]
    [InlineData("", "zh", "请查看 `thpc-node-agent status --help`。")]
    public async Task Invalid_command_line_hint_is_in_chosen_language(string environment, string flag, string hint)
    {
        var run = await RunAsync(environment, flag, "status", "--no-such-option");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.EndsWith($"\n  → {hint}\n", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_language_is_a_usage_error()
    {
        var run = await RunAsync("LANG=zh_CN", "fr", "status");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("fr", run.Errors, StringComparison.Ordinal);
        Assert.Contains("请查看", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_is_in_chosen_language()
    {
        _node.AddScript("dos.sh", "#!/bin/sh\r\nexit 0\r\n");
        var english = await RunAsync("", "", "doctor");
        var chinese = await RunAsync("LANG=zh_CN.UTF-8", "", "doctor");
        Assert.Equal((5, 5), (english.ExitCode, chinese.ExitCode));
        Assert.StartsWith("doctor: 1 of 12 checks failed: SCRIPT_BAD_FORMAT: ", english.Output, StringComparison.Ordinal);
        Assert.Equal($"→ {ErrorCode.ScriptBadFormat.Hint.English}", english.Output.Split('\n')[1]);
        Assert.StartsWith("doctor：12 项检查中有 1 项失败：SCRIPT_BAD_FORMAT: ", chinese.Output, StringComparison.Ordinal);
        Assert.Equal($"→ {ErrorCode.ScriptBadFormat.Hint.Chinese}", chinese.Output.Split('\n')[1]);
        Assert.EndsWith("verdict: this node does not work as configured; fix script first, then run `thpc-node-agent doctor` again\n",
            english.Output, StringComparison.Ordinal);
        Assert.Equal(Checks(english.Output), Checks(chinese.Output));
        Assert.DoesNotMatch("[\u4e00-\u9fff]", english.Output);
    }

    [Fact]
    public async Task Every_result_of_doctor_is_in_Chinese()
    {
        _node.AddScript("good.sh", "#!/bin/sh\nexit 0\n");
        var output = (await RunAsync("LANG=zh_CN.UTF-8", "", "doctor")).Output;
        List<string> results = [.. output.Split('\n').Where(line => line.StartsWith("ok ", StringComparison.Ordinal)
            || line.StartsWith("warn ", StringComparison.Ordinal) || line.StartsWith("fail ", StringComparison.Ordinal))];
        Assert.InRange(results.Count, 10, 20);
        Assert.All(results, line => Assert.Matches("[\u4e00-\u9fff]", line));
        Assert.All(results, line => Assert.DoesNotMatch("[a-z]{2,} [a-z]{2,} [a-z]{2,}", line[20..]));
    }

    [Theory]
    [InlineData("storage add --dry-run --json FILE", "{", "FILE:1: 这不是 JSON：")]
    [InlineData("storage add --dry-run --json FILE", "[]", "FILE:1: 不含 StorageOption；应为 ")]
    [InlineData("storage add --dry-run --json FILE", null, "FILE: 文件不存在")]
    [InlineData("scaling match FILE --cpus 1 --memory 1", "{}", "FILE:1: 不含 QueueConfigs；应为 ")]
    [InlineData("scaling match FILE --cpus 0 --memory 1", "{}", "--cpus: \"0\" 无效；可用值：1 to 100000")]
    [InlineData("storage remove --dry-run /etc/x", null, "ResourceNotFound.LocalPath: /etc/x 属于系统目录（/etc）；")]
    [InlineData(
        "storage add --dry-run --local-path data --remote-path h:/", null,
        "命令行参数 --local-path: cfs[1].local_path: \"data\" 不是绝对路径；")]
    [InlineData("bootstrap --dry-run --node-role x", null, "命令行参数 --node-role: cluster.node_role: \"x\" 无法识别；可用值：")]
    [InlineData("fleet /no/such/directory", null, "无法读取 /no/such/directory：")]
    public async Task First_line_of_an_error_is_in_Chinese(string command, string? content, string expected)
    {
        _node.Configure("");
        var file = content is null ? _node.On("/none") : _node.Write("/input.json", content);
        string[] words = [.. command.Split(' ').Select(word => word == "FILE" ? file : word)];
        var line = (await RunAsync("LANG=zh_CN.UTF-8", "", words)).Errors.Split('\n')[0];
        Assert.Contains($": {expected.Replace("FILE", file, StringComparison.Ordinal)}", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("LANG=zh_CN.UTF-8")]
    public async Task Json_has_both_languages(string environment)
    {
        _node.AddScript("dos.sh", "#!/bin/sh\r\nexit 0\r\n");
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\n");
        using var doctor = JsonDocument.Parse((await RunAsync(environment, "", "doctor", "--json")).Output);
        var script = doctor.RootElement.EnumerateArray().First(item => item.GetProperty("code").GetString() == "SCRIPT_BAD_FORMAT");
        var fix = new LocalizedText(script.GetProperty("fix").GetString()!, script.GetProperty("fix_zh").GetString()!);
        Assert.Equal(ErrorCode.ScriptBadFormat.Hint, fix);
        Assert.Matches("[\u4e00-\u9fff]", script.GetProperty("message_zh").GetString());
        _node.Write("/run/thpc-node-agent/ready", "");
        foreach (var command in (string[])["health", "storage verify"])
        {
            var run = await RunAsync(environment, "", [.. command.Split(' '), "--json"]);
            using var json = JsonDocument.Parse(run.Output);
            var place = json.RootElement[0];
            Assert.Equal(
                ErrorCode.MountMissing.Hint,
                new LocalizedText(place.GetProperty("hint").GetString()!, place.GetProperty("hint_zh").GetString()!));
            Assert.Contains("请运行", run.Output, StringComparison.Ordinal);
            Assert.Equal("/data 上没有挂载文件系统", place.GetProperty("message_zh").GetString());
        }
    }

    [Fact]
    public async Task English_report_is_shown_in_Chinese()
    {
        Needs.RootUser();
        _node.AddScript("dos.sh", "#!/bin/sh\r\nexit 0\r\n");
        var bootstrap = await RunAsync("LANG=C.UTF-8", "", "bootstrap");
        Assert.Contains(ErrorCode.ScriptBadFormat.Hint.English, bootstrap.Output, StringComparison.Ordinal);
        Assert.Contains(ErrorCode.ScriptBadFormat.Hint.English, bootstrap.Errors, StringComparison.Ordinal);
        Assert.Contains("请将脚本保存为", _node.Read("/var/lib/thpc-node-agent/report.json"), StringComparison.Ordinal);

        var chinese = await RunAsync("LANG=zh_CN.UTF-8", "", "status", "--timeline", _node.On("/boot.svg"));
        Assert.Contains("SCRIPT_BAD_FORMAT: ", chinese.Output, StringComparison.Ordinal);
        Assert.Contains($"→ {ErrorCode.ScriptBadFormat.Hint.Chinese}\n", chinese.Output, StringComparison.Ordinal);
        Assert.Contains("→ 请将脚本保存为", _node.Read("/boot.svg"), StringComparison.Ordinal);
        var english = await RunAsync("LANG=zh_CN.UTF-8", "en", "status");
        string[] Picture(string output) => [.. output.Split('\n').SkipWhile(line => !line.Contains('▕', StringComparison.Ordinal))];
        Assert.Equal(Picture(english.Output), Picture(chinese.Output));
        Assert.NotEmpty(Picture(english.Output));
        Assert.StartsWith("bootstrap 失败：SCRIPT_BAD_FORMAT: ", chinese.Output, StringComparison.Ordinal);
        var doctor = await RunAsync("LANG=zh_CN.UTF-8", "", "doctor");
        Assert.Matches("last run +SCRIPT_BAD_FORMAT 因同样的原因失败", doctor.Output);
    }

    [Fact]
    public async Task Chinese_run_logs_Chinese_hints()
    {
        Needs.RootUser();
        _node.AddScript("dos.sh", "#!/bin/sh\r\nexit 0\r\n");
        var run = await RunAsync("LANG=zh_CN.UTF-8", "", "bootstrap");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(ErrorCode.ScriptBadFormat.Hint.Chinese, run.Output, StringComparison.Ordinal);
        Assert.Contains(ErrorCode.ScriptBadFormat.Hint.Chinese, run.Errors, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.ScriptBadFormat.Hint.English, _node.Report().FirstError!.Hint);
    }

    [Fact]
    public async Task Report_without_Chinese_is_shown_in_English()
    {
        var older = string.Join(
            '\n', Encoding.UTF8.GetString(ReportJson.Write(Reports.Failed)).Split('\n')
                .Where(line => !line.Contains("hint_zh", StringComparison.Ordinal)))
            .Replace("\"Read the log.\",", "\"Read the log.\"", StringComparison.Ordinal);
        _node.Write("/var/lib/thpc-node-agent/report.json", older);
        var run = await RunAsync("LANG=zh_CN.UTF-8", "", "status");
        Assert.Contains("→ Read the log.\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_without_report_has_Chinese_hint()
    {
        var run = await RunAsync("LANG=zh_CN.UTF-8", "", "status");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no run has left a report on this node\n  → 请用 `thpc-node-agent bootstrap`", run.Errors, StringComparison.Ordinal);
    }

    private Task<AgentRun> RunAsync(string environment, string flag, params string[] command) => Agent.RunAsync(
        _node,
        environment.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split('='))
            .ToDictionary(pair => pair[0], pair => pair[1]),
        [.. command, .. flag.Length > 0 ? (string[])["--lang", flag] : []]);

    /// <returns>Verdict and name of each check, in two columns; what follows is in one language.</returns>
    private static IEnumerable<string> Checks(string output) =>
        output.Split('\n')
            .Where(line => line.StartsWith("ok ", StringComparison.Ordinal) || line.StartsWith("warn ", StringComparison.Ordinal))
            .Select(line => line[..19].TrimEnd());
}
