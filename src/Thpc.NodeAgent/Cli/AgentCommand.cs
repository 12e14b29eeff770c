using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>The root command with all its subcommands.</summary>
internal static class AgentCommand
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Makes this machine a working node of a Tencent Cloud HPC cluster.")
        {
            BootstrapCommand.Create(),
            StatusCommand.Create(),
            DoctorCommand.Create(),
            BundleCommand.Create(),
            HealthCommand.Create(),
            FleetCommand.Create(),
            ScriptCommand.Create(),
            StorageCommand.Create(),
            PackagesCommand.Create(),
            ImageCommand.Create(),
            ConfigCommand.Create(),
            GuardCommand.Create(),
            ScalingCommand.Create(),
            CamCommand.Create(),
            ErrorsCommand.Create(),
        };
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new Help((SynchronousCommandLineAction)help.Action!);
        root.Options.Add(GlobalOptions.ConfigOption);
        root.Options.Add(GlobalOptions.RootOption);
        root.Options.Add(GlobalOptions.VerboseOption);
        root.Options.Add(GlobalOptions.LogFormatOption);
        root.Options.Add(GlobalOptions.LanguageOption);
        return root;
    }

    /// <returns>The names of a command and its parents, such as `thpc-node-agent`, `storage`, `add`.</returns>
    public static IEnumerable<string> PathOf(SymbolResult result) =>
        result is CommandResult command ? [.. command.Parent is { } parent ? PathOf(parent) : [], command.Command.Name] : [];

    /// <summary>The text of a command's help.</summary>
    /// <param name="summary">One line of at most 60 characters, which lists of commands show.</param>
    /// <param name="details">More sentences, which only the help of the command itself shows; empty: none.</param>
    /// <param name="example">A command line.</param>
    public static string Describe(string summary, string details, string example) =>
        $"{summary}{(details.Length > 0 ? $"\n\n{details}" : "")}\n\nExample:\n  {example}";

    /// <summary>An error of the command line in one line, which names the option.</summary>
    public static string Describe(ParseError error)
    {
        // An error of an option's value belongs to the option or to its argument.
        var option = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        return option is { Tokens: [.., var token] }
            ? $"{option.Option.Name}: \"{TerminalText.Quoted(token.Value)}\" is not valid; use {option.Option.HelpName ?? "another value"}"
            : error.Message.ReplaceLineEndings(" ");
    }

    /// <summary>The first line of a description.</summary>
    public static string SummaryOf(Command command) => command.Description?.Split('\n')[0] ?? "";

    /// <summary>Help that lists commands by their summaries alone.</summary>
    private sealed class Help(SynchronousCommandLineAction inner) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            foreach (var command in parseResult.CommandResult.Command.Subcommands)
            {
                command.Description = SummaryOf(command);
            }

            return inner.Invoke(parseResult);
        }
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            TerminalOutput.WriteLine(AgentVersion.Details);
            return ExitCode.Done;
        }
    }
}
