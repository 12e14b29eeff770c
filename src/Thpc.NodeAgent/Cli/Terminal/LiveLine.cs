using System.Text;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>
/// The last line of a terminal, which shows the running step and is drawn again each second. Everything else that is written to standard
/// error comes above it.
/// </summary>
internal sealed class LiveLine : TextWriter
{
    private const string Erase = "\r\e[K";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
#pragma warning disable CA2213 // Standard error stays open after it.
    private readonly TextWriter _inner = Console.Error;
#pragma warning restore CA2213
    private readonly Timer _timer;
    private IReadOnlyList<RunningStep> _steps = [];
    private bool _isDrawn;
    private bool _isLineStart = true;

    private LiveLine() => _timer = new Timer(_ => Draw(), null, Period, Period);

    /// <returns>Null where standard error is no terminal that can erase a line.</returns>
    public static LiveLine? Create()
    {
        if (Console.IsErrorRedirected || Console.IsOutputRedirected
            || GlobalOptions.Environment.GetValueOrDefault("TERM", "dumb") is "dumb" or "")
        {
            return null;
        }

        var line = new LiveLine();
        Console.SetError(line);
        return line;
    }

    public override Encoding Encoding => _inner.Encoding;

    public void Show(IReadOnlyList<RunningStep> steps)
    {
        _steps = steps;
        Draw();
    }

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        lock (_gate)
        {
            Remove();
            _inner.Write(buffer);
            _isLineStart = buffer.IsEmpty ? _isLineStart : buffer[^1] == '\n';
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _timer.Dispose();
            lock (_gate)
            {
                _steps = [];
                Remove();
            }

            Console.SetError(_inner);
        }

        base.Dispose(disposing);
    }

    private void Draw()
    {
        lock (_gate)
        {
            Remove();
            if (_steps is [var first, ..] && _isLineStart)
            {
                var more = _steps.Count > 1 ? $" (and {_steps.Count - 1} more)" : "";
                var text = $"… {first.LineAt(TimeProvider.System.GetUtcNow())}{more}";
                _inner.Write(TerminalText.Shorten(text, (Terminal.Columns ?? Terminal.DefaultColumns) - 1));
                _isDrawn = true;
            }
        }
    }

    private void Remove()
    {
        if (_isDrawn)
        {
            _inner.Write(Erase);
            _isDrawn = false;
        }
    }
}
