using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Thpc.NodeAgent.Cli;

/// <summary>The root command with all its subcommands.</summary>
internal static class AgentCommand
{
    private const string Name = "thpc-node-agent";

    // The help lists them in this order. A command that is missing here is not listed: a test compares.
    private static readonly (string Title, string[] Names)[] Groups =
    [
        ("Set up this node", ["bootstrap", "config", "packages", "script", "storage"]),
        ("Look at this node", ["status", "doctor", "health", "bundle", "errors"]),
        ("Prepare images", ["image", "guard"]),
        ("Operate a cluster", ["fleet", "scaling", "cam"]),
        ("Use the command line", ["help", "completion"]),
    ];

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
            HelpCommand.Create(),
            CompletionCommand.Create(),
        };
        // Completion has its own words, see CompletionCommand.
        root.Directives.Clear();
        var version = root.Options.OfType<VersionOption>().Single();
        version.Action = new PrintVersion();
        version.Description = "print the version";
        version.Aliases.Add("-V");
        version.Recursive = true;
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpCommand.Action();
        help.Description = "explain the command";
        root.Options.Add(GlobalOptions.ConfigOption);
        root.Options.Add(GlobalOptions.RootOption);
        root.Options.Add(GlobalOptions.VerboseOption);
        root.Options.Add(GlobalOptions.LogFormatOption);
        root.Options.Add(GlobalOptions.LanguageOption);
        RefuseOptionsAsArguments(root);
        return root;
    }

    /// <summary>The commands of the root by purpose.</summary>
    public static IEnumerable<CommandGroup> GroupsOf(RootCommand root)
    {
        foreach (var (title, names) in Groups)
        {
            yield return new CommandGroup(
                title, [.. names.SelectMany(name => root.Subcommands.Where(command => command.Name == name))]);
        }
    }

    /// <returns>A command and its parents, the root first.</returns>
    public static IReadOnlyList<Command> PathOf(CommandResult result) =>
        [.. result.Parent is CommandResult parent ? PathOf(parent) : [], result.Command];

    /// <returns>The words that run a command, such as "thpc-node-agent storage add"; the executable's file may have another name.</returns>
    /// <param name="path">The commands from the root on.</param>
    public static string NameOf(IEnumerable<Command> path) => string.Join(' ', path.Skip(1).Select(command => command.Name).Prepend(Name));

    /// <summary>The text of a command's help.</summary>
    /// <param name="summary">One line of at most 60 characters, which lists of commands show.</param>
    /// <param name="details">More sentences, which only the help of the command itself shows; empty: none.</param>
    /// <param name="example">A command line.</param>
    public static string Describe(string summary, string details, string example) =>
        $"{summary}{(details.Length > 0 ? $"\n\n{details}" : "")}\n\nExample:\n  {example}";

    /// <summary>The first line of a description.</summary>
    public static string SummaryOf(Command command) => command.Description?.Split('\n')[0] ?? "";

    /// <summary>System.CommandLine takes a mistyped option for an argument where the command has one.</summary>
    private static void RefuseOptionsAsArguments(Command command)
    {
        foreach (var argument in command.Arguments)
        {
            argument.Validators.Add(result =>
            {
                if (UsageError.UnknownOption(result) is { } option)
                {
                    result.AddError(option);
                }
            });
        }

        foreach (var child in command.Subcommands)
        {
            RefuseOptionsAsArguments(child);
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
