using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Thpc.NodeAgent.SystemTests.Helpers;

/// <summary>A headless Chromium with one page, controlled by the DevTools protocol (chromedevtools.github.io).</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly string _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _pending = new();
    private readonly ConcurrentQueue<(string Method, JsonElement Parameters)> _events = new();
    private readonly SemaphoreSlim _turn = new(1);
    private string? _session;
    private int _last;

    private Browser(Process process, string profile)
    {
        _process = process;
        _profile = profile;
    }

    /// <returns>The parameters of the events of this name since the page was opened.</returns>
    public IEnumerable<JsonElement> Events(string method) => _events.Where(item => item.Method == method).Select(item => item.Parameters);

    public static async Task<Browser> StartAsync()
    {
        Needs.Program("chromium");
        var profile = Directory.CreateTempSubdirectory("thpc-browser-").FullName;
        var process = Process.Start(new ProcessStartInfo("chromium",
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", "--hide-scrollbars", $"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank",
        ])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment = { ["TMPDIR"] = profile }, // it leaves directories there
        })!;
        process.ErrorDataReceived += (_, _) => { };
        process.OutputDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        var browser = new Browser(process, profile);
        try
        {
            await browser.ConnectAsync();
            return browser;
        }
        catch
        {
            await browser.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a file and waits for its load event.</summary>
    public async Task OpenAsync(string path)
    {
        _events.Clear();
        await AskAsync("Page.navigate", new JsonObject { ["url"] = new Uri(path).AbsoluteUri });
        using var timer = new CancellationTokenSource(Limit);
        while (!Events("Page.loadEventFired").Any())
        {
            await Task.Delay(20, timer.Token);
        }
    }

    public Task SizeAsync(int width, int height) =>
        AskAsync(
            "Emulation.setDeviceMetricsOverride",
            new JsonObject { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = width < 600 });

    /// <param name="scheme">light or dark.</param>
    public Task PreferAsync(string scheme) => AskAsync("Emulation.setEmulatedMedia", new JsonObject
    {
        ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }),
    });

    /// <returns>The value of a JavaScript expression on the page.</returns>
    public async Task<JsonElement> EvaluateAsync(string expression)
    {
        var answer = await AskAsync("Runtime.evaluate", new JsonObject { ["expression"] = expression, ["returnByValue"] = true });
        return answer.TryGetProperty("exceptionDetails", out var thrown)
            ? throw new InvalidOperationException(thrown.GetRawText())
            : answer.GetProperty("result").GetProperty("value");
    }

    /// <summary>Saves a screenshot of the whole page in the directory THPC_PICTURES, if that is set.</summary>
    public async Task KeepPictureAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("THPC_PICTURES") is { Length: > 0 } directory)
        {
            var picture = await AskAsync("Page.captureScreenshot", new JsonObject { ["captureBeyondViewport"] = true });
            await File.WriteAllBytesAsync(Path.Combine(directory, name + ".png"), picture.GetProperty("data").GetBytesFromBase64());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _socket.Dispose();
        _process.Kill(entireProcessTree: true);
        using var timer = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(timer.Token);
        _process.Dispose();
        _end.Dispose();
        _turn.Dispose();

        // The browser's child processes may still write.
        for (var left = 50; Directory.Exists(_profile) && left > 0; left--)
        {
            try
            {
                Directory.Delete(_profile, recursive: true);
            }
            catch (IOException) when (left > 1)
            {
                await Task.Delay(100);
            }
        }
    }

    private async Task ConnectAsync()
    {
        // Two lines, port and path, written when the browser listens.
        using var timer = new CancellationTokenSource(Limit);
        var file = Path.Combine(_profile, "DevToolsActivePort");
        string[] lines;
        while ((lines = File.Exists(file) ? await File.ReadAllLinesAsync(file, timer.Token) : []).Length < 2)
        {
            await Task.Delay(20, timer.Token);
        }

        await _socket.ConnectAsync(new Uri($"ws://127.0.0.1:{lines[0]}{lines[1]}"), timer.Token);
        _ = ListenAsync();
        var target = await AskAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        var attached = await AskAsync(
            "Target.attachToTarget", new JsonObject { ["targetId"] = target.GetProperty("targetId").GetString(), ["flatten"] = true });
        _session = attached.GetProperty("sessionId").GetString();
        foreach (var domain in (string[])["Page", "Runtime", "Log", "Network"])
        {
            await AskAsync($"{domain}.enable", []);
        }
    }

    private async Task<JsonElement> AskAsync(string method, JsonObject parameters)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _pending[id] = answer;
        var message = new JsonObject { ["id"] = id, ["method"] = method, ["params"] = parameters };
        if (_session is not null)
        {
            message["sessionId"] = _session;
        }

        await _turn.WaitAsync(_end.Token);
        try
        {
            await _socket.SendAsync(
                System.Text.Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, _end.Token);
        }
        finally
        {
            _turn.Release();
        }

        return await answer.Task.WaitAsync(Limit);
    }

    private async Task ListenAsync()
    {
        try
        {
            var buffer = new byte[64 * 1024];
            while (true)
            {
                using var message = new MemoryStream();
                WebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer, _end.Token);
                    await message.WriteAsync(buffer.AsMemory(0, part.Count), _end.Token);
                }
                while (!part.EndOfMessage);

                using var json = JsonDocument.Parse(message.ToArray());
                var root = json.RootElement;
                if (!root.TryGetProperty("id", out var id))
                {
                    _events.Enqueue((root.GetProperty("method").GetString()!, root.GetProperty("params").Clone()));
                }
                else if (_pending.TryRemove(id.GetInt32(), out var waiting))
                {
                    _ = root.TryGetProperty("error", out var error)
                        ? waiting.TrySetException(new InvalidOperationException(error.GetRawText()))
                        : waiting.TrySetResult(root.GetProperty("result").Clone());
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or ObjectDisposedException or JsonException)
        {
            foreach (var waiting in _pending.Values)
            {
                waiting.TrySetException(e);
            }
        }
    }
}
