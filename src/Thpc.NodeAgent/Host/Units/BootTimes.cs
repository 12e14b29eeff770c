using System.Globalization;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>When a unit started in this boot, in microseconds of CLOCK_MONOTONIC.</summary>
/// <param name="StartUs">When systemd began to start it; 0 if it did not yet.</param>
/// <param name="EndUs">When its start was complete, or had failed; null before that.</param>
/// <param name="After">The units that it is ordered after.</param>
/// <param name="IsSkipped">Whether a condition was not met, so that it did not start: the times are those of the condition's test.</param>
internal sealed record UnitTimes(string Name, long StartUs, long? EndUs, IReadOnlyList<string> After, bool IsSkipped = false);

/// <summary>The times of this boot by systemd, in microseconds of CLOCK_MONOTONIC (systemd 219 has all of them).</summary>
/// <param name="FirmwareUs">How long before the kernel the firmware started; 0 if unknown.</param>
/// <param name="LoaderUs">How long before the kernel the boot loader started; 0 if unknown.</param>
/// <param name="HasKernel">False in a container, whose time starts with systemd.</param>
/// <param name="InitrdUs">When systemd started in the initrd, or else the kernel started the initrd; 0 if unknown.</param>
/// <param name="SystemdUs">When the system's own systemd started.</param>
/// <param name="Units">Units that systemd has loaded.</param>
internal sealed record BootTimes(
    long FirmwareUs, long LoaderUs, bool HasKernel, long InitrdUs, long SystemdUs, IReadOnlyDictionary<string, UnitTimes> Units)
{
    private const int MaxOutput = 4 << 20;
    private const string ManagerProperties =
        "FirmwareTimestampMonotonic,LoaderTimestampMonotonic,KernelTimestamp,InitRDTimestampMonotonic,UserspaceTimestampMonotonic";

    private const string UnitProperties =
        "Id,After,ConditionTimestampMonotonic,InactiveExitTimestampMonotonic,ActiveEnterTimestampMonotonic,ActiveExitTimestampMonotonic,"
        + "InactiveEnterTimestampMonotonic";

    /// <returns>Null if systemd does not run here, or does not answer within the limit.</returns>
    public static async Task<BootTimes?> ReadAsync(NodeRoot root, TimeSpan limit, CancellationToken cancel)
    {
        if (!Systemd.Runs(root))
        {
            return null;
        }

        var manager = await ProgramRunner.RunAsync(["systemctl", "show", $"--property={ManagerProperties}"], limit, cancel);
        if (!manager.Succeeded)
        {
            return null;
        }

        string[] show = ["systemctl", "show", "--all", $"--property={UnitProperties}", "*"];
        var units = await ProgramRunner.RunAsync(show, limit, cancel, headSize: MaxOutput);
        var times = units.Succeeded ? Parse(manager.Output, units.Output) : null;
        return times is { HasKernel: true, InitrdUs: 0 } ? times with { InitrdUs = KernelLog.ReadInitrdStart() ?? 0 } : times;
    }

    /// <param name="manager">NAME=VALUE lines of systemd itself.</param>
    /// <param name="units">The same of each unit, separated by empty lines.</param>
    /// <returns>Null if there is no time of systemd's start.</returns>
    public static BootTimes? Parse(string manager, string units)
    {
        var values = ShowOutput.Parse(manager).FirstOrDefault([]);
        var systemd = Microseconds(values, "UserspaceTimestampMonotonic");
        Dictionary<string, UnitTimes> found = new(StringComparer.Ordinal);
        foreach (var properties in ShowOutput.Parse(units))
        {
            var unit = Unit(properties);
            found[unit.Name] = unit;
        }

        return systemd == 0 ? null : new BootTimes(
            Microseconds(values, "FirmwareTimestampMonotonic"), Microseconds(values, "LoaderTimestampMonotonic"),
            values.GetValueOrDefault("KernelTimestamp", "").Length > 0, Microseconds(values, "InitRDTimestampMonotonic"), systemd, found);
    }

    private static UnitTimes Unit(Dictionary<string, string> values)
    {
        var name = values.GetValueOrDefault("Id", "");
        var start = Microseconds(values, "InactiveExitTimestampMonotonic");
        IReadOnlyList<string> after = values.GetValueOrDefault("After", "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (start == 0)
        {
            var tested = Microseconds(values, "ConditionTimestampMonotonic");
            return tested == 0 ? new UnitTimes(name, 0, null, after) : new UnitTimes(name, tested, tested, after, IsSkipped: true);
        }

        // A unit that does not stay active, as a service that runs once, has no ActiveEnter. Times before the last start are of earlier
        // starts.
        long? end = null;
        foreach (var property in (string[])["ActiveEnter", "ActiveExit", "InactiveEnter"])
        {
            var time = Microseconds(values, property + "TimestampMonotonic");
            end = time >= start && (end is null || time < end) ? time : end;
        }

        return new UnitTimes(name, start, end, after);
    }

    private static long Microseconds(Dictionary<string, string> values, string name) =>
        long.TryParse(values.GetValueOrDefault(name, ""), NumberStyles.None, CultureInfo.InvariantCulture, out var time) ? time : 0;
}
