using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Tests.Stages.Mount;

public sealed class MountPointStateTests
{
    public static TheoryData<string, string?> Answers => new()
    {
        { "mounted", null },
        { "stale", "MOUNT_STALE" },
        { "dead", "MOUNT_DEAD" },
        { "silent", "MOUNT_TIMEOUT" },
        { "failed", "MOUNT_FAILED" },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public void Word_names_the_answer(string word, string? code)
    {
        ErrorCode?[] codes = [ErrorCode.MountStale, ErrorCode.MountDead, ErrorCode.MountTimeout, ErrorCode.MountFailed];
        var answer = new MountResponse(null, codes.SingleOrDefault(other => other!.Name == code), "");
        var mounted = new MountEntry(1, 0, "0:1", "/", "/data", "nfs4", "10.0.0.1:/", "rw");
        Assert.Equal(word, State(mounted, answer).Word);
    }

    [Fact]
    public void Entry_of_another_machine_is_foreign() => Assert.Equal("foreign", State(null, null).Word);

    private static MountPointState State(MountEntry? mounted, MountResponse? answer) =>
        new("/data", "/data", "/data", null, false, mounted, null, answer, [], null);
}
