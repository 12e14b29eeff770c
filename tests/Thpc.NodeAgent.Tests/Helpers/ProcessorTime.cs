using System.Runtime.InteropServices;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>
/// What a computation costs: the processor's time of the thread that runs it. Unlike time by the clock it counts neither other processes
/// nor the pauses of the garbage collector that other threads cause.
/// </summary>
internal static partial class ProcessorTime
{
    // CLOCK_THREAD_CPUTIME_ID of time.h.
    private const int ThreadClock = 3;

    public static TimeSpan Of(Action action)
    {
        var start = Now();
        action();
        return Now() - start;
    }

    private static TimeSpan Now()
    {
        Assert.Equal(0, ClockGetTime(ThreadClock, out var time));
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1000.0);
    }

    /// <summary>struct timespec of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ClockGetTime(int clock, out TimeSpec time);
}
