using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host.Mounts;

public sealed class MountResponseTests
{
    [Theory]
    [InlineData("stat: cannot read file system information for '/data': Stale file handle", "MOUNT_STALE", true)]
    [InlineData("stat: cannot read file system information for '/g': Transport endpoint is not connected", "MOUNT_DEAD", true)]
    [InlineData("stat: cannot read file system information for '/data': Input/output error", "MOUNT_FAILED", false)]
    [InlineData("", "MOUNT_FAILED", false)]
    public void Failures_map_to_error_codes(string words, string code, bool gone)
    {
        var answer = MountResponse.From(new ProgramResult(1, words, TimedOut: false), TimeSpan.FromSeconds(2));
        Assert.Equal((code, gone, null), (answer.Code?.Name, answer.IsGone, answer.Size));
    }

    [Fact]
    public void Timeout_names_the_limit()
    {
        var answer = MountResponse.From(new ProgramResult(-1, "", TimedOut: true), TimeSpan.FromMilliseconds(700));
        Assert.Equal(("MOUNT_TIMEOUT", "no answer within 0.7 s", false), (answer.Code?.Name, answer.Problem.English, answer.IsGone));
    }

    [Fact]
    public void Answer_is_the_size_in_bytes() =>
        Assert.Equal(
            new MountResponse(new FileSystemSize(4_096_000, 3_072_000), null, ""),
            MountResponse.From(new ProgramResult(0, "4096 1000 250\n", TimedOut: false), TimeSpan.FromSeconds(2)));

    [Theory]
    [InlineData(0, "4096 1000 250\n4096 1000 500\n", 2)]
    [InlineData(0, "4096 1000 250\n", 0)] // one answer is missing
    [InlineData(0, "4096 1000 250\n4096 1000\n", 0)]
    [InlineData(1, "4096 1000 250\nstat: cannot read file system information for '/data': Stale file handle\n", 0)]
    public void Several_answers_count_only_together(int exitCode, string words, int answers) =>
        Assert.Equal(
            answers == 0 ? null : [3_072_000L, 2_048_000L],
            MountResponse.FromAll(new ProgramResult(exitCode, words, TimedOut: false), 2)?.Select(answer => answer.Size!.Used));

    [Fact]
    public async Task One_failure_does_not_hide_the_other_answers()
    {
        using var node = new TemporaryNode();
        Directory.CreateDirectory(node.Root.RunDirectory);
        var answers = await MountProbe.AskAllAsync(
            node.Root, [node.On("/etc"), node.On("/missing"), node.On("/root")], TimeSpan.FromSeconds(20),
            TestContext.Current.CancellationToken);
        Assert.Equal([null, "MOUNT_FAILED", null], answers.Select(answer => answer.Code?.Name));
        Assert.All([answers[0], answers[2]], answer => Assert.NotNull(answer.Size));
    }

    [Fact]
    public void Invalid_numbers_do_not_throw() =>
        Assert.Equal(
            "MOUNT_FAILED", MountResponse.From(new ProgramResult(0, "? ?\n", TimedOut: false), TimeSpan.FromSeconds(2)).Code?.Name);
}
