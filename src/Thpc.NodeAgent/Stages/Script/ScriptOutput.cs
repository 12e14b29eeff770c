using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>The output of all attempts of a script: a size-limited log on the node, and the end of it in memory.</summary>
internal sealed class ScriptOutput
{
    private const int TailBytes = 8192;

    private readonly HeadTailBuffer _tail = new(0, TailBytes);
    private readonly DetachedLog? _log;

    /// <param name="logPath">As seen from the node's root.</param>
    public ScriptOutput(NodeRoot root, string logPath, Action<string> note)
    {
        try
        {
            _log = new DetachedLog(root.Locate(logPath));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            // Run the script even if its log cannot be written.
            note($"cannot write {logPath}: {e.Message}");
        }
    }

    /// <summary>The last 8 KiB of the output, not redacted.</summary>
    public string Text
    {
        get
        {
            lock (_tail)
            {
                return Encoding.UTF8.GetString(_tail.ToArray());
            }
        }
    }

    /// <summary>The last line that is not empty, redacted.</summary>
    public string LastLine => TerminalText.OneLine(new Redactor([]).Apply(
        Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? ""));

    /// <summary>The end of the output for an error message, redacted, because the report may be readable by all users.</summary>
    public LocalizedText LastOutput
    {
        get
        {
            var last = TerminalText.LastLines(new Redactor([]).Apply(Text), 300);
            return last.Length > 0 ? Messages.LastOutput(last) : Messages.PrintedNothing;
        }
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_tail)
        {
            _tail.Add(bytes);
        }

        // DetachedLog does not block the script if the disk is full or stalled.
        _log?.Add(bytes);
    }

    /// <summary>Finishes writing the log.</summary>
    /// <returns>Why the log is incomplete; null where it is complete.</returns>
    public async Task<string?> CompleteAsync() => _log is null ? null : await _log.CompleteAsync();
}
