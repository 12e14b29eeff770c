using System.CommandLine;

namespace Thpc.NodeAgent.Cli;

/// <summary>`completion`: prints the script of a shell. The scripts call the executable for the words.</summary>
internal static class CompletionCommand
{
    /// <summary>The first argument of a call from a completion script; the words of the command line follow.</summary>
    public const string CallArgument = "[complete]";

    private static readonly Argument<string> Shell = NewShell();

    public static Command Create()
    {
        var command = new Command("completion", AgentCommand.Describe(
            "Print the tab completion of a shell.",
            "The packages install it for all three shells. In a shell it is loaded by `source <(thpc-node-agent completion bash)`, in "
                + "fish by `thpc-node-agent completion fish | source`.",
            "thpc-node-agent completion zsh"))
        {
            Shell,
        };
        command.OnRun((parse, _) =>
        {
            TerminalOutput.Write(CompletionScript.Of(parse.GetValue(Shell)!));
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }

    /// <summary>Prints a word with its description on each line. Prints nothing if anything fails: a shell is waiting.</summary>
    public static int Answer(IReadOnlyList<string> words)
    {
        try
        {
            foreach (var completion in CommandLineCompleter.Complete(AgentCommand.Create(), words))
            {
                TerminalOutput.WriteCompletion(completion.Word, completion.Description);
            }
        }
#pragma warning disable CA1031 // An error message would appear in the middle of what is being typed.
        catch (Exception)
#pragma warning restore CA1031
        {
            return ExitCode.StageFailed;
        }

        return ExitCode.Done;
    }

    private static Argument<string> NewShell()
    {
        var argument = new Argument<string>("SHELL")
        {
            Description = "bash, zsh or fish",
            HelpName = string.Join('|', CompletionScript.Shells),
        };
        argument.AcceptOnlyFromAmong([.. CompletionScript.Shells]);
        return argument;
    }
}
