using System.CommandLine;
using System.Text;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Cli;

namespace Thpc.NodeAgent.Tests.Documentation;

/// <summary>The man page, in the macros of mdoc(7), from the command model.</summary>
internal static partial class ManPage
{
    private const string ListStart = ".Bl -tag -width Ds\n";
    private const string ListEnd = ".El\n";

    public static string Write()
    {
        var text = new StringBuilder("""
            .\" scripts/docs.sh generates this page from the command model; do not edit it.
            .Dd November 29, 2026
            .Dt THPC-NODE-AGENT 8
            .Os
            .Sh NAME
            .Nm thpc-node-agent
            .Nd make a machine a node of a Tencent Cloud HPC cluster
            .Sh SYNOPSIS
            .Nm
            .Ar command
            .Op Ar subcommand
            .Op Ar options
            .Sh DESCRIPTION
            .Nm
            makes a new cloud machine a working node of a Tencent Cloud HPC cluster (THPC).
            It installs missing packages, runs the init scripts of the cluster from COS,
            mounts
            .Pa /opt
            and the storage of the cluster, writes
            .Xr fstab 5
            and reports the result.
            Every wait has a limit.
            It does only what is missing, so it can run at every boot.
            After it was killed, the next run continues.
            .Pp
            Results go to standard output, logs to standard error.
            Without a terminal all output stays under 24 KB.
            .Ss Global options
            Every command has these options.

            """);
        AppendOptions(text, CommandText.GlobalOptions);
        text.Append(".Sh COMMANDS\n");
        foreach (var command in CommandText.All)
        {
            AppendCommand(text, command);
        }

        text.Append(".Sh ENVIRONMENT\n").Append(ListStart);
        foreach (var (names, meaning) in Facts.Variables)
        {
            text.Add($".It Ev {string.Join(" , ", names)}\n{Sentences(meaning)}");
        }

        text.Append(ListEnd).Append(".Sh FILES\n").Append(ListStart);
        foreach (var (name, meaning) in Facts.Files)
        {
            text.Add($".It Pa {name}\n{Sentences(meaning)}");
        }

        text.Append(ListEnd).Append(".Sh EXIT STATUS\n").Append(ListStart);
        foreach (var (codes, meaning) in Facts.ExitCodes)
        {
            text.Add($".It {string.Join(" , ", codes)}\n{Sentences(meaning)}");
        }

        text.Append(ListEnd).Append(".Sh EXAMPLES\nFrom the configuration of a node to its first run:\n");
        AppendCode(text, Facts.FirstRun);
        return text.Append("""
            .Sh DIAGNOSTICS
            Every error has a code, a message and a hint: what to do next.
            .Nm
            .Cm errors Ar CODE
            explains a code; so does
            .Pa /usr/share/doc/thpc-node-agent/docs/errors.md .
            .Sh SEE ALSO
            .Xr fstab 5 ,
            .Xr nfs 5 ,
            .Xr systemd.unit 5 ,
            .Xr mount 8

            """).ToString();
    }

    private static void AppendCommand(StringBuilder text, CommandText command)
    {
        var arguments = command.Command.Arguments.Select(argument =>
            $"{(argument.Arity.MinimumNumberOfValues == 0 ? " Op" : "")} Ar {argument.Name}");
        text.Add($".Ss {command.Name}{string.Concat(arguments)}\n").Append(Sentences(command.Summary)).Append(Sentences(command.Details));
        foreach (var argument in command.Command.Arguments)
        {
            text.Add($".Pp\n.Ar {argument.Name} :\n{Sentences(argument.Description!)}");
        }

        AppendOptions(text, command.Command.Options);
        text.Append(command.Command.Options.Count > 0 ? "" : ".Pp\n").Append("Example:\n");
        AppendCode(text, command.Examples);
    }

    private static void AppendOptions(StringBuilder text, IEnumerable<Option> given)
    {
        List<Option> options = [.. given];
        if (options.Count == 0)
        {
            return;
        }

        text.Append(ListStart);
        foreach (var option in options)
        {
            var names = option.Aliases.Where(alias => alias.StartsWith('-')).Order(StringComparer.Ordinal).Append(option.Name)
                .Select(name => name == "-?" ? @"\&?" : name[1..]);
            var value = option.HelpName is { } name ? $" Ar {Escape(name).Replace("|", " | ", StringComparison.Ordinal)}" : "";
            text.Add($".It Fl {string.Join(" , ", names)}{value}\n{Sentences(HelpText.Describe(option))}");
        }

        text.Append(ListEnd);
    }

    private static void AppendCode(StringBuilder text, IEnumerable<string> lines) =>
        text.Append(".Bd -literal -offset indent\n")
            .AppendJoin('\n', lines.Select(line => line.Replace("\\", "\\e", StringComparison.Ordinal)))
            .Append("\n.Ed\n");

    /// <summary>Each sentence on a line of its own, as mdoc wants it; code in bold.</summary>
    private static string Sentences(string text) => string.Concat(SentenceEndPattern().Split(text).Where(sentence => sentence.Length > 0)
        .Select(sentence => Wrapped.Paragraph(CodePattern().Replace(Escape(sentence), @"\fB$1\fP"), width: 78))
        .SelectMany(lines => lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        .Select(line => $"{(line[0] is '.' or '\'' ? @"\&" : "")}{line}\n"));

    private static string Escape(string text) =>
        text.Replace("\\", "\\e", StringComparison.Ordinal).Replace("\"", "\\(dq", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<=[A-Za-z0-9)`]\.) (?=[A-Z`])")]
    private static partial Regex SentenceEndPattern();

    [GeneratedRegex("`([^`]*)`")]
    private static partial Regex CodePattern();
}
