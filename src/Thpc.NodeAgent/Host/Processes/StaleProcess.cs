using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// An init script or a mount that a run which was killed has left going on. This run is about to do the same again: a script must not run
/// beside itself, and what mounts late would mount upon what is mounted by then.
/// </summary>
internal static class StaleProcess
{
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Ends it with its session and everything below it: TERM, the grace, KILL. What has left both is not known any more.</summary>
    /// <param name="note">The file in which it said which process it is; see <see cref="ChildProcess.Start"/>.</param>
    /// <returns>Its process; null where none was left.</returns>
    public static async Task<int?> EndAsync(string note, TimeSpan grace, CancellationToken cancel)
    {
        // Pids begin anew at every boot, and /run does too; within one a pid may come again, but not with its time of birth.
        if (RegularFile.ReadText(note) is not { } text || ProcessTable.Parse(text) is not { } leader
            || ProcessTable.Read() is var all && !all.Any(entry => entry.IsSame(leader)))
        {
            return null;
        }

        var family = ProcessTable.Descendants(all, leader.Id, _ => false);
        List<ProcessEntry> Left() => [.. ProcessTable.Read().Where(entry => entry.State != 'Z' && (entry.Session == leader.Id || entry.IsSame(leader) || family.Any(member => member.IsSame(entry))))];
        foreach (var (signal, patience) in ((int, TimeSpan)[])[(NativeMethods.SigTerm, grace), (NativeMethods.SigKill, KillLimit)])
        {
            foreach (var entry in Left())
            {
                _ = NativeMethods.Kill(entry.Id, signal);

                // A stopped process takes TERM only once it goes on.
                _ = NativeMethods.Kill(entry.Id, NativeMethods.SigCont);
            }

            for (var start = TimeProvider.System.GetTimestamp(); Left().Count > 0 && TimeProvider.System.GetElapsedTime(start) < patience;)
            {
                await Task.Delay(PollInterval, cancel);
            }
        }

        return leader.Id;
    }
}
