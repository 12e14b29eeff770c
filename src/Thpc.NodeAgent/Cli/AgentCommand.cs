using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Thpc.NodeAgent.Cli;

/// <summary>The tree of commands.</summary>
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
        root.Options.OfType<VersionOption>().Single().Action = new SayVersion();
        root.Options.Add(GlobalOptions.ConfigOption);
        root.Options.Add(GlobalOptions.RootOption);
        root.Options.Add(GlobalOptions.VerboseOption);
        root.Options.Add(GlobalOptions.LogFormatOption);
        root.Options.Add(GlobalOptions.LanguageOption);
        return root;
    }

    /// <summary>The words that lead to a command.</summary>
    public static IEnumerable<string> PathOf(SymbolResult result) =>
        result is CommandResult command ? [.. command.Parent is { } parent ? PathOf(parent) : [], command.Command.Name] : [];

    /// <summary>A description that ends with an example, as every command's help does.</summary>
    public static string WithExample(string description, string example) => $"{description}\n\nExample:\n  {example}";

    private sealed class SayVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            Console.Out.WriteLine(AgentVersion.Details);
            return ExitCode.Done;
        }
    }
}
