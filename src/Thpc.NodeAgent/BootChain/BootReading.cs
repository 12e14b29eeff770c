using System.ComponentModel;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.BootChain;

/// <summary>Reads the boot before a run while the run's stages work, so that it delays no node.</summary>
internal sealed class BootReading(NodeRoot root) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    // Reading takes 0.1 s. It may lengthen a shorter run by this part.
    private const int GracePart = 50;

    private readonly CancellationTokenSource _cancel = new();
    private Task<BootTimes?>? _times;

    /// <summary>Starts to read, at the first call.</summary>
    public void Start() => _times ??= BootTimes.ReadAsync(root, Limit, _cancel.Token);

    /// <returns>The report with its boot; unchanged if there was nothing to read, or it takes too long.</returns>
    public async Task<Report> CompleteAsync(Report report)
    {
        if (_times is null)
        {
            return report;
        }

        _cancel.CancelAfter(TimeSpan.FromMilliseconds(Math.Max(0, report.DurationMs) / GracePart));
        try
        {
            if (await _times is not { } times)
            {
                return report;
            }

            var run = new AgentRun(report.UptimeMs * 1000, IsAlive: false, report);
            return report with
            {
                Boot = BootLinks.From(times, run, slurmd: null, BootInspection.MonotonicUs, TimeProvider.System.GetUtcNow()),
            };
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or Win32Exception)
        {
            return report;
        }
    }

    public void Dispose() => _cancel.Dispose();
}
