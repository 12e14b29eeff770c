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
internal sealed class LogLineFormatter(bool journal, bool colour, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var text = TerminalText.OneLine(logEntry.Formatter(logEntry.State, logEntry.Exception));
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
}
