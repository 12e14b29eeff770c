namespace Thpc.NodeAgent.Host;

/// <summary>How a script ended.</summary>
internal sealed record ScriptEnd(int ExitCode, bool TimedOut);

/// <summary>
/// Runs a script so that, when its time is over, nothing that it started is left: this process adopts whatever the script
/// leaves behind (PR_SET_CHILD_SUBREAPER, prctl(2)), so a new session or a double fork does not hide it from a sweep of /proc.
/// After success what it left is its own business.
/// </summary>
internal static class ScriptProcess
{
    private static readonly TimeSpan SweepLimit = TimeSpan.FromSeconds(10);

    /// <param name="limit">From now on; a script still running then is ended.</param>
    /// <param name="grace">Between TERM and KILL.</param>
    /// <exception cref="OperationCanceledException">Cancelled; nothing of the script is left either.</exception>
    public static async Task<ScriptEnd> RunAsync(
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> environment,
        string workingDirectory,
        TimeSpan limit,
        TimeSpan grace,
        Action<ReadOnlySpan<byte>> output,
        CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        _ = NativeMethods.Prctl(NativeMethods.SetChildSubreaper, 1);
        try
        {
            var strangers = Strangers.Look();
            using var child = ChildProcess.Start(command, environment, workingDirectory, output);
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timer.CancelAfter(limit);
            try
            {
                var exitCode = await child.WaitForExitAsync(timer.Token);
                if (exitCode != 0)
                {
                    await EndAllAsync(child, strangers, grace);
                }

                await child.FinishOutputAsync(TimeSpan.FromMilliseconds(500));
                return new ScriptEnd(exitCode, TimedOut: false);
            }
            catch (OperationCanceledException)
            {
                await EndAllAsync(child, strangers, grace);
                await child.FinishOutputAsync(TimeSpan.FromMilliseconds(500));
                cancel.ThrowIfCancellationRequested();
                return new ScriptEnd(-1, TimedOut: true);
            }
        }
        finally
        {
            _ = NativeMethods.Prctl(NativeMethods.SetChildSubreaper, 0);
        }
    }

    private static async Task EndAllAsync(ChildProcess child, Strangers strangers, TimeSpan grace)
    {
        // A stopped process takes TERM only once it goes on.
        foreach (var signal in (int[])[NativeMethods.SigTerm, NativeMethods.SigCont])
        {
            foreach (var entry in Family(strangers))
            {
                _ = NativeMethods.Kill(entry.Id, signal);
            }
        }

        var graceStart = TimeProvider.System.GetTimestamp();
        while (Reap(child, strangers) > 0 && TimeProvider.System.GetElapsedTime(graceStart) < grace)
        {
            await Task.Delay(20, CancellationToken.None);
        }

        // New ones may be born between the look and the blow: again until nobody is there.
        var start = TimeProvider.System.GetTimestamp();
        while (Reap(child, strangers) > 0 && TimeProvider.System.GetElapsedTime(start) < SweepLimit)
        {
            KillAll(strangers);
            await Task.Delay(1, CancellationToken.None);
        }
    }

    private static IReadOnlyList<ProcessEntry> Family(Strangers strangers) =>
        ProcessTable.Descendants(ProcessTable.Read(), Environment.ProcessId, strangers.Has);

    private static void KillAll(Strangers strangers)
    {
        var family = Family(strangers);

        // A chain of processes of which each starts the next and ends is gone before its pid is read, but its group stays,
        // and none of a group can start another while the kernel kills it.
        foreach (var group in family.Select(entry => entry.Group).Distinct().Where(group => group > 1 && group != strangers.OwnGroup))
        {
            _ = NativeMethods.Kill(-group, NativeMethods.SigKill);
        }

        foreach (var entry in family)
        {
            _ = NativeMethods.Kill(entry.Id, NativeMethods.SigKill);
        }
    }

    /// <summary>Takes leave of the adopted dead and counts the living.</summary>
    private static int Reap(ChildProcess child, Strangers strangers)
    {
        var living = 0;
        foreach (var entry in Family(strangers))
        {
            if (entry.State is not ('Z' or 'X'))
            {
                living++;
            }
            else if (entry.ParentId == Environment.ProcessId && entry.Id != child.Id)
            {
                _ = NativeMethods.WaitPid(entry.Id, out _, NativeMethods.WaitNoHang);
            }
        }

        return living;
    }

    /// <summary>
    /// Descendants of this process that a script has nothing to do with: what earlier scripts left running on purpose, and what
    /// that starts later. Such a newcomer may be orphaned and adopted by this process, yet it is known by its session:
    /// a script begins one of its own, and nobody can enter another's.
    /// </summary>
    private sealed record Strangers(IReadOnlySet<(int Id, ulong StartTime)> Processes, IReadOnlySet<int> Sessions, int OwnGroup)
    {
        public static Strangers Look()
        {
            var all = ProcessTable.Read();
            var own = all.Single(entry => entry.Id == Environment.ProcessId);
            var present = ProcessTable.Descendants(all, own.Id, _ => false);
            return new Strangers(
                present.Select(entry => (entry.Id, entry.StartTime)).ToHashSet(),
                present.Select(entry => entry.Session).Where(session => session != own.Session).ToHashSet(),
                own.Group);
        }

        public bool Has(ProcessEntry entry) => Processes.Contains((entry.Id, entry.StartTime)) || Sessions.Contains(entry.Session);
    }
}
