using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Reporting;

public sealed class RunHeadlineTests
{
    private static readonly TimeZoneInfo Shanghai = TimeZoneInfo.CreateCustomTimeZone("CST", TimeSpan.FromHours(8), "CST", "CST");

    [Fact]
    public void One_dead_server_is_one_cause_with_all_its_mounts()
    {
        var report = Failed(Enumerable.Range(1, 14).Select(i => Step($"/data{i}", "10.0.0.9 refused TCP 2049")));
        var headline = Headline(report);
        Assert.Equal(
            "bootstrap failed: MOUNT_UNREACHABLE: 10.0.0.9 refused TCP 2049 "
                + $"(14 mounts: {string.Join(", ", Enumerable.Range(1, 14).Select(i => $"/data{i}"))})",
            headline.First);
        Assert.Equal(["→ Start the server.", headline.Rest.Last()], headline.Rest);
    }

    [Fact]
    public void Many_mounts_are_counted()
    {
        var report = Failed(Enumerable.Range(1, 100).Select(i => Step($"/data{i}", "10.0.0.9 refused TCP 2049")));
        Assert.EndsWith(", /data20 and 80 more)", Headline(report).First, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_causes_follow_the_node()
    {
        var headline = Headline(Failed([Step("/a", "10.0.0.9 is dead"), Step("/b", "10.0.0.8 is dead"), Step("/c", "10.0.0.9 is dead")]));
        Assert.Equal("bootstrap failed: MOUNT_UNREACHABLE: 10.0.0.9 is dead (2 mounts: /a, /c)", headline.First);
        Assert.Equal(
            [
                "→ Start the server.",
                "COMPUTE of hpc-8hje8h12, instance ins-abc, started 2025-03-04 13:06:07 +08:00 (05:06:07 UTC)",
                "also MOUNT_UNREACHABLE: mount on /b: 10.0.0.8 is dead",
                "→ Start the server.",
            ],
            headline.Rest);
    }

    [Fact]
    public void Step_that_may_fail_is_no_cause()
    {
        var step = Step("/a", "dead");
        Assert.Equal("bootstrap succeeded in 4.00 s", Headline(Reports.Succeeded with
        {
            Stages = [new StageReport("mount", Outcome.Succeeded, null, 0, 1, [step with { MayFail = true }])],
        }).First);
        Assert.Equal("bootstrap failed: MOUNT_UNREACHABLE: mount on /a: dead", Headline(Failed([step])).First);
    }

    [Fact]
    public void Chinese_words_and_hint()
    {
        var headline = new RunHeadline(Failed([Step("/a", "dead")]), alive: false, Reports.Start, Shanghai, Language.Chinese);
        Assert.Equal("bootstrap 失败：MOUNT_UNREACHABLE: mount on /a: dead", headline.First);
        Assert.Equal(
            ["→ 请启动服务。", "hpc-8hje8h12 的 COMPUTE 节点，实例 ins-abc，开始于 2025-03-04 13:06:07 +08:00 (05:06:07 UTC)"], headline.Rest);
    }

    [Fact]
    public void First_line_of_any_failed_run_has_the_code_and_the_second_the_remedy() =>
        Reports.Any.Sample(report =>
        {
            var headline = Headline(report);
            if (report.Outcome == RunOutcome.Failed && report.FirstError is { } error)
            {
                Assert.Contains(error.Code, headline.First, StringComparison.Ordinal);
                Assert.Equal($"→ {error.Hint}", headline.Rest.First());
            }
        });

    private static RunHeadline Headline(Report report) => new(report, alive: false, Reports.Start, Shanghai, Language.English);

    private static Report Failed(IEnumerable<StepReport> steps) => Reports.Succeeded with
    {
        Outcome = RunOutcome.Failed,
        Stages = [new StageReport("mount", Outcome.Failed, null, 0, 1, [.. steps])],
    };

    private static StepReport Step(string path, string cause) => new(
        $"mount on {path}",
        Outcome.Failed,
        0,
        1,
        new ErrorReport("MOUNT_UNREACHABLE", $"mount on {path}: {cause}", "Start the server.", "请启动服务。") { Cause = cause },
        false,
        [])
    {
        Kind = StepKind.Mount,
        Subject = path,
    };
}
