using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Cli;

/// <summary>Creates the logger of a command. It writes to standard error.</summary>
internal static class Logging
{
    // TAT keeps only the first 24 KB of all output, and the summary of under 2 KB must fit in.
    private const int MaxBytes = 20 * 1024;

    /// <summary>Dispose the factory before writing the result to standard output, so that no log lines follow the result.</summary>
    public static ILoggerFactory Create(GlobalOptions globals)
    {
        if (Console.IsErrorRedirected)
        {
#pragma warning disable CA2000 // Used until the process ends.
            Console.SetError(new LimitedWriter(Console.Error, MaxBytes, globals.LogFormat == LogFormat.Json));
#pragma warning restore CA2000
        }

        var level = globals.Verbose ? LogLevel.Debug : LogLevel.Information;

        // Not by AddConsole, whose container would double the start time.
        var formatter = Formatter(globals.LogFormat);
        var options = new ConsoleLoggerOptions { FormatterName = formatter.Name, LogToStandardErrorThreshold = LogLevel.Trace };
#pragma warning disable CA2000 // The factory disposes its provider.
        // By AddProvider: the factory does not dispose a provider from its constructor. Another thread writes the lines, and without
        // disposal the last ones are lost.
        var factory = new LoggerFactory([], new LoggerFilterOptions { MinLevel = level });
        factory.AddProvider(new ConsoleLoggerProvider(new FixedOptions(options), [formatter]));
        if (globals.Verbose)
        {
            // The last logger: it writes above the line that shows the running step.
            var log = factory.CreateLogger("thpc-node-agent");
            VerboseLog.Start(line => Log.Debug(log, line));
        }

        return factory;
#pragma warning restore CA2000
    }

    private static ConsoleFormatter Formatter(LogFormat format)
    {
        if (format == LogFormat.Json)
        {
            return new JsonLineFormatter(TimeProvider.System);
        }

        var journal = format == LogFormat.Journal || (format == LogFormat.Auto && IsJournal());
        return new LogLineFormatter(
            journal, colour: !journal && !Console.IsErrorRedirected && Terminal.HasColour, Terminal.ShowsLogAndResult, TimeProvider.System);
    }

    // systemd.exec(5): child processes inherit the variable even if their standard error is redirected, so compare it with descriptor 2.
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
