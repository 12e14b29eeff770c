using System.Text;
using CsCheck;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Tests.Stages.Script;

public sealed class ShellTextTests
{
    [Theory]
    [InlineData("#!/bin/sh\necho a\n", null)]
    [InlineData("#!/bin/sh\necho a\r\n", 2L)]
    [InlineData("#!/bin/sh\r\n", 1L)]
    [InlineData("#!/bin/sh\n\n\n\r\necho\r\n", 4L)]
    [InlineData("#!/bin/sh\nprintf 'a\r'\necho b", null)]
    [InlineData("#!/bin/sh\necho a\r", null)]
    [InlineData("#!/bin/sh\n\u001b[31mred\t\f\v\a\b\necho\r\n", 3L)]
    [InlineData("#!/bin/sh\n# 脚本 é\r\n", 2L)]
    [InlineData("#!/bin/sh\nexit 0\n\u0001\nx\r\n", null)]
    [InlineData("#!/bin/sh\nexit 0\nPK\u0003\u0004\0\0\r\nx\r\n", null)]
    [InlineData("#!/bin/sh\nexit 0\n\0\r\n", null)]
    [InlineData("#!/bin/sh\nx\r\n\0\n", 2L)]
    [InlineData("", null)]
    public void First_CRLF_line_before_binary_data_is_found(string text, long? line) =>
        Assert.Equal(line, Find(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData(65534)]
    [InlineData(65535)]
    [InlineData(65536)]
    [InlineData(65537)]
    public void CRLF_across_buffers_is_found(int before) =>
        Assert.Equal(2, Find([.. Enumerable.Repeat((byte)'x', before - 1), (byte)'\n', .. "y\r\n"u8]));

    [Fact]
    public void First_of_several_CRLF_lines_is_found()
    {
        var line = Gen.Char[" ~"].Array[0, 40].Select(characters => new string(characters));
        Gen.Select(line.List[0, 30], line.List[0, 30]).Sample((before, after) =>
        {
            var text = string.Concat(before.Select(text => text + "\n")) + "first\r\n" + string.Concat(after.Select(text => text + "\r\n"));
            Assert.Equal(before.Count + 1, Find(Encoding.UTF8.GetBytes(text)));
            Assert.Null(Find(Encoding.UTF8.GetBytes(text.Replace("\r", "", StringComparison.Ordinal))));
        });
    }

    private static long? Find(byte[] content)
    {
        using var stream = new MemoryStream(content);
        return ShellText.FirstCrLf(stream);
    }
}
