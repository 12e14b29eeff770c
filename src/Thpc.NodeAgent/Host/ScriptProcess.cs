using System.Globalization;

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
    private const int QuickBlows = 20;
    private static readonly TimeSpan ReapInterval = TimeSpan.FromMilliseconds(200);

    /// <param name="note">A file that says, while the script runs, which process it is.</param>
    /// <param name="limit">From now on; a script still running then is ended.</param>
    /// <param name="grace">Between TERM and KILL.</param>
    /// <param name="atLimit">Gets what is still running at the limit, before it is ended: the script and all below it, parents first. It must come to an end by itself.</param>
    /// <exception cref="OperationCanceledException">Cancelled; nothing of the script is left either.</exception>
    public static async Task<ScriptEnd> RunAsync(
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> environment,
        string workingDirectory,
        string note,
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
            var strangers = Strangers.Look();
            using var child = ChildProcess.Start(command, environment, workingDirectory, output, note);
            using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            timer.CancelAfter(limit);
            int? exitCode = null;
            try
            {
                var exit = child.WaitForExitAsync(timer.Token);
                while (await Task.WhenAny(exit, Task.Delay(ReapInterval, CancellationToken.None)) != exit)
                {
                    TakeLeave(child);
                }

                exitCode = await exit;
            }
            catch (OperationCanceledException)
            {
                // Its time is over, or the run's: both are dealt with below.
            }

            if (exitCode != 0)
            {
                try
                {
                    if (exitCode is null && !cancel.IsCancellationRequested)
                    {
                        await atLimit(Family(strangers));
                    }
                }
                finally
                {
                    await EndAllAsync(child, strangers, grace);
                }
            }

            await child.FinishOutputAsync(TimeSpan.FromMilliseconds(500));
            if (exitCode is null)
            {
                cancel.ThrowIfCancellationRequested();
            }

            return new ScriptEnd(exitCode ?? -1, exitCode is null);
        }
        finally
        {
            _ = NativeMethods.Prctl(NativeMethods.SetChildSubreaper, 0);
            File.Delete(note);
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

        if (await AnyLeftAsync(grace, () => { }))
        {
            // New ones may be born between the look and the blow: again until nobody is there.
            await AnyLeftAsync(SweepLimit, () => KillAll(strangers));
        }

        // Whatever is left of the script is a child of this process, or below one that is.
        async Task<bool> AnyLeftAsync(TimeSpan limit, Action strike)
        {
            var start = TimeProvider.System.GetTimestamp();
            for (var quietLooks = 0; quietLooks < 3; await Task.Delay(5, CancellationToken.None))
            {
                if (TimeProvider.System.GetElapsedTime(start) > limit)
                {
                    return true;
                }

                TakeLeave(child);
                quietLooks = Children().Any(id => !strangers.HasChild(id)) ? 0 : quietLooks + 1;
                strike();
            }

            return false;
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

        // Nor is there one group in a chain of sessions; but each link becomes a child of this process when the one before it ends.
        for (var i = 0; i < QuickBlows; i++)
        {
            foreach (var id in Children().Where(id => !strangers.HasChild(id)))
            {
                _ = NativeMethods.Kill(id, NativeMethods.SigKill);
            }
        }
    }

    /// <summary>The children of all threads of this process; a walk through /proc where the kernel has no such file (CONFIG_PROC_CHILDREN).</summary>
    private static List<int> Children()
    {
        List<int> found = [];
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                found.AddRange(File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
            }
            catch (IOException)
            {
                if (!File.Exists($"/proc/self/task/{Environment.ProcessId}/children"))
                {
                    return [.. ProcessTable.Read().Where(entry => entry.ParentId == Environment.ProcessId).Select(entry => entry.Id)];
                }
            }
        }

        return found;
    }

    /// <summary>Takes leave of the adopted dead, for nobody else will while this process lives; the script itself is the runtime's.</summary>
    private static void TakeLeave(ChildProcess child)
    {
        while (NativeMethods.FindDeadChild() is > 0 and var dead && dead != child.Id)
        {
            _ = NativeMethods.WaitPid(dead, out _, NativeMethods.WaitNoHang);
        }
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
            var own = ProcessTable.Parse(File.ReadAllText("/proc/self/stat")) ?? throw new InvalidDataException("/proc/self/stat cannot be read");

            // A walk through /proc takes milliseconds, and before the first script there is usually nobody.
            var present = NativeMethods.FindDeadChild() is not null ? ProcessTable.Descendants(ProcessTable.Read(), own.Id, _ => false) : [];
            return new Strangers(
                present.Select(entry => (entry.Id, entry.StartTime)).ToHashSet(),
                present.Select(entry => entry.Session).Where(session => session != own.Session).ToHashSet(),
                own.Group);
        }

        public bool HasChild(int id) => Processes.Any(process => process.Id == id) || Sessions.Contains(NativeMethods.SessionOf(id));

        public bool Has(ProcessEntry entry) => Processes.Contains((entry.Id, entry.StartTime)) || Sessions.Contains(entry.Session);
    }
}
