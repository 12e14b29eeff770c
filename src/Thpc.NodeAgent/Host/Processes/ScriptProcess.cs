using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>How a script ended.</summary>
/// <param name="ExitCode">Meaningless where it was ended.</param>
/// <param name="TimedOut">It was ended at its limit.</param>
/// <param name="Deadlock">It was ended because it waited for what waited for it; null where it did not.</param>
internal sealed record ScriptEnd(int ExitCode, bool TimedOut, Deadlock? Deadlock = null);

/// <summary>
/// Runs a script so that, when its time is over, nothing that it started is left: this process adopts whatever the script
/// leaves behind (PR_SET_CHILD_SUBREAPER, prctl(2)), so a new session or a double fork does not hide it from a sweep of /proc.
/// After success what it left is its own business.
/// </summary>
internal static class ScriptProcess
{
    private const int KilledByKill = 128 + NativeMethods.SigKill;
    private const int KilledByTerm = 128 + NativeMethods.SigTerm;
    private static readonly TimeSpan ReapInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>For the rest of its output; a process that it left behind may hold the pipe open for ever.</summary>
    private static readonly TimeSpan OutputLimit = TimeSpan.FromMilliseconds(500);

    /// <param name="root">Where a file says, while the script runs, which process it is, and whether systemd is to be asked.</param>
    /// <param name="limit">From now on; a script still running then is ended.</param>
    /// <param name="grace">Between TERM and KILL.</param>
    /// <param name="atLimit">Gets what is still running at the limit, before it is ended: the script and all below it, parents first. It must come to an end by itself.</param>
    /// <exception cref="OperationCanceledException">Cancelled before the script had ended; nothing of the script is left either.</exception>
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
            using var child = ChildProcess.Start(command, environment, workingDirectory, output, root.RunningScript);
            family.Leader = child.Id;
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timer.CancelAfter(limit);
            var exit = child.WaitForExitAsync(CancellationToken.None);
            var deadlock = await WaitAsync(exit, family, DeadlockWatch.Create(root), timer.Token);
            if (!exit.IsCompleted && cancel.IsCancellationRequested && await Systemd.IsStoppingAsync(root))
            {
                // Its last line may be `reboot`: a moment later its end is known.
                using var patience = new CancellationTokenSource(grace);
                await WaitAsync(exit, family, watch: null, patience.Token);
            }

            // An end that came together with the cancellation counts; but TERM and KILL at that time are the shutdown's.
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

    /// <summary>Waits until the script has ended, its time is over, or it is seen to wait for what waits for it.</summary>
    private static async Task<Deadlock?> WaitAsync(Task exit, ScriptProcessTree family, DeadlockWatch? watch, CancellationToken timer)
    {
        var looked = TimeProvider.System.GetTimestamp();
        while (!exit.IsCompleted && !timer.IsCancellationRequested)
        {
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(timer);
            await Task.WhenAny(exit, Task.Delay(ReapInterval, wake.Token));
            if (exit.IsCompleted || timer.IsCancellationRequested)
            {
                break;
            }

            family.ReapZombies();
            if (watch is null || TimeProvider.System.GetElapsedTime(looked) < DeadlockWatch.Interval)
            {
                continue;
            }

            looked = TimeProvider.System.GetTimestamp();
            try
            {
                // Its own children are no member of the family, and must have ended before the dead are looked for again.
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
                // The script has ended, or its time is over.
            }
        }

        return null;
    }

    /// <summary>Reads the output to its end, and ends what is left of a script that did not succeed.</summary>
    /// <param name="atLimit">Null where nothing is to be found out before it is ended.</param>
    private static async Task FinishAsync(
        ChildProcess child, ScriptProcessTree family, int? exitCode, TimeSpan grace, Func<IReadOnlyList<ProcessEntry>, Task>? atLimit)
    {
        // What reads the script's output, such as `tee`, outlives it by a moment and has its last words.
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
