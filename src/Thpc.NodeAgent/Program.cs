using System.CommandLine;
using System.CommandLine.Invocation;
using Thpc.NodeAgent;
using Thpc.NodeAgent.Cli;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

InheritedState.Normalize();
if (args is [LogWriter.Argument, var log])
{
    return LogWriter.Run(log);
}

var warnings = CurrentProcess.Secure(GlobalOptions.Environment);

Terminal.SetUp();
if (args is [CompletionCommand.CallArgument, .. var words])
{
    return CompletionCommand.Answer(words);
}

TerminalOutput.Warn(warnings);

var parse = AgentCommand.Create().Parse(args);
if (parse.Action is ParseErrorAction)
{
    if (args.Length == 0)
    {
        await AgentCommand.Create().Parse("--help").InvokeAsync();
    }

    CommandErrorBoundary.Print(UsageError.From(parse), GlobalOptions.LanguageOf(parse));
    return ExitCode.Usage;
}

return await parse.InvokeAsync(
    new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
