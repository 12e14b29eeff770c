using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>The systemd jobs that a command waits for: those of some units, or all jobs of the boot.</summary>
/// <param name="Units">As written in the command: maybe without suffix, an alias or a pattern.</param>
/// <param name="BootEnd">The command waits for all jobs of the boot.</param>
internal sealed record SystemdWait(IReadOnlyList<string> Units, bool BootEnd = false)
{
    // Verbs that start a unit: a start waits for all units that it is ordered after, a stop does not.
    private static readonly string[] StartVerbs =
    [
        "start", "restart", "try-restart", "condrestart", "reload", "force-reload", "reload-or-restart", "try-reload-or-restart",
        "reload-or-try-restart", "isolate",
    ];

    private static readonly string[] OptionsWithValue =
    [
        "-t", "--type", "-p", "--property", "-P", "-H", "--host", "-M", "--machine", "-n", "--lines", "-o", "--output", "-s", "--signal",
        "--root", "--state", "--job-mode", "--kill-who", "--kill-whom", "--preset-mode", "--timestamp", "--what", "--check-inhibitors",
        "--message", "--image",
    ];

    // With these options systemctl does not wait, or talks to another manager.
    private static readonly string[] OptionsWithoutWait =
        ["--no-block", "--user", "--global", "--host", "-H", "--machine", "-M", "--root", "--image", "--help", "-h", "--version"];

    /// <param name="words">A program and its arguments, from /proc/PID/cmdline or a script's line.</param>
    /// <returns>Null if the command does not wait for a unit that could be ordered after the agent's.</returns>
    public static SystemdWait? Parse(IReadOnlyList<string> words)
    {
        // For a script, the first word is its interpreter.
        string[] command = words.Count > 1 && IsInterpreter(TreePath.Name(words[0])) ? [.. words.Skip(1)] : [.. words];
        return command.Length == 0 ? null : TreePath.Name(command[0]) switch
        {
            "systemctl" => OfSystemctl(command[1..]),
            "cloud-init" when command.Contains("status") && (command.Contains("--wait") || command.Contains("-w")) =>
                new SystemdWait(["cloud-final.service"]),
            _ => null,
        };
    }

    private static bool IsInterpreter(string program) =>
        program is "sh" or "bash" or "perl" || program.StartsWith("python", StringComparison.Ordinal);

    private static SystemdWait? OfSystemctl(string[] arguments)
    {
        List<string> plain = [];
        List<string> options = [];
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--")
            {
                plain.AddRange(arguments[(i + 1)..]);
                break;
            }

            if (arguments[i].StartsWith('-') && arguments[i].Length > 1)
            {
                options.Add(arguments[i].Split('=')[0]);
                i += OptionsWithValue.Contains(arguments[i]) ? 1 : 0;
            }
            else
            {
                plain.Add(arguments[i]);
            }
        }

        return plain.Count == 0 || options.Exists(option => OptionsWithoutWait.Contains(option)) ? null : plain[0] switch
        {
            "is-system-running" => options.Contains("--wait") ? new SystemdWait([], BootEnd: true) : null,
            "default" => new SystemdWait(["default.target"]),
            "enable" or "reenable" when !options.Contains("--now") => null,
            "enable" or "reenable" => new SystemdWait(plain[1..]),
            var verb when StartVerbs.Contains(verb) && plain.Count > 1 => new SystemdWait(plain[1..]),
            _ => null,
        };
    }
}
