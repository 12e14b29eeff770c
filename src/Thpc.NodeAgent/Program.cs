using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text;
using Thpc.NodeAgent;
using Thpc.NodeAgent.Cli;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

InheritedState.Normalize();
if (args is [LogWriter.Argument, var log])
{
    return LogWriter.Run(log);
}

var passedOver = CurrentProcess.Secure(GlobalOptions.Environment);

// Whatever charset the locale names: hints may be Chinese, and every sentence has its arrow.
Console.OutputEncoding = Encoding.UTF8;
foreach (var sentence in passedOver)
{
    await Console.Error.WriteLineAsync($"thpc-node-agent: warning: {sentence}");
}

var parse = AgentCommand.Create().Parse(args);
if (parse.Action is ParseErrorAction && args.Length > 0)
{
    foreach (var error in parse.Errors)
    {
        await Console.Error.WriteLineAsync($"thpc-node-agent: {error.Message}");
    }

    var help = $"{string.Join(' ', AgentCommand.PathOf(parse.CommandResult))} --help";
    var hint = new LocalizedText($"See `{help}`.", $"请查看 `{help}`。");
    await Console.Error.WriteLineAsync($"  → {hint.In(GlobalOptions.LanguageOf(parse))}");
    return ExitCode.Usage;
}

var exitCode = await parse.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
return parse.Action is ParseErrorAction ? ExitCode.Usage : exitCode;
