using System.Text;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>
/// Finds lines of a shell script that wait for a unit which systemd starts only after the agent's unit. It is a simple line-by-line check
/// that does not evaluate variables or quoted commands.
/// </summary>
internal static partial class DeadlockLint
{
    private const int MaxCommandLength = 80;

    // The units in Before= of the agent's unit, the last targets of the boot, which want that unit, and units ordered after them.
    private static readonly string[] LaterUnits =
    [
        "slurmd.service", "slurmctld.service", "slurmdbd.service", "slurmrestd.service", "sackd.service", "thpc-node-agent.service",
        "multi-user.target", "graphical.target", "default.target", "runlevel3.target", "runlevel5.target",
        "cloud-final.service", "cloud-init.target",
    ];

    // Words that may precede a command.
    private static readonly string[] Prefixes =
    [
        "if", "then", "else", "elif", "while", "until", "do", "!", "{", "(",
        "time", "sudo", "env", "exec", "command", "builtin", "nohup", "setsid", "nice",
    ];

    /// <returns>A sentence with the line number for each such command.</returns>
    public static IEnumerable<string> Find(IEnumerable<string> lines)
    {
        foreach (var (number, line) in LogicalLines(lines))
        {
            foreach (var words in Commands(line))
            {
                var command = TerminalText.Cut(string.Join(' ', words), MaxCommandLength);
                if (SystemdWait.Parse(AsSystemctl(words)) is not { } wait)
                {
                    continue;
                }

                if (wait.BootEnd)
                {
                    yield return $"line {number}: `{command}` waits for the end of the boot, but the boot waits for this script: "
                        + "remove it, or start the units with `systemctl --no-block`";
                }
                else if (wait.Units.Select(WithSuffix).FirstOrDefault(LaterUnits.Contains) is { } unit)
                {
                    yield return $"line {number}: `{command}` waits for {unit}, which starts after the agent's unit: "
                        + "at boot, neither can finish; use `systemctl --no-block`";
                }
            }
        }
    }

    /// <summary>Joins continued lines and skips here-documents.</summary>
    private static IEnumerable<(int Number, string Text)> LogicalLines(IEnumerable<string> lines)
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
                // The payload of a self-extracting archive.
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

    /// <summary>Splits a line into commands and these into words; omits commands that run in the background.</summary>
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

                // A command before a single `&` runs in the background.
                if (WithoutPrefixes(words) is { Count: > 0 } command && (c != '&' || next == '&'))
                {
                    yield return command;
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
        if (WithoutPrefixes(words) is { Count: > 0 } last)
        {
            yield return last;
        }
    }

    /// <summary>Removes prefixes, their options and variable assignments before the command.</summary>
    private static List<string> WithoutPrefixes(List<string> words)
    {
        var prefixed = false;
        bool IsPrefix(string word)
        {
            prefixed |= Prefixes.Contains(word);
            return Prefixes.Contains(word) || AssignmentPattern().IsMatch(word) || (prefixed && word.StartsWith('-'));
        }

        return [.. words.SkipWhile(IsPrefix)];
    }

    /// <summary>Translates `service`, `invoke-rc.d` and init scripts into the equivalent systemctl command.</summary>
    private static IReadOnlyList<string> AsSystemctl(IReadOnlyList<string> words) => words switch
    {
        [var program, var name, var action, ..] when TreePath.Name(program) is "service" or "invoke-rc.d" => ["systemctl", action, name],
        [var program, var action, ..] when InitScriptPattern().Match(program) is { Success: true } match =>
            ["systemctl", action, match.Groups["name"].Value],
        _ => words,
    };

    private static string WithSuffix(string unit) =>
        unit.EndsWith(".service", StringComparison.Ordinal) || unit.EndsWith(".target", StringComparison.Ordinal)
            ? unit
            : unit + ".service";

    [GeneratedRegex(@"<<-?\s*[""'\\]?(?<end>\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex DocumentPattern();

    [GeneratedRegex(@"^\w+=")]
    private static partial Regex AssignmentPattern();

    [GeneratedRegex(@"^/etc/(rc\.d/)?init\.d/(?<name>[\w.@-]+)\z", RegexOptions.ExplicitCapture)]
    private static partial Regex InitScriptPattern();
}
