using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Tests.Stages.Script;

public sealed class ScriptStartRecordTests : IDisposable
{
    private const string Sum = "AB";
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly MachineIdentity Here = new() { MachineId = "m" };
    private static readonly InitScript Script = new(new Uri("file:///a.sh"), TimeSpan.FromSeconds(30), null, false) { Args = ["-v"] };
    private readonly TemporaryNode _node = new();

    private string File => _node.On("/a.begun");

    public void Dispose() => _node.Dispose();

    [Fact]
    public void Third_boot_is_refused_and_first_two_are_named()
    {
        Begin("boot-one-and-more");
        Begin("boot-two");
        var error = Assert.Throws<AgentException>(() => Begin("boot-three"));
        Assert.Equal("SCRIPT_REBOOT_LOOP", error.Code.Name);
        Assert.Equal(
            "file:///a.sh was started at 2026-01-02 03:04:05Z (boot boot-one) and 2026-01-02 03:04:05Z (boot boot-two) and did not "
                + "finish; boot boot-thr does not start it again",
            error.Message);
        Assert.Contains("`thpc-node-agent bootstrap --force`", error.Hint.English, StringComparison.Ordinal);
        Assert.Contains("/log", error.Hint.English, StringComparison.Ordinal);
        Assert.Throws<AgentException>(() => Begin("boot-four"));
    }

    [Fact]
    public void Same_boot_counts_once()
    {
        Begin("one");
        Begin("one");
        Begin("two");
        Begin("two");
        Assert.Equal(["one", "two"], Read().Boots.Select(boot => boot.BootId));
    }

    [Fact]
    public void Clone_corrected_script_and_other_arguments_start_at_zero()
    {
        Begin("one");
        Begin("two");
        Assert.Equal(2, Read().Boots.Count);
        Assert.Empty(ScriptStartRecord.Read(File, Script, Sum, new MachineIdentity { MachineId = "clone" }).Boots);
        Assert.Empty(ScriptStartRecord.Read(File, Script, "CD", Here).Boots);
        Assert.Empty(ScriptStartRecord.Read(File, Script with { Args = [] }, Sum, Here).Boots);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"script":"s","sha256":"AB","args":["-v"],"instance":{"machine_id":"m"},"boots":[null]}""")]
    [InlineData("""{"script":"s","sha256":"AB","args":["-v"],"instance":{"machine_id":"m"},"boots":["""
        + """{"boot_id":null,"begun_at":"2026-01-02T03:04:05Z"}]}""")]
    public void Unreadable_file_is_ignored(string text)
    {
        System.IO.File.WriteAllText(File, text);
        Assert.Empty(Read().Boots);
    }

    private ScriptStartRecord Read() => ScriptStartRecord.Read(File, Script, Sum, Here);

    private void Begin(string boot) => Read().AddBoot(boot, Now, "/log").Write(File);
}
