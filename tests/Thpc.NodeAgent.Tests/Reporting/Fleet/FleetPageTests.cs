using System.Xml.Linq;
using CsCheck;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Reporting.Fleet;

public sealed class FleetPageTests : IDisposable
{
    private const string Contrasts =
        """
        (() => {
          const parse = text => {
            const parts = text.match(/[\d.]+/g).map(Number);
            return { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
          };
          const light = rgb => {
            const [r, g, b] = rgb.map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const behind = element => {
            for (let e = element; e; e = e.parentElement) {
              const c = parse(getComputedStyle(e).backgroundColor);
              if (c.alpha > 0) return c.rgb;
            }
            return [255, 255, 255];
          };
          const poor = []; let seen = 0;
          for (const element of document.body.querySelectorAll('*')) {
            if (element.closest('title, style') || ![...element.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
            const style = getComputedStyle(element);
            const front = light(parse(element instanceof SVGElement ? style.fill : style.color).rgb), back = light(behind(element));
            const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05); seen++;
            if (ratio < 4.5) poor.push(`${ratio.toFixed(2)}: ${element.outerHTML.slice(0, 120)}`);
          }
          return seen > 20 ? poor : [`only ${seen} texts`];
        })()
        """;

    private const string Layout =
        """
        (() => {
          const bad = [], wide = innerWidth, pictures = [...document.querySelectorAll('svg')];
          if (document.documentElement.scrollWidth > wide)
            bad.push(`the page is ${document.documentElement.scrollWidth} wide and the screen ${wide}`);
          if (pictures.length < 10) bad.push(`only ${pictures.length} pictures`);
          for (const picture of pictures) {
            const frame = picture.getBoundingClientRect();
            if (frame.width < 40 || frame.height < 4) bad.push(`a picture of ${frame.width} x ${frame.height}`);
            const texts = [...picture.querySelectorAll('text')].map(
              text => ({ words: text.textContent, box: text.getBoundingClientRect() }));
            texts.forEach(({ words, box }, i) => {
              if (box.left < frame.left - 0.5 || box.right > frame.right + 0.5
                  || box.top < frame.top - 0.5 || box.bottom > frame.bottom + 0.5) bad.push(`${words} leaves its picture`);
              for (const other of texts.slice(i + 1)) {
                if (box.left < other.box.right && other.box.left < box.right
                    && box.top < other.box.bottom && other.box.top < box.bottom) bad.push(`${words} and ${other.words} overlap`);
              }
            });
          }
          for (const element of document.body.querySelectorAll('p, h1, h2, h3, li, .name, .time')) {
            const box = element.getBoundingClientRect();
            if (box.left < 0 || box.right > wide + 0.5) bad.push(`${element.outerHTML.slice(0, 80)} leaves the screen`);
          }
          return bad;
        })()
        """;

    private static readonly string[] Hostile =
        ["<script>alert(1)</script>", "\"quotes\" & 'ticks'", "שלום עולם", "</bdi></main><b onclick=x>", "节点-四十二", new string('W', 250)];

    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-page-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Browser_shows_the_page_light_and_dark_on_wide_screens_and_phones()
    {
        var file = Path.Combine(_directory, "fleet.html");
        await File.WriteAllTextAsync(
            file, FleetPage.Write(HostileFleet(), "/opt/<fleet>", Reports.Start, Language.English), TestContext.Current.CancellationToken);
        await using var browser = await Browser.StartAsync();
        await browser.OpenAsync(file);
        HashSet<string> backgrounds = [];
        foreach (var scheme in (string[])["light", "dark"])
        {
            await browser.PreferAsync(scheme);
            foreach (var width in (int[])[1200, 390])
            {
                await browser.SizeAsync(width, 900);
                Assert.Empty(Texts(await browser.EvaluateAsync(Contrasts)));
                Assert.Empty(Texts(await browser.EvaluateAsync(Layout)));
                await browser.KeepPictureAsync($"fleet-{scheme}-{width}");
            }

            backgrounds.Add((await browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor")).GetString()!);
        }

        Assert.Equal(2, backgrounds.Count);
        var words = (await browser.EvaluateAsync("document.body.innerText")).GetString()!;
        Assert.All(Hostile[..^1], name => Assert.Contains(name, words, StringComparison.Ordinal));
        Assert.Equal(0, (await browser.EvaluateAsync("document.querySelectorAll('script, img, [onclick], b b').length")).GetInt32());
        Assert.Equal(
            [new Uri(file).AbsoluteUri],
            browser.Events("Network.requestWillBeSent").Select(request => request.GetProperty("request").GetProperty("url").GetString()));
        foreach (var said in (string[])["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"])
        {
            Assert.Empty(browser.Events(said).Select(item => item.GetRawText()));
        }

        // The checks above must detect a broken page.
        await browser.EvaluateAsync("document.documentElement.style.setProperty('--muted', '#7a8590') ?? 0");
        Assert.NotEmpty(Texts(await browser.EvaluateAsync(Contrasts)));
        await browser.EvaluateAsync("document.querySelector('svg text').setAttribute('x', '105%') ?? 0");
        Assert.Contains(Texts(await browser.EvaluateAsync(Layout)), said => said.EndsWith("leaves its picture", StringComparison.Ordinal));
    }

    [Fact]
    public void Page_has_no_scripts_and_no_external_references()
    {
        var page = FleetPage.Write(HostileFleet(), "/opt/fleet", Reports.Start, Language.English);
        Assert.Contains(
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">", page,
            StringComparison.Ordinal);
        Assert.StartsWith("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">", page, StringComparison.Ordinal);
        foreach (var word in (string[])["<script", "<link", "<img", "<iframe", "@import", "url(", "href=", "src=", " on"])
        {
            Assert.DoesNotContain(word + (word == " on" ? "click" : ""), Tags(page), StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Page_of_10000_nodes_is_not_larger_than_page_of_100()
    {
        Assert.InRange(FleetPage.Write(Many(10_000), "/x", Reports.Start, Language.English).Length, 10_000, 120_000);
        Assert.InRange(FleetPage.Write(FleetSummary.From([], []), "/x", Reports.Start, Language.English).Length, 500, 8_000);
    }

    [Fact]
    public void Any_reports_give_a_well_formed_page() =>
        Reports.Any.Array[0, 6].Sample(reports =>
        {
            var fleet = FleetSummary.From(
                [.. reports.Select((report, i) => new NodeRun($"n{i}", ReportJson.Read(ReportJson.Write(report))!))],
                [new UnreadableReport("<x>", "&")]);
            var page = FleetPage.Write(fleet, "<&>", Reports.Start, Language.English);

            // Except for the HTML head, the page is XML.
            var body = page[page.IndexOf("<body>", StringComparison.Ordinal)..page.IndexOf("</html>", StringComparison.Ordinal)];
            _ = XDocument.Parse(body);
            Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
        }, iter: 100);

    private static IEnumerable<string> Texts(System.Text.Json.JsonElement array) =>
        array.EnumerateArray().Select(item => item.GetString()!);

    /// <summary>Removes all text from the page.</summary>
    private static string Tags(string page) => string.Concat(page.Split('<').Select(part => "<" + part.Split('>')[0]));

    private static FleetSummary HostileFleet()
    {
        var many = Many(300);
        var hostile = Hostile.Select((name, i) => new NodeRun(name, Reports.Failed with
        {
            DurationMs = 900_000 + i,
            Outcome = i % 2 == 0 ? RunOutcome.Failed : RunOutcome.Interrupted,
            Stages =
            [
                Reports.Failed.Stages[0],
                new StageReport("script", Outcome.Failed, name, 10, 890_000,
                [
                    .. Enumerable.Range(0, 30)
                        .Select(step =>
                            new StepReport($"{name} {step}", Outcome.Succeeded, step * 1000, 900, null, false, [])
                            {
                                Sha256 = step == 0 ? new string((char)('a' + i), 64) : null,
                            }),
                    new StepReport(
                        name, Outcome.Failed, 40_000, 850_000, new ErrorReport(name, name, name), false,
                        [.. Enumerable.Range(0, 20).Select(note => new NoteReport(40_000 + (note * 40_000), name))]),
                ]),
                Reports.Failed.Stages[2],
            ],
        }));
        return FleetSummary.From(
            [.. many.Runs, .. hostile],
            [.. Enumerable.Range(0, 40).Select(i => new UnreadableReport($"{Hostile[i % Hostile.Length]}.json", "is no report"))]);
    }

    private static FleetSummary Many(int count) => FleetSummary.From(
    [
        .. Enumerable.Range(0, count).Select(i => new NodeRun($"ins-{i:x8}", (i % 50 == 7 ? Reports.Failed : Reports.Succeeded) with
        {
            DurationMs = 4000 + (i * 7919 % 3000) + (i % 97 == 0 ? 40_000 : 0),
            Stages =
            [
                Reports.Succeeded.Stages[0],
                (i % 50 == 7 ? Reports.Failed : Reports.Succeeded).Stages[1] with
                {
                    DurationMs = 2000 + (i * 31 % 900),
                    Steps = [new StepReport("fetch cos://bucket/init.sh", Outcome.Succeeded, 0, 90, null, false, [])
                    {
                        Sha256 = new string(i % 90 == 3 ? 'b' : 'a', 64),
                    }, .. (i % 50 == 7 ? Reports.Failed : Reports.Succeeded).Stages[1].Steps],
                },
                (i % 50 == 7 ? Reports.Failed : Reports.Succeeded).Stages[2],
            ],
        })),
    ], []);
}
