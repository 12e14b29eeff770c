using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Thpc.NodeAgent.Cli;

/// <summary>The logger of a command that does work: to standard error, in the form that whoever reads it needs.</summary>
internal static class Logging
{
    // TAT keeps the first 24 KB of all output and drops the rest: the summary, under 2 KB, must still fit.
    private const int MaxBytes = 20 * 1024;

    /// <summary>Dispose it before the last word on standard output, lest log lines follow it.</summary>
    public static ILoggerFactory Create(GlobalOptions globals)
    {
        if (Console.IsErrorRedirected)
        {
#pragma warning disable CA2000 // It belongs to the process.
            Console.SetError(new LimitedWriter(Console.Error, MaxBytes, globals.LogFormat == LogFormat.Json));
#pragma warning restore CA2000
        }

        var level = globals.Verbose ? LogLevel.Debug : LogLevel.Information;
        // Without the container that AddConsole builds: that alone would take as long as all the rest of a start.
        var formatter = Formatter(globals.LogFormat);
        var options = new ConsoleLoggerOptions { FormatterName = formatter.Name, LogToStandardErrorThreshold = LogLevel.Trace };
#pragma warning disable CA2000 // The factory disposes of its provider.
        // Of a provider that its constructor is given a factory does not dispose, and without that the last lines are lost: they are written by a thread of its own.
        var factory = new LoggerFactory([], new LoggerFilterOptions { MinLevel = level });
        factory.AddProvider(new ConsoleLoggerProvider(new FixedOptions(options), [formatter]));
        return factory;
#pragma warning restore CA2000
    }

    private static ConsoleFormatter Formatter(LogFormat format)
    {
        if (format == LogFormat.Json)
        {
            return new JsonLineFormatter();
        }

        var journal = format == LogFormat.Journal || (format == LogFormat.Auto && IsJournal());
        return new LogLineFormatter(journal, colour: !journal && !Console.IsErrorRedirected, TimeProvider.System);
    }

    // systemd.exec(5): the variable is inherited by children whose standard error goes elsewhere, so it is compared with the descriptor.
    private static bool IsJournal() =>
        GlobalOptions.Environment.TryGetValue("JOURNAL_STREAM", out var stream)
        && new FileInfo("/proc/self/fd/2").LinkTarget == $"socket:[{stream[(stream.IndexOf(':', StringComparison.Ordinal) + 1)..]}]";

    private sealed class FixedOptions(ConsoleLoggerOptions options) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => options;

        public ConsoleLoggerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
