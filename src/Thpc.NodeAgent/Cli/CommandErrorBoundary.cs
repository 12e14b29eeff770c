using System.CommandLine;
using System.Runtime.InteropServices;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Cli;

/// <summary>Door two of two: whatever happens inside a command becomes an exit code and a sentence.</summary>
internal static class CommandErrorBoundary
{
    /// <summary>Gives the command its action. Interrupt and terminate cancel it; it then has the time it needs to clean up.</summary>
    public static void OnRun(this Command command, Func<ParseResult, CancellationToken, Task<int>> action) =>
        command.SetAction(async (parse, _) =>
        {
#pragma warning disable CA2000 // A signal that comes at the very end is handled by a thread of its own, which still cancels when all here is over.
            var cancel = new CancellationTokenSource();
#pragma warning restore CA2000
            var signalled = 0;
            void Stop(PosixSignalContext context, int exitCode)
            {
                context.Cancel = true;
                signalled = exitCode;
                cancel.Cancel();
            }

            // Ctrl-C at the terminal is meant for the job in the foreground; one in the background has SIGINT ignored.
            using var interrupt = InheritedState.Ignored(PosixSignal.SIGINT) ? null
                : PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, ExitCode.Interrupted));
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, ExitCode.Terminated));

            // Whoever started the agent may hang up; the node is still to be finished.
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
            try
            {
                var exitCode = await action(parse, cancel.Token);
                return signalled != 0 && exitCode == ExitCode.Interrupted ? signalled : exitCode;
            }
#pragma warning disable CA1031 // Door two of two.
            catch (Exception e)
#pragma warning restore CA1031
            {
                var error = ErrorCode.Describe(e, signalled != 0);
                Print(error, GlobalOptions.LanguageOf(parse));
                return signalled != 0 && error.Code == ErrorCode.Interrupted ? signalled : ExitCode.FromErrorCode(error.Code.Name);
            }
        });

    private static void Print(AgentException e, Language language)
    {
        Console.Error.WriteLine($"thpc-node-agent: {e.Code}: {(e.Message.Contains('\n', StringComparison.Ordinal) ? "\n  " + e.Message.Replace("\n", "\n  ", StringComparison.Ordinal) : e.Message)}");
        Console.Error.WriteLine($"  → {e.Hint.In(language)}");
    }
}
