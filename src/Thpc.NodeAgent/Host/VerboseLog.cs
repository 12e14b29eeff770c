using System.Globalization;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// What --verbose adds to the log: each program, request and connection with its result and time, and the configured values.
/// </summary>
internal static class VerboseLog
{
    private const int MaxLength = 600;
    private static Action<string>? _write;

    /// <param name="write">Writes a line.</param>
    public static void Start(Action<string> write) => _write = write;

    public static bool IsOn => _write is not null;

    /// <summary>Writes a line without what has the form of a secret; nothing without --verbose.</summary>
    public static void Write(string line) => _write?.Invoke(TerminalText.Cut(Redactor.ByForm(line), MaxLength));

    /// <param name="start">A timestamp of TimeProvider.System.</param>
    public static void Write(string what, string result, long start)
    {
        if (IsOn)
        {
            var time = TimeProvider.System.GetElapsedTime(start).TotalMilliseconds;
            Write(string.Create(CultureInfo.InvariantCulture, $"{what}: {result} in {time:0} ms"));
        }
    }
}
