using System.Text;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>What a script prints in all its attempts: the bounded log on the node, and the last words in memory.</summary>
internal sealed class ScriptOutput
{
    private const int WordsKept = 8192;

    private readonly HeadTailBuffer _words = new(0, WordsKept);
    private readonly DetachedLog? _log;

    /// <param name="logPath">Of the node.</param>
    public ScriptOutput(NodeRoot root, string logPath, Action<string> note)
    {
        try
        {
            _log = new DetachedLog(root.Locate(logPath));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            // No log is no reason for a node without its script.
            note($"{logPath} cannot be written: {e.Message}");
        }
    }

    /// <summary>The end of it, secrets included.</summary>
    public string Text
    {
        get
        {
            lock (_words)
            {
                return Encoding.UTF8.GetString(_words.ToArray());
            }
        }
    }

    /// <summary>The last words for a message.</summary>
    public string LastWords
    {
        get
        {
            // The report may be left where everybody reads it.
            var last = OutputText.Last(new Redactor([]).Apply(Text), 300);
            return last.Length > 0 ? $"its last words: {last}" : "it printed nothing";
        }
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        lock (_words)
        {
            _words.Add(bytes);
        }

        // A disk that is full or stalled must not block the script; its last words are kept in memory all the same.
        _log?.Add(bytes);
    }

    /// <summary>Puts the log in order.</summary>
    /// <returns>Why it is not complete; null where it is.</returns>
    public async Task<string?> CompleteAsync() => _log is null ? null : await _log.CompleteAsync();
}
