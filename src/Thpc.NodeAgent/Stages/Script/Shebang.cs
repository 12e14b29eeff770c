using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>The first line of a script: its interpreter and the one argument that the kernel passes to it (execve(2)).</summary>
internal sealed record Shebang(string Interpreter, string? Argument)
{
    // The kernel reads at most 256 bytes of the line.
    private const int MaxBytes = 256;

    private static readonly string[] Shells = ["sh", "bash", "dash", "ksh", "ksh93", "mksh", "zsh", "ash"];

    /// <summary>Parses and validates the start of a script.</summary>
    /// <param name="content">At least the first 256 bytes, or the whole file if it is shorter.</param>
    /// <param name="name">Name of the script, for messages.</param>
    /// <exception cref="AgentException">SCRIPT_NO_SHEBANG or SCRIPT_BAD_FORMAT; the message shows how the file begins.</exception>
    public static Shebang Parse(ReadOnlySpan<byte> content, string name)
    {
        if (ByteOrderMark(content) is { } mark)
        {
            throw new AgentException(ErrorCode.ScriptBadFormat, Messages.ByteOrderMark(name, mark));
        }

        if (!content.StartsWith("#!/"u8))
        {
            throw new AgentException(ErrorCode.ScriptNoShebang, Messages.NoShebang(name, Start(content)));
        }

        var end = content.IndexOf((byte)'\n');
        if ((end < 0 ? content.Length : end) >= MaxBytes)
        {
            throw new AgentException(ErrorCode.ScriptBadFormat, Messages.LineTooLong(name, MaxBytes));
        }

        var line = end < 0 ? content[2..] : content[2..end];
        if (line.Contains((byte)'\r'))
        {
            var interpreter = TerminalText.OneLine(Encoding.UTF8.GetString(line[..line.IndexOf((byte)'\r')]));
            throw new AgentException(ErrorCode.ScriptBadFormat, Messages.CrLfInterpreter(name, interpreter));
        }

        if (line.Contains((byte)0))
        {
            throw new AgentException(ErrorCode.ScriptBadFormat, Messages.NulByte(name, Start(content)));
        }

        var words = Encoding.UTF8.GetString(line).Trim(' ', '\t');
        var space = words.AsSpan().IndexOfAny(' ', '\t');
        return space < 0 ? new Shebang(words, null) : new Shebang(words[..space], words[space..].Trim(' ', '\t'));
    }

    /// <summary>The command line that the kernel would build to run a script.</summary>
    public IReadOnlyList<string> CommandLine(string script) => Argument is null ? [Interpreter, script] : [Interpreter, Argument, script];

    /// <summary>
    /// The program that `env` would run; null where the interpreter is not env, or where the argument is too complex to parse here.
    /// Without -S, the whole argument is one name, including blanks (env(1)).
    /// </summary>
    public string? EnvProgram
    {
        get
        {
            if (Path.GetFileName(Interpreter) != "env" || Argument is null)
            {
                return null;
            }

            if (!Argument.StartsWith('-'))
            {
                return Argument.Contains('=', StringComparison.Ordinal) ? null : Argument;
            }

            const string Split = "-S";
            var words = Argument.StartsWith(Split, StringComparison.Ordinal) && Argument.AsSpan().IndexOfAny("\"'\\$") < 0
                ? Argument[Split.Length..].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
                : [];
            var program = Array.Find(words, word => word is not ("-" or "-i") && !word.Contains('=', StringComparison.Ordinal));
            return program is null || program.StartsWith('-') ? null : program;
        }
    }

    /// <summary>Whether the interpreter is a Bourne-like shell, directly or through env or busybox.</summary>
    public bool IsShell
    {
        get
        {
            var program = Path.GetFileName(EnvProgram ?? Interpreter);
            return Shells.Contains(program == "busybox" ? Argument?.Split(' ', '\t')[0] : program);
        }
    }

    /// <exception cref="AgentException">SCRIPT_INTERPRETER_MISSING: this machine does not have the interpreter.</exception>
    public void RequireInterpreter(string name)
    {
        if (!ProgramFinder.IsExecutable(Interpreter))
        {
            throw new AgentException(
                ErrorCode.ScriptInterpreterMissing, Messages.NoInterpreter(name, TerminalText.OneLine(Interpreter)));
        }

        if (EnvProgram is { } program && !program.Contains('/', StringComparison.Ordinal)
            && ProgramFinder.Find(new NodeRoot("/"), program) is null)
        {
            var note = program.Contains(' ', StringComparison.Ordinal) ? Messages.OneName : "";
            throw new AgentException(
                ErrorCode.ScriptInterpreterMissing,
                Messages.NotFoundByEnv(name, TerminalText.OneLine(program), ProgramFinder.SearchPath) + note);
        }
    }

    private static string? ByteOrderMark(ReadOnlySpan<byte> content) =>
        content.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? "UTF-8"
        : content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? "UTF-16"
        : null;

    private static LocalizedText Start(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
        {
            return Messages.Empty;
        }

        var start = content[..Math.Min(40, content.Length)];
        var text = new StringBuilder();
        foreach (var b in start)
        {
            text.Append(b is >= 0x20 and < 0x7F ? ((char)b).ToString() : b == '\n' ? "\\n" : $"\\x{b:x2}");
        }

        return Messages.BeginsWith(text.ToString());
    }
}
