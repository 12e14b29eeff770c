using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>All processes that a script has started: descendants of this process, which adopts the script's orphans.</summary>
internal sealed class ScriptProcessTree
{
    private const int ChildKillRounds = 20;
    private static readonly TimeSpan SweepLimit = TimeSpan.FromSeconds(10);

    /// <summary>For readers of the script's output to end by themselves after their writers have ended.</summary>
    private static readonly TimeSpan ReaderLimit = TimeSpan.FromSeconds(1);

    private static readonly IReadOnlySet<int> None = new HashSet<int>();

    private static readonly ConcurrentDictionary<int, bool> Spared = [];

    // No child may start between a search for the script's processes and the decision which of them are not the script's.
    private static readonly Lock Starts = new();

    private readonly ForeignProcesses _foreignProcesses = ForeignProcesses.Inspect();

    /// <summary>Excludes this child of the agent, and the session that it leads, from the script's processes.</summary>
    public static void Spare(int child) => Spared[child] = true;

    /// <summary>Starts a child that is spared from the beginning: a helper of another stage, while a script runs.</summary>
    public static Process StartSpared(ProcessStartInfo start)
    {
        lock (Starts)
        {
            var process = Process.Start(start)!;
            Spare(process.Id);
            return process;
        }
    }

    /// <summary>Ends the protection, since the kernel may give the pid of an ended child to a process of the script.</summary>
    public static void StopSparing(int child) => Spared.TryRemove(child, out _);

    /// <summary>The pid of the script itself; 0 before it is started.</summary>
    public int Leader { get; set; }

    /// <summary>The script's current processes: the script itself first, parents before children.</summary>
    public IReadOnlyList<ProcessEntry> Members()
    {
        IReadOnlyList<ProcessEntry> all;
        lock (Starts)
        {
            all = ProcessTable.Descendants(ProcessTable.Read(), Environment.ProcessId, _foreignProcesses.Has);
        }

        return [.. all.OrderByDescending(entry => entry.Id == Leader)];
    }

    /// <summary>
    /// Ends all processes: TERM, the grace, KILL, until none is left. Readers of the output are ended last, so that output which the others
    /// print at TERM is not lost.
    /// </summary>
    public async Task EndAsync(TimeSpan grace)
    {
        var start = TimeProvider.System.GetTimestamp();
        var members = Members();
        var readers = OutputReaders.PipeReaders(members, Leader);
        SendTerm(members.Where(entry => !readers.Contains(entry.Id)));
        if (await AnyLeftAsync(grace, readers, () => { }))
        {
            // Processes may start others between the search and the kill, so repeat until none is left.
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

    /// <summary>
    /// Reaps adopted children that have ended; init does so only after this process. The runtime reaps the script itself and the spared.
    /// </summary>
    public void ReapZombies()
    {
        using var noStarts = Starts.EnterScope();
        while (NativeMethods.FindDeadChild() is > 0 and var dead && dead != Leader && !Spared.ContainsKey(dead))
        {
            _ = NativeMethods.WaitPid(dead, out _, NativeMethods.WaitNoHang);
        }
    }

    // A stopped process handles TERM only after CONT.
    private static void SendTerm(IEnumerable<ProcessEntry> entries)
    {
        foreach (var entry in entries)
        {
            _ = NativeMethods.Kill(entry.Id, NativeMethods.SigTerm);
            _ = NativeMethods.Kill(entry.Id, NativeMethods.SigCont);
        }
    }

    /// <summary>Whether processes of the script are left at the limit. All of them are descendants of this process.</summary>
    private async Task<bool> AnyLeftAsync(TimeSpan limit, IReadOnlySet<int> spared, Action kill)
    {
        var start = TimeProvider.System.GetTimestamp();
        for (var emptyPolls = 0; emptyPolls < 3; await Task.Delay(5, CancellationToken.None))
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
            {
                return true;
            }

            ReapZombies();
            emptyPolls = OwnChildren().Any(id => !spared.Contains(id)) ? 0 : emptyPolls + 1;
            kill();
        }

        return false;
    }

    private void KillAll(IReadOnlySet<int> spared)
    {
        var family = Members();
        var sparedGroups = family.Where(entry => spared.Contains(entry.Id)).Select(entry => entry.Group).ToHashSet();

        // In a chain of processes, where each starts the next one and ends, a pid is stale once it is read. But the group stays, and no
        // member can fork while the kernel kills the group.
        foreach (var group in family.Select(entry => entry.Group).Distinct()
            .Where(group => group > 1 && group != _foreignProcesses.OwnGroup && !sparedGroups.Contains(group)))
        {
            _ = NativeMethods.Kill(-group, NativeMethods.SigKill);
        }

        foreach (var entry in family.Where(entry => !spared.Contains(entry.Id)))
        {
            _ = NativeMethods.Kill(entry.Id, NativeMethods.SigKill);
        }

        // In a chain of sessions the group changes too. But each process becomes a child of this process when its parent ends.
        for (var i = 0; i < ChildKillRounds; i++)
        {
            foreach (var id in OwnChildren().Where(id => !spared.Contains(id)))
            {
                _ = NativeMethods.Kill(id, NativeMethods.SigKill);
            }
        }
    }

    /// <summary>The children of this process that belong to the script.</summary>
    private List<int> OwnChildren()
    {
        lock (Starts)
        {
            return Children().FindAll(id => !_foreignProcesses.HasChild(id));
        }
    }

    /// <summary>The children of all threads of this process. Kernels without CONFIG_PROC_CHILDREN need a walk through /proc.</summary>
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
    /// Descendants of this process that do not belong to the script: background processes of earlier scripts, and their later children.
    /// Such a child may be adopted by this process. Its session identifies it: each script has a new session, and no process can join
    /// another session.
    /// </summary>
    private sealed record ForeignProcesses(IReadOnlySet<(int Id, ulong StartTime)> Processes, IReadOnlySet<int> Sessions, int OwnGroup)
    {
        public static ForeignProcesses Inspect()
        {
            var own =
                ProcessTable.Parse(File.ReadAllText("/proc/self/stat")) ?? throw new InvalidDataException("/proc/self/stat cannot be read");

            // Before the first script there are usually no children, and a walk through /proc takes milliseconds.
            var present =
                NativeMethods.FindDeadChild() is not null ? ProcessTable.Descendants(ProcessTable.Read(), own.Id, _ => false) : [];
            return new ForeignProcesses(
                present.Select(entry => (entry.Id, entry.StartTime)).ToHashSet(),
                present.Select(entry => entry.Session).Where(session => session != own.Session).ToHashSet(),
                own.Group);
        }

        public bool HasChild(int id) =>
            Processes.Any(process => process.Id == id) || Spared.ContainsKey(id) || HasSession(NativeMethods.SessionOf(id));

        public bool Has(ProcessEntry entry) =>
            Processes.Contains((entry.Id, entry.StartTime)) || Spared.ContainsKey(entry.Id) || HasSession(entry.Session);

        private bool HasSession(int session) => Sessions.Contains(session) || Spared.ContainsKey(session);
    }
}
