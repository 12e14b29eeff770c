using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;

namespace Thpc.NodeAgent.SystemTests.Fleet;

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

    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-page-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Browser_shows_the_page_light_and_dark_on_wide_screens_and_phones()
    {
        var file = Path.Combine(_directory, "fleet.html");
        await File.WriteAllTextAsync(
            file, FleetPage.Write(Fleets.Hostile(), "/opt/<fleet>", Reports.Start, Language.English),
            TestContext.Current.CancellationToken);
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
        Assert.All(Fleets.HostileNames[..^1], name => Assert.Contains(name, words, StringComparison.Ordinal));
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

    private static IEnumerable<string> Texts(System.Text.Json.JsonElement array) =>
        array.EnumerateArray().Select(item => item.GetString()!);
}
