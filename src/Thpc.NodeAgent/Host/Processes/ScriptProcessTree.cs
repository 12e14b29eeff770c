using System.Collections.Concurrent;
using System.Globalization;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>All processes that a script has started, found below this process, which adopts what the script leaves behind.</summary>
internal sealed class ScriptProcessTree
{
    private const int QuickKills = 20;
    private static readonly TimeSpan SweepLimit = TimeSpan.FromSeconds(10);

    /// <summary>For what reads the script's output, to end by itself when all that wrote to it has ended.</summary>
    private static readonly TimeSpan ReaderLimit = TimeSpan.FromSeconds(1);

    private static readonly IReadOnlySet<int> None = new HashSet<int>();

    private static readonly ConcurrentDictionary<int, bool> Spared = [];

    private readonly Strangers _foreignProcesses = Strangers.Inspect();

    /// <summary>From then on this child of the agent, and the session that it leads, are not taken for a script's.</summary>
    public static void Spare(int child) => Spared[child] = true;

    /// <summary>The script itself; 0 before it is started.</summary>
    public int Leader { get; set; }

    /// <summary>Its processes now, the script's own first, each before its own children.</summary>
    public IReadOnlyList<ProcessEntry> Members() =>
        [.. ProcessTable.Descendants(ProcessTable.Read(), Environment.ProcessId, _foreignProcesses.Has).OrderByDescending(entry => entry.Id == Leader)];

    /// <summary>
    /// Ends all of them: TERM, the grace, KILL, until none is left. Those through which the output passes come last, so that what the
    /// others say at TERM is still heard.
    /// </summary>
    public async Task EndAsync(TimeSpan grace)
    {
        var start = TimeProvider.System.GetTimestamp();
        var members = Members();
        var readers = OutputReaders.In(members, Leader);
        SendTerm(members.Where(entry => !readers.Contains(entry.Id)));
        if (await AnyLeftAsync(grace, readers, () => { }))
        {
            // New ones may be born between the look and the kill: again until none is left.
            await AnyLeftAsync(readers.Count == 0 ? SweepLimit : ReaderLimit, readers, () => KillAll(readers));
        }

        if (readers.Count > 0 && await AnyLeftAsync(ReaderLimit, None, () => { }))
        {
            SendTerm(Members());
            var left = grace - TimeProvider.System.GetElapsedTime(start);
            if (await AnyLeftAsync(left > ReaderLimit ? left : ReaderLimit, None, () => { }))
            {
                await AnyLeftAsync(SweepLimit, None, () => KillAll(None));
            }
        }
    }

    /// <summary>Reaps adopted children that have ended: init does not, while this process lives. The script itself and those spared are the runtime's.</summary>
    public void ReapZombies()
    {
        while (NativeMethods.FindDeadChild() is > 0 and var dead && dead != Leader && !Spared.ContainsKey(dead))
        {
            _ = NativeMethods.WaitPid(dead, out _, NativeMethods.WaitNoHang);
        }
    }

    // A stopped process takes TERM only once it goes on.
    private static void SendTerm(IEnumerable<ProcessEntry> entries)
    {
        foreach (var entry in entries)
        {
            _ = NativeMethods.Kill(entry.Id, NativeMethods.SigTerm);
            _ = NativeMethods.Kill(entry.Id, NativeMethods.SigCont);
        }
    }

    // All that is left of the script is a child of this process, or below one.
    private async Task<bool> AnyLeftAsync(TimeSpan limit, IReadOnlySet<int> spared, Action kill)
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var quietLooks = 0; quietLooks < 3; await Task.Delay(5, CancellationToken.None))
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
            {
                return true;
            }

            ReapZombies();
            quietLooks = Own().Any(id => !spared.Contains(id)) ? 0 : quietLooks + 1;
            kill();
        }

        return false;
    }

    private void KillAll(IReadOnlySet<int> spared)
    {
        var family = Members();
        var sparedGroups = family.Where(entry => spared.Contains(entry.Id)).Select(entry => entry.Group).ToHashSet();

        // A chain of processes of which each starts the next and ends is gone before its pid is read, but its group stays,
        // and none of a group can start another while the kernel kills it.
        foreach (var group in family.Select(entry => entry.Group).Distinct()
            .Where(group => group > 1 && group != _foreignProcesses.OwnGroup && !sparedGroups.Contains(group)))
        {
            _ = NativeMethods.Kill(-group, NativeMethods.SigKill);
        }

        foreach (var entry in family.Where(entry => !spared.Contains(entry.Id)))
        {
            _ = NativeMethods.Kill(entry.Id, NativeMethods.SigKill);
        }

        // Nor is there one group in a chain of sessions; but each link becomes a child of this process when the one before it ends.
        for (var i = 0; i < QuickKills; i++)
        {
            foreach (var id in Own().Where(id => !spared.Contains(id)))
            {
                _ = NativeMethods.Kill(id, NativeMethods.SigKill);
            }
        }
    }

    /// <summary>The children of this process that belong to the script.</summary>
    private IEnumerable<int> Own() => Children().Where(id => !_foreignProcesses.HasChild(id));

    /// <summary>The children of all threads of this process; a walk through /proc where the kernel has no such file (CONFIG_PROC_CHILDREN).</summary>
    private static List<int> Children()
    {
        List<int> found = [];
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
        {
            try
            {
                found.AddRange(File.ReadAllText($"{thread}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
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

    /// <summary>
    /// Descendants of this process that a script has nothing to do with: what earlier scripts left running on purpose, and what
    /// that starts later. Such a newcomer may be orphaned and adopted by this process, yet it is known by its session:
    /// a script begins one of its own, and no process can enter another's.
    /// </summary>
    private sealed record Strangers(IReadOnlySet<(int Id, ulong StartTime)> Processes, IReadOnlySet<int> Sessions, int OwnGroup)
    {
        public static Strangers Inspect()
        {
            var own = ProcessTable.Parse(File.ReadAllText("/proc/self/stat")) ?? throw new InvalidDataException("/proc/self/stat cannot be read");

            // A walk through /proc takes milliseconds, and before the first script there is usually none.
            var present = NativeMethods.FindDeadChild() is not null ? ProcessTable.Descendants(ProcessTable.Read(), own.Id, _ => false) : [];
            return new Strangers(
                present.Select(entry => (entry.Id, entry.StartTime)).ToHashSet(),
                present.Select(entry => entry.Session).Where(session => session != own.Session).ToHashSet(),
                own.Group);
        }

        public bool HasChild(int id) => Processes.Any(process => process.Id == id) || Spared.ContainsKey(id) || HasSession(NativeMethods.SessionOf(id));

        public bool Has(ProcessEntry entry) => Processes.Contains((entry.Id, entry.StartTime)) || Spared.ContainsKey(entry.Id) || HasSession(entry.Session);

        private bool HasSession(int session) => Sessions.Contains(session) || Spared.ContainsKey(session);
    }
}
