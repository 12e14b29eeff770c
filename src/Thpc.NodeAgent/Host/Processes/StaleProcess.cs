using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// An init script or a mount command that a killed run left running. It must end before this run repeats it: a script must not run twice
/// at the same time, and a late mount would cover the new one.
/// </summary>
internal static class StaleProcess
{
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Ends the process, its session and its descendants: TERM, the grace, KILL. Orphans in another session cannot be found any more.
    /// </summary>
    /// <param name="pidFile">See <see cref="ChildProcess.Start"/>.</param>
    /// <returns>The process; null if none was left.</returns>
    public static async Task<int?> EndAsync(string pidFile, TimeSpan grace, CancellationToken cancel)
    {
        // /run is empty after a boot. Within one boot a pid can be reused, but not with the same start time.
        if (RegularFile.ReadText(pidFile) is not { } text || ProcessTable.Parse(text) is not { } leader
            || ProcessTable.Read() is var all && !all.Any(entry => entry.IsSame(leader)))
        {
            return null;
        }

        var family = ProcessTable.Descendants(all, leader.Id, _ => false);
        bool BelongsToIt(ProcessEntry entry) =>
            entry.Session == leader.Id || entry.IsSame(leader) || family.Any(member => member.IsSame(entry));
        List<ProcessEntry> Left() => [.. ProcessTable.Read().Where(entry => entry.State != 'Z' && BelongsToIt(entry))];
        foreach (var (signal, limit) in ((int, TimeSpan)[])[(NativeMethods.SigTerm, grace), (NativeMethods.SigKill, KillLimit)])
        {
            foreach (var entry in Left())
            {
                _ = NativeMethods.Kill(entry.Id, signal);

                // A stopped process handles TERM only after CONT.
                _ = NativeMethods.Kill(entry.Id, NativeMethods.SigCont);
            }

            for (var start = TimeProvider.System.GetTimestamp(); Left().Count > 0 && TimeProvider.System.GetElapsedTime(start) < limit;)
            {
                await Task.Delay(PollInterval, cancel);
            }
        }

        return leader.Id;
    }
}
