using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.BootChain;

/// <param name="Run">The last report, if it is of a run in this boot; else null.</param>
/// <param name="Problem">slurmd's last failure to register; null if it logged none.</param>
internal sealed record BootSoFar(BootReport Boot, Report? Run, string? Problem);

/// <summary>Reads the times of this boot from systemd, the kernel's log and slurmd's log.</summary>
internal static class BootInspection
{
    /// <param name="report">The last report; null if there is none. A report of another boot does not count.</param>
    /// <param name="isAlive">Whether that run is in progress.</param>
    /// <param name="limit">For each of the sources that may block.</param>
    /// <returns>The boot so far; null if systemd does not run here or does not answer.</returns>
    public static async Task<BootSoFar?> ReadAsync(
        NodeRoot root, Report? report, bool isAlive, TimeSpan limit, CancellationToken cancel)
    {
        if (await BootTimes.ReadAsync(root, limit, cancel) is not { } times)
        {
            return null;
        }

        var (nowUs, now) = (MonotonicUs, TimeProvider.System.GetUtcNow());
        var agent = times.Units.GetValueOrDefault(BootLinks.AgentUnit);
        SlurmdLog? slurmd = null;
        if (times.Units.GetValueOrDefault(BootLinks.SlurmdUnit) is { IsSkipped: false })
        {
            var kernelStart = now.AddTicks(-nowUs * TimeSpan.TicksPerMicrosecond);
            slurmd = await SlurmdLog.ReadAsync(root, agent?.EndUs ?? times.SystemdUs, kernelStart, limit, cancel);
        }

        var run = report is { UptimeMs: > 0 and var uptime } && report.BootId == CurrentBoot.Id(root)
            ? new AgentRun(uptime * 1000, isAlive, report)
            : null;
        return new BootSoFar(BootLinks.From(times, run, slurmd, nowUs, now), run?.Report, slurmd?.Problem);
    }

    /// <summary>CLOCK_MONOTONIC, by which systemd's times are.</summary>
    public static long MonotonicUs => (long)TimeProvider.System.GetElapsedTime(0).TotalMicroseconds;
}
