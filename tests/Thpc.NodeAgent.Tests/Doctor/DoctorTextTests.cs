using Thpc.NodeAgent.Doctor;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Doctor;

public sealed class DoctorTextTests
{
    private static readonly LocalizedText Fix = new("Do it.", "请处理。");

    [Fact]
    public void Healthy_node_has_its_verdict_first_and_last() =>
        Assert.Equal(
            """
            doctor: all 2 checks passed
            node417
            ok    clock          right
            ok    disk           enough
            verdict: nothing keeps this node from its cluster

            """,
            Write([Ok("clock", "right"), Ok("disk", "enough")]));

    [Fact]
    public void Failure_to_fix_first_is_on_top_and_is_printed_once()
    {
        var text = Write(
        [
            Ok("configuration", "valid"),
            Fail("last run", "it failed", ErrorCode.MountUnreachable),
            Fail("mounts", "nothing is mounted at /data", ErrorCode.MountMissing),
            new CheckResult("units", Verdict.Warn, "not enabled", Fix),
            Fail("clock", "60 s behind", null),
        ]);
        Assert.Equal(
            """
            doctor: 3 of 5 checks failed; fix first: clock: 60 s behind
            → Do it.
            node417
            fail  mounts         MOUNT_MISSING nothing is mounted at /data
                                 → Do it.
            fail  last run       MOUNT_UNREACHABLE it failed
                                 → Do it.
            warn  units          not enabled
                                 → Do it.
            ok    configuration  valid
            verdict: this node does not work as configured; fix clock first, then run `thpc-node-agent doctor` again

            """,
            text);
    }

    [Fact]
    public void Results_with_one_cause_are_one()
    {
        var results = Enumerable.Range(1, 14).Select(i => Fail("mounts", $"nothing is mounted at /data{i}", ErrorCode.MountMissing) with
        {
            Subject = $"/data{i}",
            Cause = "nothing is mounted",
        });
        var lines = Write([.. results]).Split('\n');
        Assert.Equal(
            $"doctor: 1 of 1 checks failed: MOUNT_MISSING: nothing is "
                + $"mounted: {string.Join(", ", Enumerable.Range(1, 14).Select(i => $"/data{i}"))}",
            lines[0]);
        Assert.Equal(5, lines.Length);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    public void Lines_fit_the_terminal(int columns)
    {
        var message = string.Join(' ', Enumerable.Repeat("words", 40));
        var text =
            Write([Fail("server", message, ErrorCode.MountUnreachable), Fail("mounts", message, null), Ok("disk", message)], columns);
        Assert.All(text.Split('\n'), line => Assert.InRange(TerminalText.Columns(line), 0, columns));
        Assert.Equal(120, text.Split("words").Length - 1);
    }

    private static string Write(IReadOnlyList<CheckResult> results, int? columns = null) =>
        DoctorText.Write(results, "node417", columns, Language.English);

    private static CheckResult Ok(string check, string message) => new(check, Verdict.Ok, message);

    private static CheckResult Fail(string check, string message, ErrorCode? code) => new(check, Verdict.Fail, message, Fix, code);
}
