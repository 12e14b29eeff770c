using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host;

/// <summary>The kernel's log.</summary>
internal static class KernelLog
{
    private const int MaxBytes = 4 << 20;

    // Kernels since 5.4 log it. Without an initrd the path is another one.
    private const string InitrdStart = "Run /init as init process";

    /// <returns>When the kernel started the initrd, in microseconds of CLOCK_MONOTONIC; null if there is none, or no such line.</returns>
    public static long? ReadInitrdStart() =>
        NativeMethods.ReadKernelLog(MaxBytes) is { } log ? FindInitrdStart(Encoding.UTF8.GetString(log)) : null;

    /// <param name="log">Lines such as "&lt;6&gt;[    1.234567] Run /init as init process".</param>
    public static long? FindInitrdStart(string log)
    {
        foreach (var line in log.Split('\n'))
        {
            var (from, to) = (line.IndexOf('[', StringComparison.Ordinal), line.IndexOf(']', StringComparison.Ordinal));
            if (line.EndsWith(InitrdStart, StringComparison.Ordinal) && from >= 0 && to > from
                && double.TryParse(line[(from + 1)..to], CultureInfo.InvariantCulture, out var seconds))
            {
                return (long)(seconds * 1_000_000);
            }
        }

        return null;
    }
}
