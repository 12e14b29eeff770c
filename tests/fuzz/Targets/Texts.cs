using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Fuzz.Targets;

internal static class Texts
{
    /// <summary>As a file with these bytes would be read.</summary>
    public static string Of(byte[] input)
    {
        using var reader = new StreamReader(new MemoryStream(input));
        return reader.ReadToEnd();
    }

    /// <summary>Each names a line of one of these files, or a flag, and is one line.</summary>
    public static void AreComplaints(IEnumerable<string> lines, params ReadOnlySpan<string> files)
    {
        foreach (var line in lines)
        {
            Contract.IsOneLine(line);
            Contract.Holds(HasOrigin(line, files), $"a diagnostic names its line: {TerminalText.Quoted(line)}");
        }
    }

    private static bool HasOrigin(string line, ReadOnlySpan<string> files)
    {
        foreach (var file in files)
        {
            if (line.StartsWith(file + ":", StringComparison.Ordinal) && char.IsAsciiDigit(line.ElementAtOrDefault(file.Length + 1)))
            {
                return true;
            }
        }

        return false;
    }
}
