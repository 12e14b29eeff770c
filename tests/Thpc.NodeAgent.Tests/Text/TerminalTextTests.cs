using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Timeline;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Text;

public sealed partial class TerminalTextTests
{
    // Each changes a terminal's line or hides in it, except the letters: C0, DEL, C1, bidirectional controls, characters without width,
    // separators of lines and paragraphs, a soft hyphen, a tag, unpaired surrogates.
    private const string Odd = "ab \"\\/é数\t\r\u0000\u0007\u001B\u007F\u0085\u009B\u00AD\u061C\u200B\u200D\u200E\u2028\u2029\u202A\u202E"
        + "\u2066\u2069\uFEFF\uD83D\uDE00\uDB40\uDC01\uD800";

    private static readonly Gen<string> OddText = Gen.String[Gen.Char[Odd + "\n"], 0, 40];

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

    [Theory]
    [InlineData("a\nb\u001Bc\u202Ed", "a b c d", "a\nb c d", "a?b?c?d")]
    [InlineData("a\r\n\u200B\u2028", "a    ", "a \n  ", "a????")]
    [InlineData("数é\uD83D\uDE00\u0301", "数é\uD83D\uDE00\u0301", "数é\uD83D\uDE00\u0301", "数é\uD83D\uDE00\u0301")]
    [InlineData("\uFEFFa\u00ADb", " a b", " a b", "?a?b")]
    public void Characters_that_are_not_printable_are_replaced(string text, string oneLine, string printable, string quoted)
    {
        Assert.Equal(oneLine, TerminalText.OneLine(text));
        Assert.Equal(printable, TerminalText.Printable(text));
        Assert.Equal(quoted, TerminalText.Quoted(text));
    }

    [Theory]
    [InlineData("one\ntwo\n\n three\nfour\nfive\n", 99, "two / three / four / five")]
    [InlineData("one\ntwo", 3, "…two")]
    [InlineData("", 3, "")]
    [InlineData("\uD83D\uDE00b", 2, "…\uFFFDb")]
    public void LastLines_joins_the_end_of_the_output(string output, int length, string expected) =>
        Assert.Equal(expected, TerminalText.LastLines(output, length));

    [Fact]
    public void Text_of_others_is_printable_after_every_way_to_show_it() =>
        Gen.Select(OddText, Gen.Int[1, 30]).Sample((text, length) =>
        {
            string[] lines =
            [
                TerminalText.OneLine(text),
                TerminalText.Cut(text, length),
                TerminalText.Quoted(text, length),
                TerminalText.LastLines(text, length),
                TerminalText.Shorten(text, length),
                TerminalText.Fill(text, length),
                .. TerminalText.Wrap(text, length, 3),
                TreePath.Display(TreePath.FromText(text)),
                new ConfigDiagnostic(text, text).ToString(),
                FleetSentences.Node(text),
            ];
            Assert.All(lines, line => Assert.DoesNotMatch(NotPrintable(), line));
            Assert.All(lines.Append(TerminalText.Printable(text)), Validate);
        });

    [Fact]
    public void Text_of_reports_is_printable() =>
        Reports.Any.Sample(report =>
        {
            Validate(SummaryText.Write(report, "/report.json", TimeZoneInfo.Utc, Language.Chinese));
            var timeline = RunTimeline.From(report, alive: true, Reports.Start);
            Validate(TimelineText.Write(timeline, 80, colour: false, TimeZoneInfo.Utc, Language.English));
        });

    private static void Validate(string text)
    {
        Assert.DoesNotMatch(NotPrintableInLines(), text);
        _ = new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(text);
    }

    [GeneratedRegex(@"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]")]
    private static partial Regex NotPrintable();

    [GeneratedRegex(@"[\p{Cc}\p{Cf}\p{Zl}\p{Zp}-[\n]]")]
    private static partial Regex NotPrintableInLines();

    private static string Letters(string text) => text.Replace(" ", "", StringComparison.Ordinal);
}
