using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// /var/log/thpc-node-agent/packages.log: all commands of a run with their output and result. The logs of the two previous runs are kept.
/// Keys in repository URLs are redacted.
/// </summary>
internal sealed class PackageLog : IDisposable
{
    // Longer lines are written in parts.
    private const int MaxLine = 16 * 1024;

    private readonly BoundedLog? _log;
    private readonly List<byte> _line = [];
    private readonly Lock _gate = new();

    /// <summary>The last complete line that is not empty, redacted; null if there was none.</summary>
    public string? LastLine { get; private set; }

    /// <param name="note">Called if the log cannot be written; the installation continues without a log.</param>
    public PackageLog(NodeRoot root, Action<string> note)
    {
        try
        {
            Directory.CreateDirectory(root.LogDirectory);
            foreach (var (from, to) in ((string, string)[])[(".1", ".2"), ("", ".1")])
            {
                if (File.Exists(root.PackagesLog + from))
                {
                    File.Move(root.PackagesLog + from, root.PackagesLog + to, overwrite: true);
                }
            }

            _log = new BoundedLog(root.PackagesLog);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            note($"cannot write packages.log: {e.Message}");
        }
    }

    public void Begin(IReadOnlyList<string> command) => Write($"{Now()} $ {string.Join(' ', command)}\n");

    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            foreach (var b in bytes)
            {
                _line.Add(b);
                if (b == '\n' || _line.Count == MaxLine)
                {
                    Flush();
                }
            }
        }
    }

    public void End(string how)
    {
        lock (_gate)
        {
            if (_line.Count > 0)
            {
                _line.Add((byte)'\n');
                Flush();
            }
        }

        Write($"{Now()} {how}\n");
    }

    public void Dispose()
    {
        try
        {
            _log?.Complete();
        }
        catch (IOException)
        {
            // A full disk: keep the log as it is.
        }

        _log?.Dispose();
    }

    private static string Now() => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private void Flush()
    {
        var line = Redactor.ByForm(Encoding.UTF8.GetString([.. _line]));
        Write(line);
        _line.Clear();

        // dpkg draws progress over itself on one line.
        var shown = line.TrimEnd();
        shown = TerminalText.OneLine(shown[(shown.LastIndexOf('\r') + 1)..]).Trim();
        LastLine = shown.Length > 0 ? shown : LastLine;
    }

    private void Write(string text)
    {
        try
        {
            lock (_gate)
            {
                _log?.Add(Encoding.UTF8.GetBytes(text));
            }
        }
        catch (IOException)
        {
            // A full disk must not stop the package manager; errors contain the important output too.
        }
    }
}
