using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host.Processes;

public sealed class ProcessSnapshotTests
{
    private static readonly Dictionary<string, string> Links = new() { ["3"] = "/data/open", ["cwd"] = "/home", ["exe"] = "/bin/cat" };

    [Theory]
    [InlineData("0 0x3 0x7ffd10 0x400 0x0 0x0 0x0 0x7ffd 0x7f05", "/data/open")] // read(3, …)
    [InlineData("2 0x7ffd5bdb0010 0x0 0x0 0x0 0x0 0x0 0x7ffd 0x7f05", "/at/10")] // open("…")
    [InlineData("257 0xffffff9c 0x7ffd5bdb0020 0x0 0x0 0x0 0x0 0x7ffd 0x7f05", "/at/20")] // openat(AT_FDCWD, "…")
    [InlineData("257 0xffffffffffffff9c 0x7ffd5bdb0020 0x0 0x0 0x0 0x0 0x7ffd 0x7f05", "/at/20")]
    [InlineData("257 0xffffff9c 0x7ffd5bdb0030 0x0 0x0 0x0 0x0 0x7ffd 0x7f05", "/home")] // a relative name
    [InlineData("230 0x0 0x0 0x7ffd5bdbb190 0x7ffd5bdbb1d0 0x0 0x0 0x7ffd5bdbb178 0x7f05", "/home")]
    [InlineData("-1 0x7ffd5bdbb178 0x7f05cf52f503", "/home")] // in a page fault
    public void File_of_the_system_call_comes_first(string call, string first) =>
        Assert.Equal(first, ProcessSnapshot.SubjectsOf(call, Links, At).First());

    [Theory]
    [InlineData("running")]
    [InlineData("")]
    [InlineData("0 0xzz")]
    public void Running_process_is_in_no_system_call(string call) => Assert.Empty(ProcessSnapshot.SubjectsOf(call, Links, At));

    [Fact]
    public async Task Ended_process_is_not_an_error()
    {
        var snapshot = await ProcessSnapshot.AtAsync(
            new ProcessEntry(int.MaxValue, 1, 1, 1, 'S', 1), TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.Equal(("[?]", 0, 0), (snapshot.Command, snapshot.Links.Count, snapshot.Subjects.Count));
    }

    private static string? At(ulong address) =>
        address switch { 0x7ffd5bdb0010 => "/at/10", 0x7ffd5bdb0020 => "/at/20", 0x7ffd5bdb0030 => "relative", _ => null };
}
