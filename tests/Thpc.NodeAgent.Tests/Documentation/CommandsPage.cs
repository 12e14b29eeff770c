using System.CommandLine;
using System.Text;
using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.Tests.Documentation;

/// <summary>docs/commands.md from the command model.</summary>
internal static class CommandsPage
{
    public static string Write()
    {
        var text = new StringBuilder("""
            # Commands

            `scripts/docs.sh` generates this page from the command model; do not edit it. `--help` after any command prints the same.

            Results go to standard output, logs to standard error. Without a terminal all output stays under 24 KB.

            | command | does |
            |---|---|

            """);
        foreach (var command in CommandText.All)
        {
            text.Add($"| [{command.Name}](#{command.Name.Replace(' ', '-')}) | {command.Summary} |\n");
        }

        text.Append("\n## Global options\n\nEvery command has these options.\n\n");
        AppendOptions(text, CommandText.GlobalOptions);
        foreach (var command in CommandText.All)
        {
            AppendCommand(text, command);
        }

        text.Append("""

            ## JSON

            With `--json` standard output has one JSON value and nothing else. A command that fails before it has a result prints
            nothing there. [report-format.md](report-format.md#other-commands) has the fields of each command; in addition:

            | command | prints |
            |---|---|
            | `bootstrap`, `storage add`, `storage remove`, `script check`, `script run`, `packages install` | the report of the run |
            | any command with `--dry-run` | the plan: `dry_run` (true), `warnings` and `stages` |
            | `config check` | `valid`, `problems` (lines), `warnings`, `cluster_id` and `node_role` (null if it is invalid) |
            | `config init` | `file` |
            | `bundle` | `file`, `bytes` |
            | `guard` | `removed`: the mount points |

            A stage of a plan has `name`, `reason`, `warnings` and `steps`. A step has `summary`, `details` (commands and changes),
            `code` and `message`: the error that it would fail with, otherwise null.

            """);
        text.Append("\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
        foreach (var (codes, meaning) in Facts.ExitCodes)
        {
            text.Add($"| {string.Join(", ", codes)} | {meaning} |\n");
        }

        text.Append("\n## Environment\n\n");
        foreach (var (names, meaning) in Facts.Variables)
        {
            AppendItem(text, string.Join(", ", names.Select(name => $"`{name}`")), meaning);
        }

        text.Append("\n## Files\n\n");
        foreach (var (name, meaning) in Facts.Files)
        {
            AppendItem(text, $"`{name}`", meaning);
        }

        return text.ToString();
    }

    private static void AppendCommand(StringBuilder text, CommandText command)
    {
        text.Add($"\n## {command.Name}\n\n{Wrapped.Paragraph(command.Summary)}");
        if (command.Details.Length > 0)
        {
            text.Add($"\n{Wrapped.Paragraph(command.Details)}");
        }

        text.Add($"\n```text\nthpc-node-agent {command.Usage} [options]\n```\n\n");
        foreach (var argument in command.Command.Arguments)
        {
            AppendItem(text, $"`{argument.Name}`", argument.Description!);
        }

        AppendOptions(text, command.Command.Options);
        text.Add($"{(command.Command.Arguments.Count + command.Command.Options.Count > 0 ? "\n" : "")}Example:\n\n```sh\n");
        text.AppendJoin('\n', command.Examples).Append("\n```\n");
    }

    private static void AppendOptions(StringBuilder text, IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            AppendItem(text, $"`{HelpText.Head(option)}`", HelpText.Describe(option));
        }
    }

    private static void AppendItem(StringBuilder text, string name, string meaning) =>
        text.Append(Wrapped.Paragraph($"{name}: {meaning}", "- ", "  "));
}
