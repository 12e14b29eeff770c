using System.Globalization;
using System.Runtime.InteropServices;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// What the process that <see cref="DetachedLog"/> starts becomes when a log has its head: it writes what it reads from standard input behind
/// that. It prints the number of bytes that the log has taken whenever that changes, and what is wrong where it cannot be written.
/// </summary>
internal static class LogWriter
{
    /// <summary>The argument that stands before the log's path.</summary>
    public const string Argument = "write-script-log";

    private const int BufferBytes = 65536;

    public static int Run(string path)
    {
        // It ends when all that may write to it has ended, whatever signal reaches it meanwhile.
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
                // A disk that is full now may have room later.
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
            // The agent was killed; the log takes what is left in the pipe.
        }
    }
}
