using System.Globalization;
using System.Runtime.InteropServices;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// The writer process of <see cref="DetachedLog"/> for output after the log's head: it appends standard input to the log, and prints
/// after each write the number of bytes in the log, or the error.
/// </summary>
internal static class LogWriter
{
    /// <summary>The argument before the log's path.</summary>
    public const string Argument = "write-script-log";

    private const int BufferBytes = 65536;

    public static int Run(string path)
    {
        // It ignores these signals and ends at the end of its input.
        PosixSignal[] signals = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];
        PosixSignalRegistration[] ignored =
            [.. signals.Select(signal => PosixSignalRegistration.Create(signal, context => context.Cancel = true))];
        using var input = Console.OpenStandardInput();
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        try
        {
            using var log = BoundedLog.Continue(path);
            Copy(input, log, output);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteLine(output, e.Message);
            Copy(input, log: null, output);
        }

        GC.KeepAlive(ignored);
        return 0;
    }

    private static void Copy(Stream input, BoundedLog? log, StreamWriter output)
    {
        var buffer = new byte[BufferBytes];
        long written = BoundedLog.HeadBytes;
        for (int count; (count = input.Read(buffer)) > 0;)
        {
            try
            {
                log?.Add(buffer.AsSpan(0, count));
                written += log is null ? 0 : count;
                WriteLine(output, written.ToString(CultureInfo.InvariantCulture));
            }
            catch (IOException e)
            {
                // A full disk may have space later.
                WriteLine(output, e.Message);
            }
        }

        log?.Complete();
    }

    private static void WriteLine(StreamWriter output, string line)
    {
        try
        {
            output.Write(line + "\n");
        }
        catch (IOException)
        {
            // The agent was killed. Continue with what is left in the pipe.
        }
    }
}
