using System.Text;
using System.Text.Json;
using CsCheck;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Reporting;

public sealed class ReportJsonTests
{
    [Fact]
    public void Fields_and_outcomes_are_those_of_the_documentation()
    {
        using var json = JsonDocument.Parse(ReportJson.Write(Reports.Failed));
        var root = json.RootElement;
        Assert.Equal(
            ["schema", "agent_version", "run_id", "instance_id", "host_name", "addresses", "kernel", "os", "cluster_id", "node_role",
                "started_at", "uptime_ms", "boot_id", "finished_at", "duration_ms", "outcome", "current_stage", "packages", "mounts",
                "warnings", "error", "stages", "boot"],
            Names(root));
        Assert.Equal(2, root.GetProperty("schema").GetInt32());
        Assert.Equal("failed", root.GetProperty("outcome").GetString());
        Assert.Equal("2025-03-04T05:06:07+00:00", root.GetProperty("started_at").GetString());
        Assert.Equal(4000, root.GetProperty("duration_ms").GetInt64());
        var script = root.GetProperty("stages")[1];
        Assert.Equal(["name", "outcome", "reason", "started_ms", "duration_ms", "steps", "error"], Names(script));
        var step = script.GetProperty("steps")[0];
        Assert.Equal(
            ["summary", "outcome", "started_ms", "duration_ms", "error", "may_fail", "notes", "kind", "subject", "sha256"], Names(step));
        Assert.Equal(["code", "message", "hint", "hint_zh"], Names(step.GetProperty("error")));
        Assert.Equal(
            ["packages", "script", "mount"],
            root.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("name").GetString()));
        Assert.Equal(
            ["skipped", "failed", "not_run"],
            root.GetProperty("stages").EnumerateArray().Select(stage => stage.GetProperty("outcome").GetString()));
    }

    [Theory]
    [InlineData(0, "running")]
    [InlineData(1, "succeeded")]
    [InlineData(2, "failed")]
    [InlineData(3, "interrupted")]
    public void Outcome_of_a_run_is_a_word(int outcome, string word)
    {
        using var json = JsonDocument.Parse(ReportJson.Write(Reports.Succeeded with { Outcome = (RunOutcome)outcome }));
        Assert.Equal(word, json.RootElement.GetProperty("outcome").GetString());
    }

    [Fact]
    public void Text_ends_with_a_line_feed() => Assert.Equal((byte)'\n', ReportJson.Write(Reports.Succeeded)[^1]);

    [Fact]
    public void Report_reads_back_unchanged() =>
        Reports.Any.Sample(
            report => Assert.Equal(ReportJson.Write(report), ReportJson.Write(ReportJson.Read(ReportJson.Write(report))!)), iter: 200);

    [Fact]
    public void Unknown_field_is_ignored()
    {
        var text = Encoding.UTF8.GetString(ReportJson.Write(Reports.Succeeded))
            .Replace("{\n  \"schema\"", "{\n  \"later\": [1],\n  \"schema\"", StringComparison.Ordinal);
        Assert.Contains("later", text, StringComparison.Ordinal);
        Assert.Equal("r1", ReportJson.Read(Encoding.UTF8.GetBytes(text))?.RunId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("\xFF\xFE")]
    public void Other_text_is_null(string text) => Assert.Null(ReportJson.Read(Encoding.Latin1.GetBytes(text)));

    [Theory]
    [InlineData("\"stages\": [", "\"stages\": null, \"x\": [")]
    [InlineData("\"steps\": [", "\"steps\": null, \"x\": [")]
    [InlineData("\"warnings\": []", "\"warnings\": null")]
    [InlineData("\"notes\": [", "\"x\": [")]
    [InlineData("\"outcome\": \"skipped\"", "\"outcome\": \"unheard of\"")]
    [InlineData("\"run_id\": \"r1\"", "\"run_id\": null")]
    [InlineData("\"started_at\": ", "\"x\": ")]
    [InlineData("\"stages\": [", "\"stages\": [null,")]
    [InlineData("\"steps\": [\n", "\"steps\": [null,")]
    [InlineData("\"notes\": [\n", "\"notes\": [null,")]
    [InlineData("\"warnings\": []", "\"warnings\": [null]")]
    [InlineData("\"addresses\": null", "\"addresses\": [null]")]
    [InlineData("\"packages\": null", "\"packages\": [null]")]
    [InlineData("\"mounts\": null", "\"mounts\": [null]")]
    [InlineData("\"outcome\": \"skipped\"", "\"outcome\": 77")]
    public void Incomplete_report_is_null(string part, string hole)
    {
        var text = Encoding.UTF8.GetString(ReportJson.Write(Reports.Succeeded));
        Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.Null(ReportJson.Read(Encoding.UTF8.GetBytes(text.Replace(part, hole, StringComparison.Ordinal))));
    }

    [Fact]
    public void Report_without_sha256_is_read()
    {
        var text = Encoding.UTF8.GetString(ReportJson.Write(Reports.Succeeded));
        var old = System.Text.RegularExpressions.Regex.Replace(text, @",\s*""sha256"": null", "");
        Assert.NotEqual(text, old);
        Assert.Equal(text, Encoding.UTF8.GetString(ReportJson.Write(ReportJson.Read(Encoding.UTF8.GetBytes(old))!)));
    }

    [Fact]
    public void Truncated_report_is_null()
    {
        var text = ReportJson.Write(Reports.Failed);
        Gen.Int[0, text.Length - 3].Sample(length => Assert.Null(ReportJson.Read(text.AsSpan(0, length))));
    }

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);

    /// <summary>A report of version 0.1.0, shortened.</summary>
    [Fact]
    public void Schema_1_is_read()
    {
        var report = ReportJson.Read(
            """
            {"schema":1,"agent_version":"0.1.0","run_id":"r","instance_id":null,"cluster_id":"hpc-8hje8h12","node_role":"COMPUTE",
             "started_at":"2026-01-01T00:00:00Z","finished_at":null,"duration_ms":9,"outcome":"failed","current_stage":null,"warnings":[],
             "error":null,"stages":[{"name":"script","outcome":"failed","reason":null,"started_ms":0,"duration_ms":9,"error":null,"steps":[
               {"summary":"fetch cos://b/x.sh","outcome":"failed","started_ms":0,"duration_ms":9,"may_fail":false,"notes":[],"sha256":null,
                "error":{"code":"SCRIPT_TIMEOUT","message":"m","hint":"h","hint_zh":null,
                 "autopsy":{"findings":["blocked in nfs on /data"],"processes":[],"more_processes":0,"last_lines":["x"]}}}]}]}
            """u8);
        var step = report!.Stages[0].Steps[0];
        Assert.Equal((1, null, StepKind.Other), (report.Schema, report.HostName, step.Kind));
        Assert.Equal(["blocked in nfs on /data"], step.Error!.Diagnostics!.Findings);
        Assert.DoesNotContain("autopsy", Encoding.UTF8.GetString(ReportJson.Write(report)), StringComparison.Ordinal);
    }

    [Fact]
    public void Absent_lists_are_empty()
    {
        var report = ReportJson.Read(
            """
            {"schema":1,"agent_version":"1","run_id":"r","cluster_id":"hpc-a","node_role":"MANAGER",
            "started_at":"2026-01-01T00:00:00Z","outcome":"succeeded"}
            """u8);
        Assert.Equal((0, 0), (report!.Warnings.Count, report.Stages.Count));
    }
}
