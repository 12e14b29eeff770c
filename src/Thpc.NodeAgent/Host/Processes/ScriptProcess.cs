using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>How a script ended.</summary>
/// <param name="ExitCode">Meaningless if the agent ended it.</param>
/// <param name="TimedOut">The agent ended it at its limit.</param>
/// <param name="Deadlock">The agent ended it because it waited for a unit that waits for it; else null.</param>
internal sealed record ScriptEnd(int ExitCode, bool TimedOut, Deadlock? Deadlock = null);

/// <summary>
/// Runs a script with a limit, and ends all processes that it started unless it succeeds. This process adopts orphans of the script
/// (PR_SET_CHILD_SUBREAPER, prctl(2)), so a new session or a double fork does not hide them. After success its background processes
/// keep running.
/// </summary>
internal static class ScriptProcess
{
    private const int KilledByKill = 128 + NativeMethods.SigKill;
    private const int KilledByTerm = 128 + NativeMethods.SigTerm;
    private static readonly TimeSpan ReapInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>For the rest of its output: a background process may keep the pipe open for ever.</summary>
    private static readonly TimeSpan OutputLimit = TimeSpan.FromMilliseconds(500);

    /// <param name="root">Contains the pid file of the running script. systemd is queried only on the live machine.</param>
    /// <param name="limit">From now on; a script that still runs then is ended.</param>
    /// <param name="grace">Time between TERM and KILL.</param>
    /// <param name="atLimit">
    /// Called at the limit with the processes that still run, before they are ended: the script and its descendants, parents first. It
    /// must end by itself.
    /// </param>
    /// <exception cref="OperationCanceledException">Cancelled before the script ended. All its processes have been ended.</exception>
    public static async Task<ScriptEnd> RunAsync(
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> environment,
        string workingDirectory,
        NodeRoot root,
        TimeSpan limit,
        TimeSpan grace,
        Action<ReadOnlySpan<byte>> output,
        Func<IReadOnlyList<ProcessEntry>, Task> atLimit,
        CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _ = NativeMethods.Prctl(NativeMethods.SetChildSubreaper, 1);
        try
        {
            var family = new ScriptProcessTree();
            using var child = ChildProcess.Start(command, environment, workingDirectory, output, root.RunningScript, isScript: true);
            family.Leader = child.Id;
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timer.CancelAfter(limit);
            var exit = child.WaitForExitAsync(CancellationToken.None);
            var deadlock = await WaitAsync(exit, family, DeadlockWatch.Create(root), timer.Token);
            if (!exit.IsCompleted && cancel.IsCancellationRequested && await Systemd.IsStoppingAsync(root))
            {
                // The script's last line may be `reboot`: wait for its exit code.
                using var timeout = new CancellationTokenSource(grace);
                await WaitAsync(exit, family, watch: null, timeout.Token);
            }

            // An exit at the same time as the cancellation counts, except by TERM or KILL: these come from the shutdown.
            int? exitCode = exit.IsCompleted || ProcessTable.HasEnded(child.Id) ? await exit : null;
            exitCode = cancel.IsCancellationRequested && exitCode is KilledByTerm or KilledByKill ? null : exitCode;
            var timedOut = exitCode is null && deadlock is null && !cancel.IsCancellationRequested;
            await FinishAsync(child, family, exitCode, grace, timedOut ? atLimit : null);
            if (exitCode is null && deadlock is null)
            {
                cancel.ThrowIfCancellationRequested();
            }

            return new ScriptEnd(exitCode ?? -1, exitCode is null && deadlock is null, exitCode is null ? deadlock : null);
        }
        finally
        {
            _ = NativeMethods.Prctl(NativeMethods.SetChildSubreaper, 0);
            File.Delete(root.RunningScript);
        }
    }

    /// <summary>Waits until the script has ended, its limit has ended, or a deadlock is detected.</summary>
    private static async Task<Deadlock?> WaitAsync(Task exit, ScriptProcessTree family, DeadlockWatch? watch, CancellationToken timer)
    {
        var lastInspection = TimeProvider.System.GetTimestamp();
        while (!exit.IsCompleted && !timer.IsCancellationRequested)
        {
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(timer);
            await Task.WhenAny(exit, Task.Delay(ReapInterval, wake.Token));
            if (exit.IsCompleted || timer.IsCancellationRequested)
            {
                break;
            }

            family.ReapZombies();
            if (watch is null || TimeProvider.System.GetElapsedTime(lastInspection) < DeadlockWatch.Interval)
            {
                continue;
            }

            lastInspection = TimeProvider.System.GetTimestamp();
            try
            {
                // The inspection starts children of its own; they must have ended before the next ReapZombies.
                var snapshot = watch.InspectAsync(family.Members(), family.Leader, wake.Token);
                if (await Task.WhenAny(exit, snapshot) == exit)
                {
                    await wake.CancelAsync();
                }

                if (await snapshot is { } found)
                {
                    return found;
                }
            }
            catch (OperationCanceledException)
            {
                // The script has ended, or its limit has ended.
            }
        }

        return null;
    }

    /// <summary>Reads the rest of the output, and ends the remaining processes of a script that did not succeed.</summary>
    /// <param name="exitCode">Null if the script itself still runs.</param>
    /// <param name="atLimit">Null if there is nothing to do before the processes are ended.</param>
    private static async Task FinishAsync(
        ChildProcess child, ScriptProcessTree family, int? exitCode, TimeSpan grace, Func<IReadOnlyList<ProcessEntry>, Task>? atLimit)
    {
        // A reader of the script's output, such as `tee`, ends slightly later and may hold its last lines.
        if (exitCode is not null && !await child.HasFinishedOutputAsync(OutputLimit)
            && (exitCode != 0 || OutputReaders.AreFinishing(family.Members())))
        {
            await child.HasFinishedOutputAsync(OutputLimit);
        }

        if (exitCode != 0)
        {
            try
            {
                await (atLimit?.Invoke(family.Members()) ?? Task.CompletedTask);
            }
            finally
            {
                await family.EndAsync(grace);
            }
        }

        await child.FinishOutputAsync(exitCode == 0 ? TimeSpan.Zero : OutputLimit);
    }
}
