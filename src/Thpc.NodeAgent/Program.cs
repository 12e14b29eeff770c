using System.CommandLine;
using System.CommandLine.Invocation;
using Thpc.NodeAgent;
using Thpc.NodeAgent.Cli;

var parse = AgentCommand.Create().Parse(args);
if (parse.Action is ParseErrorAction && args.Length > 0)
{
    foreach (var error in parse.Errors)
    {
        await Console.Error.WriteLineAsync($"thpc-node-agent: {error.Message}");
    }

    await Console.Error.WriteLineAsync($"  → See `{string.Join(' ', AgentCommand.PathOf(parse.CommandResult))} --help`.");
    return ExitCode.Usage;
}

var exitCode = await parse.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
return parse.Action is ParseErrorAction ? ExitCode.Usage : exitCode;
