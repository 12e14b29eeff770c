using System.Diagnostics;
using System.Text;

namespace Thpc.NodeAgent.SystemTests.Helpers;

/// <summary>A real terminal (a pty), on which the executable runs.</summary>
internal static class TestTerminal
{
    private const string Script = """
        import fcntl, os, pty, struct, sys, termios
        columns, variables, answers, *command = sys.argv[1:]
        answers = answers.split("|") if answers else []
        child, terminal = pty.fork()
        if child == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, int(columns), 0, 0))
            os.execve(command[0], command, {"TERM": "xterm"} | dict(pair.split("=", 1) for pair in variables.split()))
        printed = b""
        try:
            while chunk := os.read(terminal, 65536):
                printed += chunk
                if printed.endswith((b": ", b"N] ")) and answers:
                    answer = answers.pop(0)
                    os.write(terminal, (answer if answer == "\x04" else answer + "\n").encode())
        except OSError:
            pass
        sys.stdout.buffer.write(printed)
        """;

    /// <summary>Runs the executable on a terminal of this width, and types an answer after each question.</summary>
    /// <param name="variables">Environment variables, NAME=VALUE, separated by blanks.</param>
    /// <param name="answers">Each is followed by Enter, but for Ctrl-D.</param>
    /// <returns>What the terminal shows, answers included.</returns>
    public static async Task<string> RunAsync(
        TemporaryNode node, string command, int columns = 80, string variables = "", params string[] answers)
    {
        var start = new ProcessStartInfo(
            "python3",
            [
                "-c", Script, $"{columns}", variables, string.Join('|', answers), Agent.Executable, .. command.Split(' '),
                "--root", node.Directory,
            ])
        {
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        using var process = Process.Start(start)!;
        var printed = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return printed;
    }
}
