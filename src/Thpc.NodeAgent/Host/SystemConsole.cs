using System.ComponentModel;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host;

/// <summary>The machine's console, which a cloud shows even where the network of the machine is down.</summary>
internal static class SystemConsole
{
    private const string Device = "/dev/console";
    private const string Variable = "THPC_CONSOLE_TEXT";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    // In one write(2), so that lines of others do not come in between. The text is in the environment, which only root can read.
    private const string Writer = "printf %s \"$" + Variable + "\" | dd of=\"$1\" bs=8k oflag=noctty conv=notrunc,nocreat";

    /// <summary>
    /// Writes lines to the console of the machine itself. A serial console may accept nothing (flow control, no carrier), and open(2),
    /// write(2) and close(2) then block; so a separate process writes, and is killed at a limit. A failure is ignored.
    /// </summary>
    public static async Task WriteAsync(NodeRoot root, IEnumerable<string> lines)
    {
        if (!root.IsLive)
        {
            return;
        }

        // A console that a program has set to raw mode does not add the CR itself.
        var text = string.Concat(lines.Select(line => $"{line}\r\n"));
        try
        {
            await ProgramRunner.RunAsync(
                ["sh", "-c", Writer, "sh", Device],
                Limit,
                CancellationToken.None,
                new Dictionary<string, string>(ChildProcess.PlainEnvironment) { [Variable] = text });
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            // The machine is out of processes or descriptors.
        }
    }
}
