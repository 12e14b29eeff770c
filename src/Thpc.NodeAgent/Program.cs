using System.CommandLine;
using System.CommandLine.Invocation;
using Thpc.NodeAgent;
using Thpc.NodeAgent.Cli;

var parse = AgentCommand.Create().Parse(args);
var exitCode = await parse.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false });
return parse.Action is ParseErrorAction ? ExitCode.Usage : exitCode;
