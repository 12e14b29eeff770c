using System.Security.Cryptography;
using System.Text;

namespace Thpc.NodeAgent.SystemTests.Stages.Script;

public sealed class ScriptValidationTests : IDisposable
{
    private const string Good = "#!/bin/sh\n# 脚本\necho hello\n";
    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Valid_script_is_checked_but_not_run()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", $"#!/bin/sh\ntouch {_node.On("/ran")}\n");
        var run = await Agent.RunAsync(_node, "script", "check");
        Assert.Equal(0, run.ExitCode);
        Assert.False(_node.Has("/ran"));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(_node.On("/var/lib/thpc-node-agent/scripts/init-script-1")));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(_node.On("/var/lib/thpc-node-agent")));
    }

    [Theory]
    [InlineData("echo\n", "SCRIPT_NO_SHEBANG")]
    [InlineData("", "SCRIPT_NO_SHEBANG")]
    [InlineData("\ufeff#!/bin/sh\n", "SCRIPT_BAD_FORMAT")]
    [InlineData("#!/bin/sh\r\n", "SCRIPT_BAD_FORMAT")]
    [InlineData("#!/no/such/program\n", "SCRIPT_INTERPRETER_MISSING")]
    [InlineData("#!/etc\n", "SCRIPT_INTERPRETER_MISSING")]
    [InlineData("#!/etc/passwd\n", "SCRIPT_INTERPRETER_MISSING")]
    [InlineData("#!/usr/bin/env no-such-program\n", "SCRIPT_INTERPRETER_MISSING")]
    [InlineData("#!/usr/bin/env -S no-such-program -x\n", "SCRIPT_INTERPRETER_MISSING")]
    [InlineData("#!/usr/bin/env sh -e\n", "SCRIPT_INTERPRETER_MISSING")]
    [InlineData("#!/usr/bin/env -S sh -e\n", null)]
    public async Task Invalid_script_is_rejected_before_run(string text, string? code)
    {
        Needs.RootUser();
        _node.AddScript("a.sh", text);
        var run = await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(code is null ? 0 : 1, run.ExitCode);
        Assert.Equal(code, _node.ScriptError()?.Code);
        Assert.Equal(code is null, _node.Has("/var/lib/thpc-node-agent/scripts/init-script-1"));
        AssertNothingPartial();
    }

    [Fact]
    public async Task Shell_script_with_CRLF_is_rejected_before_run()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", $"#!/bin/bash\nset -e\r\nmkdir -p {_node.On("/made")}\r\n");
        foreach (string[] command in (string[][])[["script", "check"], ["bootstrap"], ["script", "run"]])
        {
            var run = await Agent.RunAsync(_node, command);
            Assert.Equal(1, run.ExitCode);
            Assert.Contains("SCRIPT_BAD_FORMAT", run.Output, StringComparison.Ordinal);
            Assert.Contains("a.sh has CRLF line endings, the first in line 2", run.Output, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(
            Directory.EnumerateDirectories(_node.Directory), path => Path.GetFileName(path).StartsWith("made", StringComparison.Ordinal));
        AssertNothingPartial();
    }

    [Theory]
    [InlineData("a self-extracting archive", "#!/bin/sh\necho ran\nexit 0\n\u001f\u008b\u0008\0\r\nmore\r\n")]
    [InlineData("another language", "#!/usr/bin/perl\nprint \"ran\\n\";\r\nexit 0;\r\n")]
    public async Task CRLF_outside_shell_scripts_is_accepted(string what, string text)
    {
        Needs.RootUser();
        _node.AddScript("a.sh", Encoding.Latin1.GetBytes(text));
        Assert.True((await Agent.RunAsync(_node, "bootstrap")).ExitCode == 0, what);
        Assert.Equal("ran\n", _node.Log());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Matching_hash_is_accepted_in_either_case(bool upper)
    {
        Needs.RootUser();
        var sum = SHA256.HashData(Encoding.UTF8.GetBytes(Good));
        _node.AddScript("a.sh", Good, more: $"sha256 = \"{(upper ? Convert.ToHexString(sum) : Convert.ToHexStringLower(sum))}\"");
        Assert.Equal(0, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal("hello\n", _node.Log());
    }

    [Fact]
    public async Task Wrong_hash_is_rejected_and_both_are_named()
    {
        Needs.RootUser();
        var pin = new string('0', 64);
        _node.AddScript("a.sh", Good, more: $"sha256 = \"{pin}\"");
        Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        var error = _node.ScriptError();
        Assert.Equal("SCRIPT_HASH_MISMATCH", error?.Code);
        Assert.Contains(pin, error?.Message, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Good))), error?.Message, StringComparison.Ordinal);
        Assert.False(_node.Has("/var/log/thpc-node-agent/init-script-1.log"));
    }

    [Theory]
    [InlineData(16 << 20, null)]
    [InlineData((16 << 20) + 1, "SCRIPT_TOO_LARGE")]
    [InlineData(1 << 30, "SCRIPT_TOO_LARGE")]
    public async Task Scripts_up_to_16_MiB_are_accepted(int length, string? code)
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\nexit 0\n");
        using (var file = File.OpenWrite(_node.On("/scripts/a.sh")))
        {
            file.SetLength(length);
        }

        Assert.Equal(code is null ? 0 : 1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Equal(code, _node.ScriptError()?.Code);
        AssertNothingPartial();
    }

    [Theory]
    [InlineData("/dev/zero", "FILE_ACCESS")]
    [InlineData("/dev/null", "FILE_ACCESS")]
    [InlineData("/no/such/file", "COS_NOT_FOUND")]
    [InlineData("/etc", "FILE_ACCESS")]
    public async Task Special_files_are_rejected(string path, string code)
    {
        Needs.RootUser();
        _node.AddScript("a.sh", Good);
        File.Delete(_node.On("/scripts/a.sh"));
        if (path != "/no/such/file")
        {
            File.CreateSymbolicLink(_node.On("/scripts/a.sh"), path);
        }

        Assert.Equal(1, (await Agent.RunAsync(_node, "script", "check")).ExitCode);
        await Agent.RunAsync(_node, "bootstrap");
        Assert.Equal(code, _node.ScriptError()?.Code);
        AssertNothingPartial();
    }

    [Fact]
    public async Task Fifo_is_rejected()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", Good, timeout: 10);
        File.Delete(_node.On("/scripts/a.sh"));
        _node.MakeFifo("scripts/a.sh");
        Assert.Equal(1, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Contains("/scripts/a.sh is a FIFO or a device, not a regular file", _node.ScriptError()?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_on_silent_server_does_not_block()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", Good, timeout: 10);
        using var lease = new Lease(_node.On("/scripts/a.sh"));
        Assert.Equal(124, (await Agent.RunAsync(_node, "bootstrap")).ExitCode);
        Assert.Contains("could not be read within 10 s", _node.ScriptError()?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_characters_of_first_line_are_not_printed()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/\e[31mred\n");
        var run = await Agent.RunAsync(_node, "bootstrap");
        Assert.DoesNotContain('\e', run.Output + run.Errors);
    }

    private void AssertNothingPartial()
    {
        Assert.All(
            Directory.EnumerateFiles(_node.On("/var/lib/thpc-node-agent/scripts")),
            path => Assert.DoesNotContain(".tmp", path, StringComparison.Ordinal));
    }
}
