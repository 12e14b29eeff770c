using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Cli;

/// <summary>
/// Standard streams and the terminal. .NET's own writers and its width of the window send escape sequences to a terminal, even from a
/// command that prints one line.
/// </summary>
internal static class Terminal
{
    /// <summary>A serial console reports no size.</summary>
    public const int DefaultColumns = 80;

    /// <summary>Columns of the terminal on standard output; null if that is no terminal.</summary>
    public static int? Columns => Console.IsOutputRedirected ? null : ColumnsOf(descriptor: 1);

    /// <summary>Columns of the terminal on standard error; null if that is no terminal.</summary>
    public static int? ErrorColumns => Console.IsErrorRedirected ? null : ColumnsOf(descriptor: 2);

    /// <summary>Whether a standard stream is a terminal, as where a user runs the command by hand.</summary>
    public static bool IsInUse => !Console.IsInputRedirected || !Console.IsOutputRedirected || !Console.IsErrorRedirected;

    /// <summary>Whether a user sees both the log and the result.</summary>
    public static bool ShowsLogAndResult => !Console.IsOutputRedirected && !Console.IsErrorRedirected;

    /// <summary>Whether the user wants colours, https://no-color.org.</summary>
    public static bool HasColour =>
        GlobalOptions.Environment.GetValueOrDefault("NO_COLOR") is null or ""
            && GlobalOptions.Environment.GetValueOrDefault("TERM") != "dumb";

    /// <summary>
    /// Makes standard output and error write UTF-8 in every locale but C and POSIX, because hints contain an arrow and may be Chinese. In
    /// those two they write ASCII.
    /// </summary>
    public static void SetUp()
    {
        var ascii = LanguageChoice.IsAscii(GlobalOptions.Environment);
        Console.SetOut(Writer(StandardStreams.Output, ascii));
        Console.SetError(Writer(StandardStreams.Error, ascii));
    }

    /// <summary>Reads a line of standard input; null at its end.</summary>
    /// <exception cref="OperationCanceledException">A signal came first.</exception>
    public static async Task<string?> ReadLineAsync(CancellationToken cancel)
    {
#pragma warning disable CA2000 // A read that was abandoned may still use it.
        var input = new StreamReader(StandardStreams.OpenInput(), new UTF8Encoding(false));
#pragma warning restore CA2000
        return await Task.Run(input.ReadLine, CancellationToken.None).WaitAsync(cancel);
    }

    private static int ColumnsOf(int descriptor) =>
        NativeMethods.WindowColumns(descriptor) is > 0 and var columns ? columns : DefaultColumns;

#pragma warning disable CA2000 // In use until the process ends.
    private static TextWriter Writer(Stream stream, bool ascii)
    {
        var writer = new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true };
        return TextWriter.Synchronized(ascii ? new AsciiWriter(writer) : writer);
    }
#pragma warning restore CA2000
}
