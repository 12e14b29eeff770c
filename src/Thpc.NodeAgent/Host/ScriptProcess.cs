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
    private static bool _ranBefore;

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
            // What earlier scripts left running on purpose hangs below this process too; before the first there is nobody.
            HashSet<(int Id, ulong StartTime)> strangers = Interlocked.Exchange(ref _ranBefore, true) ? [.. Family(new HashSet<(int, ulong)>()).Select(entry => (entry.Id, entry.StartTime))] : [];
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

    private static async Task EndAllAsync(ChildProcess child, HashSet<(int Id, ulong StartTime)> strangers, TimeSpan grace)
    {
        // A stopped process takes TERM only once it goes on.
        SignalAll(strangers, NativeMethods.SigTerm);
        SignalAll(strangers, NativeMethods.SigCont);
        var graceEnd = TimeProvider.System.GetTimestamp();
        while (Reap(child, strangers) > 0 && TimeProvider.System.GetElapsedTime(graceEnd) < grace)
        {
            await Task.Delay(20, CancellationToken.None);
        }

        // New ones may be born between the look and the blow: again until nobody is there.
        var start = TimeProvider.System.GetTimestamp();
        while (Reap(child, strangers) > 0 && TimeProvider.System.GetElapsedTime(start) < SweepLimit)
        {
            SignalAll(strangers, NativeMethods.SigKill);
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private static IReadOnlyList<ProcessEntry> Family(IReadOnlySet<(int Id, ulong StartTime)> strangers) =>
        ProcessTable.Descendants(ProcessTable.Read(), Environment.ProcessId, strangers);

    private static void SignalAll(HashSet<(int Id, ulong StartTime)> strangers, int signal)
    {
        foreach (var entry in Family(strangers))
        {
            _ = NativeMethods.Kill(entry.Id, signal);
        }
    }

    /// <summary>Takes leave of the adopted dead and counts the living.</summary>
    private static int Reap(ChildProcess child, HashSet<(int Id, ulong StartTime)> strangers)
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
}
