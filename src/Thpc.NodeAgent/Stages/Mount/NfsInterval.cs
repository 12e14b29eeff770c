using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// What the requests of one NFS mount did between two readings of the kernel's counters: whether its server is slow or answers get
/// lost, while every request still ends.
/// </summary>
internal sealed class NfsInterval
{
    // NFS over TCP sends a request again only after its timeout or a lost connection: never in normal work. One lost connection under
    // load makes a few among thousands, so the share counts too.
    private const long MinResent = 2;
    private const long MinResentPercent = 5;

    // A loaded server takes 0.5 s, and Slurm's health check waits 0.7 s. One or two late answers are no state of the server.
    private const long SlowMilliseconds = 1000;
    private const long MinSlow = 3;

    // Age and time are cut to seconds, and not read at the same moment.
    private const long AgeTolerance = 3;

    public required string LocalPath { get; init; }

    public required string Source { get; init; }

    /// <summary>Between the readings; since the mount if there was no earlier one.</summary>
    public required long Seconds { get; init; }

    /// <summary>The number of requests that ended.</summary>
    public long Requests { get; private set; }

    /// <summary>How often one was sent again.</summary>
    public long Resent { get; private set; }

    /// <summary>The kind of request with the longest mean time, of those with enough requests; null if there is none.</summary>
    public string? Slowest { get; private set; }

    /// <summary>The mean time of these, from the transmission to the answer.</summary>
    public long Milliseconds { get; private set; }

    /// <summary>The number of these.</summary>
    public long SlowestCount { get; private set; }

    public bool LosesAnswers => Resent >= MinResent && Resent * 100 >= Requests * MinResentPercent;

    public bool IsSlow => Milliseconds >= SlowMilliseconds;

    /// <summary>What is wrong; null if nothing is.</summary>
    public LocalizedText? Problem
    {
        get
        {
            var lost = Messages.NfsResent($"{Resent}", $"{Requests}");
            var slow = Messages.NfsSlow(Slowest ?? "", $"{Milliseconds}", $"{SlowestCount}");
            LocalizedText? reason = LosesAnswers && IsSlow ? Messages.NfsBoth(lost, slow) : LosesAnswers ? lost : IsSlow ? slow : null;
            return reason is null ? null : Messages.NfsInterval(LocalPath, Source, $"{Seconds}") + reason;
        }
    }

    /// <param name="before">Null: all requests since the mount.</param>
    /// <param name="seconds">Between the readings.</param>
    /// <returns>Null if the counters do not continue the earlier ones, as after a remount.</returns>
    public static NfsInterval? Compare(string localPath, NfsCounters? before, NfsCounters now, long seconds)
    {
        if (before is not null && (before.Source != now.Source || now.Age + AgeTolerance < before.Age + seconds || WentBack(before, now)))
        {
            return null;
        }

        var interval = new NfsInterval
        {
            LocalPath = localPath,
            Source = now.Source,
            Seconds = before is null ? now.Age : seconds,
        };
        foreach (var operation in now.Operations)
        {
            interval.Add(operation, before?.Find(operation.Name) ?? new NfsOperation("", 0, 0, 0));
        }

        return interval;
    }

    private void Add(NfsOperation now, NfsOperation before)
    {
        var count = now.Count - before.Count;
        Requests += count;
        Resent += Math.Max(0, now.Sent - before.Sent - count);
        if (count >= MinSlow && (now.Milliseconds - before.Milliseconds) / count is var mean
            && (Slowest is null || mean > Milliseconds))
        {
            (Slowest, Milliseconds, SlowestCount) = (now.Name, mean, count);
        }
    }

    private static bool WentBack(NfsCounters before, NfsCounters now)
    {
        foreach (var old in before.Operations)
        {
            var operation = now.Find(old.Name);
            if (operation.Count < old.Count || operation.Sent < old.Sent || operation.Milliseconds < old.Milliseconds)
            {
                return true;
            }
        }

        return false;
    }
}
