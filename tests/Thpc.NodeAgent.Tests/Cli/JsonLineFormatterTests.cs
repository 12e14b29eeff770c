using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.Tests.Cli;

/// <summary>Compares with the library's own formatter from AddJsonConsole.</summary>
public sealed partial class JsonLineFormatterTests
{
    [Fact]
    public void Output_equals_library_formatter()
    {
        using var services = new ServiceCollection().AddLogging(builder => builder.AddJsonConsole(options =>
        {
            options.TimestampFormat = JsonLineFormatter.TimestampFormat;
            options.UseUtcTimestamp = true;
        })).BuildServiceProvider();
        var library = services.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == ConsoleFormatterNames.Json);
        Gen.Select(Gen.String[0, 40], Gen.String[0, 40], Gen.Long).Sample((one, two, number) =>
        {
            var expected = Lines(library, one, two, number);
            Assert.Equal(expected, Lines(new JsonLineFormatter(TimeProvider.System), one, two, number));
            Assert.Equal(11, expected.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        });
    }

    private static string Lines(ConsoleFormatter formatter, string one, string two, long number)
    {
        using var text = new StringWriter();
        var log = new FormattingLogger(formatter, text);
        Log.StageStarted(log, one);
        Log.StageFinished(log, one, two, number);
        Log.StageSkipped(log, one, two);
        Log.StageFailed(log, one, two, one, two);
        Log.StepStarted(log, one, two);
        Log.StepFinished(log, one, number);
        Log.StepFailed(log, one, two, one, two);
        Log.StepNote(log, one, two);
        Log.Warning(log, one);
        Log.RunFailed(log, one, two, one);
        Log.Information(log, one);

        // Both have the time of writing.
        Assert.Equal(11, TimePattern().Count(text.ToString()));
        return TimePattern().Replace(text.ToString(), "{");
    }

    [GeneratedRegex("^\\{\"Timestamp\":\"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z\",", RegexOptions.Multiline)]
    private static partial Regex TimePattern();

    private sealed class FormattingLogger(ConsoleFormatter lines, TextWriter text) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Write(new LogEntry<TState>(logLevel, "thpc-node-agent", eventId, state, exception, formatter), null, text);
    }
}
