using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Thpc.NodeAgent.Cli;

/// <summary>The logger of a command that does work: to standard error, in the form that whoever reads it needs.</summary>
internal static class Logging
{
    // TAT keeps the first 24 KB of all output and drops the rest: the summary, under 2 KB, must still fit.
    private const int MostBytes = 20 * 1024;

    /// <summary>Dispose it before the last word on standard output, lest log lines follow it.</summary>
    public static ILoggerFactory Create(Globals globals)
    {
        var journal = globals.LogFormat == LogFormat.Journal || (globals.LogFormat == LogFormat.Auto && IsJournal());
        if (Console.IsErrorRedirected)
        {
#pragma warning disable CA2000 // It belongs to the process.
            Console.SetError(new LimitedWriter(Console.Error, MostBytes));
#pragma warning restore CA2000
        }

        return LoggerFactory.Create(builder =>
        {
            builder.SetMinimumLevel(globals.Verbose ? LogLevel.Debug : LogLevel.Information);
            builder.AddConsole(console =>
            {
                console.LogToStandardErrorThreshold = LogLevel.Trace;
                console.FormatterName = globals.LogFormat == LogFormat.Json ? ConsoleFormatterNames.Json : LineFormatter.FormatterName;
            });
            builder.Services.AddSingleton<ConsoleFormatter>(new LineFormatter(journal, colour: !journal && !Console.IsErrorRedirected, TimeProvider.System));
        });
    }

    // systemd.exec(5): the variable is inherited by children whose standard error goes elsewhere, so it is compared with the descriptor.
    private static bool IsJournal() =>
        Globals.Environment.TryGetValue("JOURNAL_STREAM", out var stream)
        && new FileInfo("/proc/self/fd/2").LinkTarget == $"socket:[{stream[(stream.IndexOf(':', StringComparison.Ordinal) + 1)..]}]";
}
