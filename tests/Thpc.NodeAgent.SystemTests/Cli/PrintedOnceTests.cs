namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>A terminal that shows log and result has each cause, remedy, warning and note once.</summary>
public sealed class PrintedOnceTests : IDisposable
{
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Theory]
    [InlineData("bootstrap")]
    [InlineData("script run")]
    public async Task Failure_is_printed_once(string command)
    {
        Needs.RootUser();
        _node.AddScript("fails.sh", "#!/bin/sh\nexit 3\n");
        var shown = await TestTerminal.RunAsync(_node, command, columns: 200, "NO_COLOR=1");
        AssertOnce(shown, "file:///scripts/fails.sh exited with 3");
        AssertOnce(shown, "→ Read /var/log/thpc-node-agent/init-script-1.log");
        Assert.Contains("error run init script 1 (fails.sh): failed: SCRIPT_FAILED\r\n", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_before_the_first_step_is_printed_once()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\n");
        _node.Write("/etc/fstab", "");
        _node.Configure("[[cfs]]\nlocal_path = \"/etc/fstab/x\"\nremote_path = \"127.0.98.9:/\"\nprotocol = \"NFS 4.0\"\n");
        var shown = await TestTerminal.RunAsync(_node, "bootstrap");
        AssertOnce(shown, "CONFIG_INVALID: ");
    }

    [Fact]
    public async Task Time_out_is_diagnosed_once()
    {
        Needs.RootUser();
        _node.AddScript("slow.sh", "#!/bin/sh\nsleep 600\n", timeout: 10);
        var shown = await TestTerminal.RunAsync(_node, "script run", columns: 200);
        AssertOnce(shown, "SCRIPT_TIMEOUT: ");
        AssertOnce(shown, "its processes, with state and wait channel");
    }

    [Fact]
    public async Task Note_of_a_command_by_hand_is_printed_once()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\n");
        AssertOnce(await TestTerminal.RunAsync(_node, "script check", columns: 200), "bytes, sha256 ");
        Assert.Contains("bytes, sha256 ", (await Agent.RunAsync(_node, "script", "check")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image prep")]
    [InlineData("image prep --yes")]
    public async Task Warning_of_image_prep_is_printed_once(string command)
    {
        Needs.RootUser();
        var shown = await TestTerminal.RunAsync(_node, command, columns: 400, "", "y", "y");
        AssertOnce(shown, "nodes made from this image may not work: ");
        AssertOnce(shown, $"→ Audit it with `thpc-node-agent image check --root {_node.Directory}`, then unmount or pack the image.");
    }

    private static void AssertOnce(string shown, string text) =>
        Assert.True(shown.Split(text).Length == 2, $"\"{text}\" is there {shown.Split(text).Length - 1} times: {shown}");
}
