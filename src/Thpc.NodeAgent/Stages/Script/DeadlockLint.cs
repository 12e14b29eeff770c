using System.Text;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>
/// Finds the lines of a shell script that wait for a unit which systemd starts only after the agent's own. It reads a script as a person
/// does, line by line, and does not know what a variable holds or what a quoted command is for.
/// </summary>
internal static partial class DeadlockLint
{
    private const int MaxCommand = 80;

    // Those that the agent's unit names in Before=, the boot's last targets, which want that unit, and what is ordered after them.
    private static readonly string[] LaterUnits =
    [
        "slurmd.service", "slurmctld.service", "slurmdbd.service", "slurmrestd.service", "sackd.service", "thpc-node-agent.service",
        "multi-user.target", "graphical.target", "default.target", "runlevel3.target", "runlevel5.target",
        "cloud-final.service", "cloud-init.target",
    ];

    // Words before the command that runs.
    private static readonly string[] Prefixes =
    [
        "if", "then", "else", "elif", "while", "until", "do", "!", "{", "(",
        "time", "sudo", "env", "exec", "command", "builtin", "nohup", "setsid", "nice",
    ];

    /// <returns>A sentence for each such call, with its line.</returns>
    public static IEnumerable<string> Find(IEnumerable<string> lines)
    {
        foreach (var (number, line) in Logical(lines))
        {
            foreach (var words in Commands(line))
            {
                var command = string.Join(' ', words);
                command = OutputText.OneLine(command.Length > MaxCommand ? command[..MaxCommand] + "…" : command);
                if (SystemdWait.Parse(AsSystemctl(words)) is not { } wait)
                {
                    continue;
                }

                if (wait.BootEnd)
                {
                    yield return $"line {number}: `{command}` waits for the end of the boot, which waits for this script at boot: "
                        + "remove it, or start what follows by `systemctl --no-block`";
                }
                else if (wait.Units.Select(WithSuffix).FirstOrDefault(LaterUnits.Contains) is { } unit)
                {
                    yield return $"line {number}: `{command}` waits for {unit}, which starts after the agent's unit: "
                        + "at boot neither ends; use `systemctl --no-block`";
                }
            }
        }
    }

    /// <summary>Lines with those that continue them, without what they hand to a command as a document.</summary>
    private static IEnumerable<(int Number, string Text)> Logical(IEnumerable<string> lines)
    {
        var text = new StringBuilder();
        string? documentEnd = null;
        var first = 1;
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (line.Contains('\0', StringComparison.Ordinal))
            {
                // The payload of an archive that unpacks itself.
                yield break;
            }

            if (documentEnd is not null)
            {
                documentEnd = line.Trim() == documentEnd ? null : documentEnd;
                first = number + 1;
                continue;
            }

            if (line.EndsWith('\\'))
            {
                text.Append(line, 0, line.Length - 1).Append(' ');
                continue;
            }

            text.Append(line);
            yield return (first, text.ToString());
            documentEnd = DocumentPattern().Match(text.ToString()) is { Success: true } match ? match.Groups["end"].Value : null;
            text.Clear();
            first = number + 1;
        }
    }

    /// <summary>The words of each command of a line that the shell waits for.</summary>
    private static IEnumerable<IReadOnlyList<string>> Commands(string line)
    {
        List<string> words = [];
        var word = new StringBuilder();
        var quote = '\0';
        void EndWord()
        {
            if (word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            var next = i + 1 < line.Length ? line[i + 1] : '\0';
            if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c);
                }
            }
            else if (c is '\'' or '"')
            {
                quote = c;
            }
            else if (c == '#' && word.Length == 0)
            {
                break;
            }
            else if (char.IsWhiteSpace(c))
            {
                EndWord();
            }
            else if (c is ';' or '|' or '(' or ')' or '`' || (c == '&' && next != '>' && !(word.Length > 0 && word[^1] is '>' or '<')))
            {
                EndWord();

                // What one `&` ends runs beside the script; what two end does not.
                if (Plain(words) is { Count: > 0 } plain && (c != '&' || next == '&'))
                {
                    yield return plain;
                }

                words = [];
                i += next == c ? 1 : 0;
            }
            else
            {
                word.Append(c);
            }
        }

        EndWord();
        if (Plain(words) is { Count: > 0 } last)
        {
            yield return last;
        }
    }

    /// <summary>Without what stands before the command.</summary>
    private static List<string> Plain(List<string> words)
    {
        var prefixed = false;
        bool IsBefore(string word)
        {
            prefixed |= Prefixes.Contains(word);
            return Prefixes.Contains(word) || AssignmentPattern().IsMatch(word) || (prefixed && word.StartsWith('-'));
        }

        return [.. words.SkipWhile(IsBefore)];
    }

    /// <summary>The call of systemctl that an older command makes of itself.</summary>
    private static IReadOnlyList<string> AsSystemctl(IReadOnlyList<string> words) => words switch
    {
        [var program, var name, var action, ..] when TreePath.Name(program) is "service" or "invoke-rc.d" => ["systemctl", action, name],
        [var program, var action, ..] when InitScriptPattern().Match(program) is { Success: true } match =>
            ["systemctl", action, match.Groups["name"].Value],
        _ => words,
    };

    private static string WithSuffix(string unit) =>
        unit.EndsWith(".service", StringComparison.Ordinal) || unit.EndsWith(".target", StringComparison.Ordinal) ? unit : unit + ".service";

    [GeneratedRegex(@"<<-?\s*[""'\\]?(?<end>\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex DocumentPattern();

    [GeneratedRegex(@"^\w+=")]
    private static partial Regex AssignmentPattern();

    [GeneratedRegex(@"^/etc/(rc\.d/)?init\.d/(?<name>[\w.@-]+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex InitScriptPattern();
}
