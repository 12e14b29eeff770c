using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Checks a shell script's lines without holding them.</summary>
internal static class ShellText
{
    private const int BufferBytes = 65536;

    /// <exception cref="AgentException">SCRIPT_BAD_FORMAT with the number of the first line that ends with CRLF.</exception>
    public static void RefuseCrLf(Stream content, string name)
    {
        if (FirstCrLf(content) is { } line)
        {
            throw new AgentException(
                ErrorCode.ScriptBadFormat,
                $"{name} has CRLF line ends, the first in line {line}: the shell would take each carriage return as part of the last word");
        }
    }

    /// <summary>
    /// The number of the first line that ends with CRLF; null where there is none. A line with binary control characters ends the text:
    /// what follows in a self-extracting archive is its payload.
    /// </summary>
    public static long? FirstCrLf(Stream content)
    {
        var buffer = new byte[BufferBytes];
        var line = 1L;
        var afterReturn = false;
        for (int count; (count = content.Read(buffer)) > 0;)
        {
            foreach (var b in buffer.AsSpan(0, count))
            {
                if (b == '\n')
                {
                    if (afterReturn)
                    {
                        return line;
                    }

                    line++;
                }
                else if (IsBinary(b))
                {
                    return null;
                }

                afterReturn = b == '\r';
            }
        }

        return null;
    }

    // Bell to carriage return and escape occur in text: tabs, line and page ends, colours.
    private static bool IsBinary(byte b) => b is < 0x07 or (> 0x0D and < 0x20 and not 0x1B) or 0x7F;
}
