using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Checks the line endings of a shell script, without loading it into memory.</summary>
internal static class ShellText
{
    private const int BufferBytes = 65536;

    /// <exception cref="AgentException">SCRIPT_BAD_FORMAT: a line ends with CRLF; the message names the first one.</exception>
    public static void RequireNoCrLf(Stream content, string name)
    {
        if (FirstCrLf(content) is { } line)
        {
            throw new AgentException(
                ErrorCode.ScriptBadFormat,
                Messages.CrLf(name, $"{line}"));
        }
    }

    /// <summary>
    /// The number of the first line that ends with CRLF, from 1; null where there is none. A line with binary control characters ends the
    /// check, because the payload of a self-extracting archive starts there.
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

    // Text may contain 0x07-0x0D (bell, tab, line feed, form feed, carriage return ...) and escape (colours).
    private static bool IsBinary(byte b) => b is < 0x07 or (> 0x0D and < 0x20 and not 0x1B) or 0x7F;
}
