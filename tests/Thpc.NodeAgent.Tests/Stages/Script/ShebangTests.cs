using System.Text;
using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Tests.Stages.Script;

public sealed class ShebangTests
{
    [Theory]
    [InlineData("#!/bin/sh\necho\n", "/bin/sh", null)]
    [InlineData("#!/bin/sh", "/bin/sh", null)]
    [InlineData("#!/bin/bash -eu \t\n", "/bin/bash", "-eu")]
    [InlineData("#!/bin/bash -e -u\n", "/bin/bash", "-e -u")]
    [InlineData("#!/bin/awk\t -f\n", "/bin/awk", "-f")]
    [InlineData("#!/usr/bin/env bash\n\r\n", "/usr/bin/env", "bash")]
    [InlineData("#!/opt/脚本/sh\n", "/opt/脚本/sh", null)]
    public void Interpreter_gets_rest_of_line_as_one_argument(string text, string interpreter, string? argument)
    {
        var shebang = Parse(text);
        Assert.Equal((interpreter, argument), (shebang.Interpreter, shebang.Argument));
        Assert.Equal(argument is null ? [interpreter, "/file"] : [interpreter, argument, "/file"], shebang.CommandLine("/file"));
    }

    [Theory]
    [InlineData("#!/bin/sh\n", true)]
    [InlineData("#!/usr/local/bin/bash -eu\n", true)]
    [InlineData("#!/bin/dash\n", true)]
    [InlineData("#!/bin/ksh\n", true)]
    [InlineData("#!/bin/zsh -f\n", true)]
    [InlineData("#!/bin/ash\n", true)]
    [InlineData("#!/usr/bin/env bash\n", true)]
    [InlineData("#!/usr/bin/env -S bash -e\n", true)]
    [InlineData("#!/usr/bin/env /bin/zsh\n", true)]
    [InlineData("#!/bin/busybox sh\n", true)]
    [InlineData("#!/bin/busybox awk -f\n", false)]
    [InlineData("#!/bin/busybox\n", false)]
    [InlineData("#!/usr/bin/env python3\n", false)]
    [InlineData("#!/usr/bin/perl\n", false)]
    [InlineData("#!/usr/bin/fish\n", false)]
    public void Shell_is_recognized_by_name(string text, bool shell) => Assert.Equal(shell, Parse(text).IsShell);

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("echo hello\n", "it begins with \"echo hello\\n\"")]
    [InlineData("#! /bin/sh\n", "#! /bin/sh")]
    [InlineData("#!bin/sh\n", "#!bin/sh")]
    [InlineData("#", "\"#\"")]
    [InlineData("\n#!/bin/sh\n", "\\n#!/bin/sh")]
    [InlineData("\u007fELF\u0001", "\\x7fELF\\x01")]
    [InlineData("<?xml version='1.0'?><Error/>", "<?xml")]
    public void File_without_shebang_is_rejected(string text, string message) =>
        AssertRefused("SCRIPT_NO_SHEBANG", message, Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Byte_order_mark_is_reported()
    {
        AssertRefused("SCRIPT_BAD_FORMAT", "UTF-8 byte-order mark", [0xEF, 0xBB, 0xBF, .. "#!/bin/sh\n"u8]);
        AssertRefused(
            "SCRIPT_BAD_FORMAT", "UTF-16 byte-order mark",
            [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("#!/bin/sh\n")]);
        AssertRefused(
            "SCRIPT_BAD_FORMAT", "UTF-16 byte-order mark",
            [.. Encoding.BigEndianUnicode.GetPreamble(), .. Encoding.BigEndianUnicode.GetBytes("#!/bin/sh\n")]);
    }

    [Theory]
    [InlineData("#!/bin/sh\r\necho\r\n", "its interpreter would be \"/bin/sh\\r\"")]
    [InlineData("#!/bin/sh\recho\r", "its interpreter would be \"/bin/sh\\r\"")]
    [InlineData("#!/usr/bin/env bash\r\n", "\"/usr/bin/env bash\\r\"")]
    [InlineData("#!/bin/\u001b[31msh\r\n", "\"/bin/ [31msh\\r\"")]
    [InlineData("#!/bin/sh\0\n", "NUL byte")]
    public void CRLF_and_NUL_are_reported(string text, string message) =>
        AssertRefused("SCRIPT_BAD_FORMAT", message, Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    [InlineData(300, false)]
    public void First_line_longer_than_256_bytes_is_rejected(int length, bool allowed)
    {
        var line = "#!/bin/sh " + new string('x', length - 10);
        if (allowed)
        {
            Assert.Equal("/bin/sh", Parse(line + "\n").Interpreter);
        }
        else
        {
            AssertRefused("SCRIPT_BAD_FORMAT", "longer than 256 bytes", Encoding.UTF8.GetBytes(line + "\n"));
        }
    }

    [Theory]
    [InlineData("#!/usr/bin/env bash\n", "bash")]
    [InlineData("#!/usr/bin/env bash -e\n", "bash -e")]
    [InlineData("#!/usr/bin/env -S bash -e\n", "bash")]
    [InlineData("#!/usr/bin/env -Sbash -e\n", "bash")]
    [InlineData("#!/usr/bin/env -S -i A=1 bash -e\n", "bash")]
    [InlineData("#!/usr/bin/env -S -u HOME bash\n", null)]
    [InlineData("#!/usr/bin/env -S \"a b\"\n", null)]
    [InlineData("#!/usr/bin/env -i\n", null)]
    [InlineData("#!/usr/bin/env\n", null)]
    [InlineData("#!/bin/bash env\n", null)]
    public void Program_of_env_is_parsed_like_env(string text, string? program) => Assert.Equal(program, Parse(text).EnvProgram);

    [Fact]
    public void Any_bytes_give_shebang_or_error() =>
        Gen.Select(Gen.OneOf("", "#!/", "#!/bin/sh"), Gen.Byte.Array[0, 400]).Sample((start, rest) =>
        {
            try
            {
                Assert.StartsWith(
                    "/", Shebang.Parse([.. Encoding.ASCII.GetBytes(start), .. rest], "it").Interpreter, StringComparison.Ordinal);
            }
            catch (AgentException e)
            {
                Assert.StartsWith("SCRIPT_", e.Code.Name, StringComparison.Ordinal);
            }
        });

    private static Shebang Parse(string text) => Shebang.Parse(Encoding.UTF8.GetBytes(text), "it");

    private static void AssertRefused(string code, string message, byte[] content)
    {
        var error = Assert.Throws<AgentException>(() => Shebang.Parse(content, "it"));
        Assert.Equal(code, error.Code.Name);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("it", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }
}
