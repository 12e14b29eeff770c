using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>The first line of a script: which program runs it, and the one argument that the kernel would give it (execve(2)).</summary>
internal sealed record Shebang(string Interpreter, string? Argument)
{
    // The kernel reads no more than 256 bytes of the line.
    private const int MaxBytes = 256;

    private static readonly string[] Shells = ["sh", "bash", "dash", "ksh", "ksh93", "mksh", "zsh", "ash"];

    /// <summary>Vets the start of a file.</summary>
    /// <param name="content">At least the first 256 bytes, or all there are.</param>
    /// <param name="name">The script's, for messages.</param>
    /// <exception cref="AgentException">SCRIPT_NO_SHEBANG or SCRIPT_BAD_FORMAT, with what the file begins with.</exception>
    public static Shebang Parse(ReadOnlySpan<byte> content, string name)
    {
        if (ByteOrderMark(content) is { } mark)
        {
            throw new AgentException(ErrorCode.ScriptBadFormat, $"{name} begins with a {mark} byte-order mark, so its first line is no `#!/`");
        }

        if (!content.StartsWith("#!/"u8))
        {
            throw new AgentException(ErrorCode.ScriptNoShebang, $"{name} does not begin with `#!/`: {Start(content)}");
        }

        var end = content.IndexOf((byte)'\n');
        if ((end < 0 ? content.Length : end) >= MaxBytes)
        {
            throw new AgentException(ErrorCode.ScriptBadFormat, $"{name}: its first line is longer than the {MaxBytes} bytes that Linux reads of it");
        }

        var line = end < 0 ? content[2..] : content[2..end];
        if (line.Contains((byte)'\r'))
        {
            throw new AgentException(ErrorCode.ScriptBadFormat, $"{name} has CRLF line ends: its interpreter would be \"{OutputText.OneLine(Encoding.UTF8.GetString(line[..line.IndexOf((byte)'\r')]))}\\r\"");
        }

        if (line.Contains((byte)0))
        {
            throw new AgentException(ErrorCode.ScriptBadFormat, $"{name}: its first line has a NUL byte: {Start(content)}");
        }

        var words = Encoding.UTF8.GetString(line).Trim(' ', '\t');
        var space = words.AsSpan().IndexOfAny(' ', '\t');
        return space < 0 ? new Shebang(words, null) : new Shebang(words[..space], words[space..].Trim(' ', '\t'));
    }

    /// <summary>The command line that runs a script, as the kernel would make it.</summary>
    public IReadOnlyList<string> CommandLine(string script) => Argument is null ? [Interpreter, script] : [Interpreter, Argument, script];

    /// <summary>
    /// The program that `env` would look for; null where the interpreter is not env, or only env itself can say. Without -S the
    /// whole argument is one name, blanks included (env(1)).
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

    /// <summary>Whether a shell of the Bourne family runs it, directly, by env or by busybox.</summary>
    public bool IsShell
    {
        get
        {
            var program = Path.GetFileName(EnvProgram ?? Interpreter);
            return Shells.Contains(program == "busybox" ? Argument?.Split(' ', '\t')[0] : program);
        }
    }

    /// <exception cref="AgentException">SCRIPT_INTERPRETER_MISSING: this machine has no such program.</exception>
    public void RequireInterpreter(string name)
    {
        if (!ProgramFinder.IsExecutable(Interpreter))
        {
            throw new AgentException(ErrorCode.ScriptInterpreterMissing, $"{name} wants {OutputText.OneLine(Interpreter)}, which is not on this node or cannot be executed");
        }

        if (EnvProgram is { } program && !program.Contains('/', StringComparison.Ordinal) && ProgramFinder.Find(new NodeRoot("/"), program) is null)
        {
            throw new AgentException(ErrorCode.ScriptInterpreterMissing, $"{name} wants `{OutputText.OneLine(program)}` by env, which is in none of {ProgramFinder.SearchPath}{(program.Contains(' ', StringComparison.Ordinal) ? " (all of it is one name: `env -S` would split it)" : "")}");
        }
    }

    private static string? ByteOrderMark(ReadOnlySpan<byte> content) =>
        content.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? "UTF-8"
        : content.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || content.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) ? "UTF-16"
        : null;

    private static string Start(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty)
        {
            return "it is empty";
        }

        var start = content[..Math.Min(40, content.Length)];
        var text = new StringBuilder("it begins with \"");
        foreach (var b in start)
        {
            text.Append(b is >= 0x20 and < 0x7F ? ((char)b).ToString() : b == '\n' ? "\\n" : $"\\x{b:x2}");
        }

        return text.Append('"').ToString();
    }
}
