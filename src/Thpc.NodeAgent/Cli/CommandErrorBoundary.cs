using System.CommandLine;
using System.Runtime.InteropServices;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Cli;

/// <summary>
/// Converts every exception of a command to an exit code and an error message. Exceptions of steps are already caught where steps run.
/// </summary>
internal static class CommandErrorBoundary
{
    /// <summary>Sets the command's action. SIGINT and SIGTERM cancel it and then wait for it to clean up.</summary>
    public static void OnRun(this Command command, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parse, _) =>
        {
#pragma warning disable CA2000 // A late signal handler on another thread may still cancel it after this method has ended.
            var cancel = new CancellationTokenSource();
#pragma warning restore CA2000
            var signalled = 0;
            void Stop(PosixSignalContext context, int exitCode)
            {
                context.Cancel = true;
                signalled = exitCode;
                cancel.Cancel();
            }

            // A background job has SIGINT ignored, and a handler would undo that: Ctrl-C is for the foreground job.
            using var interrupt = InheritedState.Ignored(PosixSignal.SIGINT) ? null
                : PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, ExitCode.Interrupted));
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, ExitCode.Terminated));

            // A closed terminal must not stop the run.
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
            try
            {
                using var verbose = parse.GetValue(GlobalOptions.VerboseOption) ? Logging.Create(GlobalOptions.From(parse)) : null;
                var exitCode = await action(parse, cancel.Token);
                return signalled != 0 && exitCode == ExitCode.Interrupted ? signalled : exitCode;
            }
#pragma warning disable CA1031 // The outermost handler.
            catch (Exception e)
#pragma warning restore CA1031
            {
                var error = Error.From(e, signalled != 0);
                Print(error, GlobalOptions.LanguageOf(parse));
                return signalled != 0 && error.Code == ErrorCode.Interrupted ? signalled : ExitCode.For(error.Code);
            }
        });

    /// <summary>Prints code and cause, the remedy, and then the other lines of the message.</summary>
    public static void Print(Error e, Language language)
    {
        var lines = e.Text.Lines(language);
        TerminalOutput.WriteErrorSentences($"thpc-node-agent: {e.Code}: {lines[0]}\n");
        TerminalOutput.WriteErrorSentences($"  → {e.Hint.In(language)}\n");
        foreach (var line in lines.Skip(1))
        {
            TerminalOutput.WriteErrorSentences($"  {line}\n");
        }
    }
}
