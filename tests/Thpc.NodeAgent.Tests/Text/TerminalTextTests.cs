using CsCheck;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Text;

public sealed class TerminalTextTests
{
    private static readonly Gen<string> Text =
        Gen.String[Gen.OneOf(Gen.Char["ab /:\n\t\u001B"], Gen.Char["数据é→\uD83D\uDE00\u0301\u202E"]), 0, 200];

    [Fact]
    public void Shorten_keeps_both_ends() =>
        Assert.Equal("mount h:/…on /data", TerminalText.Shorten("mount h:/a/very/long/path on /data", 18));

    [Fact]
    public void Shortened_text_fits() =>
        Gen.Select(Text, Gen.Int[1, 60]).Sample((text, columns) =>
        {
            Assert.InRange(TerminalText.Columns(TerminalText.Shorten(text, columns)), 0, columns);
            Assert.Equal(columns, TerminalText.Columns(TerminalText.Fill(text, columns)));
        });

    [Fact]
    public void Wrapped_text_fits_and_loses_no_word_if_it_has_enough_lines() =>
        Gen.Select(Text, Gen.Int[4, 60]).Sample((text, columns) =>
        {
            var lines = TerminalText.Wrap(text, columns, 1000);
            Assert.All(lines, line => Assert.InRange(TerminalText.Columns(line), 0, columns));
            Assert.Equal(Letters(string.Concat(TerminalText.Wrap(text, 100_000, 1))), Letters(string.Concat(lines)));
            Assert.InRange(TerminalText.Wrap(text, columns, 3).Count, 1, 3);
        });

    [Fact]
    public void OneLine_removes_control_and_direction_characters() =>
        Assert.Equal("a b c d", TerminalText.OneLine("a\nb\u001Bc\u202Ed"));

    private static string Letters(string text) => text.Replace(" ", "", StringComparison.Ordinal);
}
