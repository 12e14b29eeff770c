using System.Globalization;
using System.Text;
using System.Xml.Linq;
using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Reporting.Timeline;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Tests.Reporting.Timeline;

public sealed class TimelineSvgTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void Any_report_gives_well_formed_SVG() =>
        Gen.Select(Reports.Any, Gen.Bool, Gen.Long[-100, 10_000_000]).Sample(
            (report, alive, later) =>
            {
                var picture = Draw(report, alive, Reports.Start.AddMilliseconds(later));
                Assert.Equal(Svg + "svg", picture.Name);
                Assert.Equal("1200", picture.Attribute("width")!.Value);
            },
            iter: 300);

    [Fact]
    public void All_bars_and_texts_are_inside_the_picture() =>
        Gen.Select(Reports.Any, Gen.Bool).Sample(
            (report, alive) =>
            {
                var picture = Draw(report, alive, Reports.Start.AddSeconds(9));
                var height = Number(picture, "height");
                foreach (var box in picture.Descendants(Svg + "rect")
                    .Where(box => box.Ancestors(Svg + "defs").FirstOrDefault() is null && box.Attribute("x") is not null))
                {
                    Assert.InRange(Number(box, "x"), 0, 1200);
                    Assert.InRange(Number(box, "x") + Number(box, "width"), 0, 1200);
                    Assert.InRange(Number(box, "y"), 0, height);
                    Assert.InRange(Number(box, "y") + Number(box, "height"), 0, height);
                }

                foreach (var text in picture.Descendants(Svg + "text"))
                {
                    // A letter of the monospaced font is 0.6 of its size wide.
                    var wide = text.Attribute("font-family")!.Value == "monospace"
                        ? TerminalText.Columns(text.Value) * Number(text, "font-size") * 0.602
                        : 0;
                    Assert.InRange(Number(text, "x") + wide, 0, 1200);
                    Assert.InRange(Number(text, "y"), 0, height);
                }
            },
            iter: 200);

    [Fact]
    public void Bars_are_between_the_ends_of_the_axis() =>
        Reports.Any.Sample(
            report =>
            {
                foreach (var box in Draw(report).Descendants(Svg + "g").SelectMany(group => group.Elements(Svg + "rect"))
                    .Where(box => Number(box, "height") < 20))
                {
                    Assert.InRange(Number(box, "x"), TimelineSvg.BarsFrom - 0.01, TimelineSvg.BarsTo);
                    Assert.InRange(Number(box, "x") + Number(box, "width"), TimelineSvg.BarsFrom, TimelineSvg.BarsTo + 0.01);
                }
            },
            iter: 200);

    [Fact]
    public void Every_step_and_note_is_complete() =>
        Reports.Any.Where(report => report.Outcome != RunOutcome.Running).Sample(
            report =>
            {
                var titles = Draw(report).Descendants(Svg + "title").Select(title => title.Value).ToList();
                Assert.All(
                    report.Stages.SelectMany(stage => stage.Steps),
                    step => Assert.Contains(titles, title => title.StartsWith(AsXmlHasIt(step.Summary) + "\n", StringComparison.Ordinal)));
                Assert.All(
                    report.Stages.SelectMany(stage => stage.Steps).Where(step => step.Outcome != Outcome.NotRun)
                        .SelectMany(step => step.Notes),
                    note => Assert.Contains(titles, title => title.EndsWith(": " + AsXmlHasIt(note.Text), StringComparison.Ordinal)));
            },
            iter: 200);

    [Fact]
    public void Markup_in_text_is_escaped()
    {
        const string Nasty = "</text><script>alert('x')</script>&amp;<![CDATA[";
        var step = new StepReport(Nasty, Outcome.Succeeded, 0, 10, null, false, []);
        var picture = Draw(Reports.Succeeded with { Stages = [new StageReport("mount", Outcome.Succeeded, null, 0, 10, [step])] });
        Assert.DoesNotContain(picture.Descendants(), element => element.Name.LocalName == "script");
        Assert.Contains(picture.Descendants(Svg + "title"), title => title.Value.StartsWith(Nasty, StringComparison.Ordinal));
    }

    [Fact]
    public void Picture_has_no_external_references()
    {
        var text = TimelineSvg.Write(RunTimeline.From(Reports.Failed, alive: false, Reports.Start), Language.English);
        Assert.DoesNotContain("href", text, StringComparison.Ordinal);
        Assert.DoesNotContain("url(http", text, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Failure_is_red_and_has_code_and_hint()
    {
        var picture = Draw(Reports.Failed);
        var words = picture.Descendants(Svg + "text").Select(text => (Text: text.Value, Colour: text.Attribute("fill")!.Value)).ToList();
        Assert.Contains(("SCRIPT_FAILED: exit code 1 / last words", "#b91c1c"), words);
        Assert.Contains(("run file:///x.sh", "#b91c1c"), words);
        Assert.Contains(words, word => word.Text == "→ Read the log.");
        Assert.Contains(words, word => word.Text == "failed");
        Assert.Contains(words, word => word.Text == "not run");
        Assert.Contains(words, word => word.Text == "warning: a bucket is not mounted");
        Assert.Equal("#ef4444", Bar(picture, "run file:///x.sh").Attribute("fill")!.Value);
    }

    [Fact]
    public void Parallel_steps_overlap_in_time_on_separate_rows()
    {
        StepReport[] steps =
            [.. Enumerable.Range(0, 8).Select(i => new StepReport($"mount {i}", Outcome.Succeeded, 1000, 2000 + i, null, false, []))];
        var picture = Draw(Reports.Succeeded with { Stages = [new StageReport("mount", Outcome.Succeeded, null, 0, 4000, steps)] });
        XElement[] bars = [.. steps.Select(step => Bar(picture, step.Summary))];
        Assert.Single(bars.Select(bar => bar.Attribute("x")!.Value).Distinct());
        Assert.Equal(8, bars.Select(bar => bar.Attribute("y")!.Value).Distinct().Count());
        Assert.Equal(TimelineSvg.BarsFrom + ((TimelineSvg.BarsTo - TimelineSvg.BarsFrom) / 4.0), Number(bars[0], "x"), 1);
    }

    [Fact]
    public void Run_in_progress_is_drawn_up_to_now()
    {
        var picture = Draw(Reports.Running, alive: true, Reports.Start.AddSeconds(50));
        var bar = Bar(picture, "script");
        Assert.Equal(TimelineSvg.BarsTo, Number(bar, "x") + Number(bar, "width"), 1);
        Assert.Contains(picture.Descendants(Svg + "text"), text => text.Value.Contains("so far 50.00 s", StringComparison.Ordinal));
        Assert.Contains(picture.Descendants(Svg + "text"), text => text.Value == "running");
    }

    [Fact]
    public void Each_of_64_steps_has_a_row_even_if_all_failed()
    {
        StepReport[] steps = [.. Enumerable.Range(0, 64)
            .Select(i =>
                new StepReport(
                    $"mount {i}", Outcome.Failed, i * 10, 2000, new ErrorReport("MOUNT_DENIED", $"mount {i}: access denied", "Ask."), false,
                    []))];
        var picture = Draw(Reports.Failed with { Stages = [new StageReport("mount", Outcome.Failed, null, 0, 4000, steps)] });
        Assert.InRange(Number(picture, "height"), 64 * 18, 64 * 45);
        Assert.Equal(
            64, picture.Descendants(Svg + "text").Count(text => text.Value.StartsWith("MOUNT_DENIED: ", StringComparison.Ordinal)));
    }

    private static XElement Draw(Report report, bool alive = false, DateTimeOffset? now = null) =>
        XElement.Parse(
            TimelineSvg.Write(RunTimeline.From(report, alive, now ?? Reports.Start), Language.English), LoadOptions.PreserveWhitespace);

    /// <summary>Finds the bar of the row with this name; a stage has a background band before its bar.</summary>
    private static XElement Bar(XElement picture, string name) =>
        picture.Descendants(Svg + "g")
            .Single(group => group.Element(Svg + "title")!.Value.StartsWith(name + "\n", StringComparison.Ordinal)).Elements(Svg + "rect")
            .Last();

    private static double Number(XElement element, string attribute) =>
        double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);

    /// <summary>XML cannot contain control characters and halves of surrogate pairs.</summary>
    private static string AsXmlHasIt(string text) =>
        string.Concat(text.EnumerateRunes()
            .Select(rune => rune.Value < ' ' && rune.Value is not ('\t' or '\n' or '\r') ? Rune.ReplacementChar : rune));
}
