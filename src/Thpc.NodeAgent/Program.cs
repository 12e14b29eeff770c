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
TerminalOutput.Warn(warnings);

var parse = AgentCommand.Create().Parse(args);
if (parse.Action is ParseErrorAction && args.Length > 0)
{
    foreach (var error in parse.Errors)
    {
        TerminalOutput.WriteErrorLine($"thpc-node-agent: {AgentCommand.Describe(error)}");
    }

    var hint = Hints.SeeHelp(string.Join(' ', AgentCommand.PathOf(parse.CommandResult)));
    TerminalOutput.WriteErrorLine($"  → {hint.In(GlobalOptions.LanguageOf(parse))}");
    return ExitCode.Usage;
}

var exitCode =
    await parse.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
return parse.Action is ParseErrorAction ? ExitCode.Usage : exitCode;
