using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>
/// Writes text to standard output and standard error. Texts of scripts, servers, file names and reports cannot move the cursor, change
/// colours or reorder a line, because every text is made printable here.
/// </summary>
internal static class TerminalOutput
{
    public static void Write(string text) => Console.Out.Write(TerminalText.Printable(text));

    public static void WriteLine(string line) => Console.Out.WriteLine(TerminalText.Printable(line));

    public static void WriteError(string text) => Console.Error.Write(TerminalText.Printable(text));

    public static void WriteErrorLine(string line) => Console.Error.WriteLine(TerminalText.Printable(line));

    public static void Warn(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
        {
            WriteErrorLine($"thpc-node-agent: warning: {warning}");
        }
    }

    /// <param name="drawing">Has escape sequences for colours; the other text in it is printable already.</param>
    public static void WriteColored(string drawing) => Console.Out.Write(drawing);
}
