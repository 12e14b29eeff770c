using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>
/// Writes each event on one line: time, level and text, or for the journal the priority of sd-daemon(3) and the text. The journal adds
/// the time itself.
/// </summary>
/// <param name="brief">Whether the result appears on the same terminal: causes, remedies and warnings are left to it.</param>
internal sealed class LogLineFormatter(bool journal, bool colour, bool brief, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var line = TerminalText.OneLine(logEntry.Formatter(logEntry.State, logEntry.Exception));
        if ((brief ? Shorten(line, logEntry.EventId.Id, logEntry.State) : line) is not { } text)
        {
            return;
        }

        var (priority, level, color) = logEntry.LogLevel switch
        {
            LogLevel.Critical or LogLevel.Error => (3, "error", "\e[31m"),
            LogLevel.Warning => (4, "warn ", "\e[33m"),
            LogLevel.Information => (6, "info ", ""),
            _ => (7, "debug", "\e[2m"),
        };
        if (journal)
        {
            textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"<{priority}>{text}\n"));
        }
        else
        {
            var now = time.GetLocalNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            textWriter.Write(colour && color.Length > 0 ? $"{now} {color}{level} {text}\e[0m\n" : $"{now} {level} {text}\n");
        }
    }

    /// <returns>Null if the result repeats the whole line.</returns>
    private static string? Shorten(string text, int id, object? state)
    {
        if (id is Log.ReportedWarning or Log.RunFailure or Log.Diagnostics)
        {
            return null;
        }

        if (id is Log.StageFailure or Log.StepFailure)
        {
            foreach (var (name, value) in state as IReadOnlyList<KeyValuePair<string, object?>> ?? [])
            {
                if (name == "Code" && text.IndexOf($": {value}: ", StringComparison.Ordinal) is >= 0 and var at)
                {
                    return $"{text[..at]}: {value}";
                }
            }
        }

        return text;
    }
}
