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

    /// <summary>Writes sentences: on a terminal, lines that are too long for it are broken between words.</summary>
    public static void WriteSentences(string text) => Write(Reflow(text, Terminal.Columns));

    /// <summary>The same on standard error.</summary>
    public static void WriteErrorSentences(string text) => WriteError(Reflow(text, Terminal.ErrorColumns));

    public static void WriteError(string text) => Console.Error.Write(TerminalText.Printable(text));

    public static void WriteErrorLine(string line) => Console.Error.WriteLine(TerminalText.Printable(line));

    /// <summary>Writes a line for a completion script: the word, a tab, the description.</summary>
    public static void WriteCompletion(string word, string description) =>
        Console.Out.WriteLine($"{TerminalText.OneLine(word)}\t{TerminalText.OneLine(description)}");

    public static void Warn(IEnumerable<string> warnings)
    {
        foreach (var warning in warnings)
        {
            WriteErrorLine($"thpc-node-agent: warning: {warning}");
        }
    }

    /// <param name="drawing">Has escape sequences for colours; the other text in it is printable already.</param>
    public static void WriteColored(string drawing) => Console.Out.Write(drawing);

    private static string Reflow(string text, int? columns) =>
        string.Join('\n', text.Split('\n').SelectMany(line => TerminalText.Reflow(line, columns)));
}
