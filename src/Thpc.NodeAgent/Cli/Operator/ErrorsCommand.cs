using System.CommandLine;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`errors`: the meaning of an error code, its exit code and its hint.</summary>
internal static class ErrorsCommand
{
    private static readonly Argument<string?> Code = new("CODE")
    {
        Description = "one code (default: all codes)",
        HelpName = "CODE",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON, in both languages" };

    public static Command Create()
    {
        var command = new Command("errors", AgentCommand.Describe(
            "Explain an error code: meaning, exit code, what to do.",
            "Without CODE, explains all codes.",
            "thpc-node-agent errors MOUNT_DENIED --lang zh"))
        {
            Code, Json,
        };
        command.OnRun((parse, _) => Task.FromResult(Run(GlobalOptions.LanguageOf(parse), parse.GetValue(Code), parse.GetValue(Json))));
        return command;
    }

    private static int Run(Language language, string? name, bool json)
    {
        IReadOnlyList<ErrorCode> codes = name is null ? ErrorCode.All : [Find(name)];
        if (json)
        {
            JsonOutput.Write(writer => writer.WriteObjects(codes, code =>
            {
                writer.WriteString("code", code.Name);
                writer.WriteNumber("exit_code", ExitCode.For(code));
                writer.WriteString("meaning", code.Meaning.English);
                writer.WriteString("meaning_zh", code.Meaning.Chinese);
                writer.WriteString("hint", code.Hint.English);
                writer.WriteString("hint_zh", code.Hint.Chinese);
            }));
            return ExitCode.Done;
        }

        TerminalOutput.Write(string.Join('\n', codes.Select(code => ErrorPage.Write(code, language))));
        return ExitCode.Done;
    }

    private static ErrorCode Find(string name)
    {
        var wanted = name.ToUpperInvariant();
        if (ErrorCode.Find(wanted) is { } found)
        {
            return found;
        }

        var similar = string.Join(" or ", ErrorCode.All.Select(code => code.Name).Where(code => Suggestions.IsSimilar(code, wanted)));
        throw new AgentException(
            ErrorCode.ConfigInvalid,
            Messages.NoErrorCode(TerminalText.Quoted(name)) + (similar.Length == 0 ? "" : Messages.DidYouMean(similar)),
            Hints.ListErrorCodes);
    }
}
