using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.BootChain;

/// <summary>The run of the agent on systemd's clock.</summary>
/// <param name="StartUs">Microseconds of CLOCK_MONOTONIC.</param>
/// <param name="IsAlive">Whether it is in progress. A report with outcome `running` but no run is from a killed run.</param>
internal sealed record AgentRun(long StartUs, bool IsAlive, Report Report);

/// <summary>
/// Splits the time of a boot into links. It walks back from slurmd, or else from the agent's unit: each unit started when the last of those
/// that it is ordered after was complete, as `systemd-analyze critical-chain` shows. A moment belongs to the unit that was then starting.
/// </summary>
internal sealed class BootLinks
{
    public const string AgentUnit = "thpc-node-agent.service";
    public const string SlurmdUnit = "slurmd.service";

    // Between the end of a unit and the start of the next one systemd itself needs some milliseconds, more on a busy machine.
    private const long MaxGapUs = 100_000;

    private static readonly string[] NetworkUnits =
        ["network", "systemd-network", "NetworkManager", "wicked", "dhcpcd", "dhclient", "ifup", "connman"];

    private List<Part> _links = [];
    private readonly BootTimes _times;
    private readonly AgentRun? _run;
    private readonly SlurmdLog? _slurmd;
    private readonly long _nowUs;

    private BootLinks(BootTimes times, AgentRun? run, SlurmdLog? slurmd, long nowUs) =>
        (_times, _run, _slurmd, _nowUs) = (times, run, slurmd, nowUs);

    /// <param name="run">The last run in this boot; null if there was none.</param>
    /// <param name="slurmd">What slurmd logged; null if it did not start.</param>
    /// <param name="nowUs">The end of the boot if it has not ended: now, in microseconds of CLOCK_MONOTONIC.</param>
    /// <param name="now">The same on the node's clock.</param>
    public static BootReport From(BootTimes times, AgentRun? run, SlurmdLog? slurmd, long nowUs, DateTimeOffset now)
    {
        var links = new BootLinks(times, run, slurmd, nowUs);
        links.AddUnits();
        links.AddBeforeSystemd();
        links._links.Sort((one, other) => one.FromUs.CompareTo(other.FromUs));
        links.AddRun();
        links.AddSlurmd();
        var zero = ZeroUs(times);
        List<BootLink> found = [];
        foreach (var part in links._links)
        {
            // Rounded at both ends, so that the links still follow each other.
            var fromMs = (part.FromUs - zero) / 1000;
            var durationMs = ((part.ToUs - zero) / 1000) - fromMs;
            if (durationMs > 0)
            {
                found.Add(new BootLink(part.Name, part.Unit, fromMs, durationMs));
            }
        }

        var end = found.Count == 0 ? 0 : found[^1].FromMs + found[^1].DurationMs;
        return new BootReport(now.AddTicks((zero - nowUs) * TimeSpan.TicksPerMicrosecond), end, found);
    }

    /// <summary>The start of the boot: the firmware's, the kernel's, or in a container systemd's.</summary>
    private static long ZeroUs(BootTimes times) =>
        times.HasKernel ? -Math.Max(times.FirmwareUs, times.LoaderUs) : times.SystemdUs;

    private void AddBeforeSystemd()
    {
        if (!_times.HasKernel)
        {
            return;
        }

        var initrd = _times.InitrdUs > 0 ? Math.Min(_times.InitrdUs, _times.SystemdUs) : _times.SystemdUs;
        if (_times.FirmwareUs > _times.LoaderUs)
        {
            Add(BootLinkNames.Firmware, null, -_times.FirmwareUs, -_times.LoaderUs);
        }

        Add(BootLinkNames.Loader, null, -_times.LoaderUs, 0);
        Add(BootLinkNames.Kernel, null, 0, initrd);
        Add(BootLinkNames.Initrd, null, initrd, _times.SystemdUs);
    }

    /// <summary>Adds the units of the critical chain, from the last to the first, and systemd's own start.</summary>
    private void AddUnits()
    {
        var unit = FirstStartOfSlurmd() ?? Started(AgentUnit) ?? Awaited() ?? Started("multi-user.target") ?? Started("basic.target");
        var end = unit is null ? _nowUs : unit.EndUs ?? _nowUs;
        HashSet<string> seen = new(StringComparer.Ordinal);
        while (unit is not null && end > _times.SystemdUs && seen.Add(unit.Name))
        {
            var start = Math.Clamp(unit.StartUs, _times.SystemdUs, end);
            var before = Predecessor(unit, start, seen);
            var earliest = Math.Clamp(before?.EndUs ?? start, _times.SystemdUs, start);
            var gap = start - earliest;
            if (gap <= MaxGapUs || before is null)
            {
                Add(Category(unit.Name), unit.Name, earliest, end);
            }
            else
            {
                Add(Category(unit.Name), unit.Name, start, end);
                Add(BootLinkNames.Wait, null, earliest, start);
            }

            (unit, end) = (before, earliest);
        }

        Add(BootLinkNames.Systemd, null, _times.SystemdUs, end);
    }

    private UnitTimes? Started(string name) =>
        _times.Units.GetValueOrDefault(name) is { IsSkipped: false, StartUs: > 0 } unit && unit.StartUs <= _nowUs ? unit : null;

    /// <summary>Null after a restart, of which systemd has only the last start: then slurmd's log tells when it first started.</summary>
    private UnitTimes? FirstStartOfSlurmd() => Started(SlurmdUnit) is { } unit && !(_slurmd?.AsksUs < unit.StartUs) ? unit : null;

    /// <summary>Where the agent's unit has not started: the unit that it waits for, of several the one that started first.</summary>
    private UnitTimes? Awaited()
    {
        List<UnitTimes> starting = [];
        HashSet<string> seen = new(StringComparer.Ordinal) { AgentUnit };
        for (var open = new Queue<string>(seen); open.TryDequeue(out var name);)
        {
            if (_times.Units.GetValueOrDefault(name) is not { EndUs: null } unit)
            {
                continue;
            }

            if (unit.StartUs > 0)
            {
                starting.Add(unit);
                continue;
            }

            foreach (var earlier in unit.After.Where(seen.Add))
            {
                open.Enqueue(earlier);
            }
        }

        return starting.MinBy(unit => unit.StartUs);
    }

    /// <summary>The unit that another one waited for last: one that it is ordered after, or cloud-init where that started it.</summary>
    private UnitTimes? Predecessor(UnitTimes unit, long startUs, HashSet<string> seen)
    {
        var before = unit.After.Select(name => _times.Units.GetValueOrDefault(name)).OfType<UnitTimes>()
            .Where(other => other.EndUs <= startUs && !seen.Contains(other.Name));
        var last = before.Aggregate((UnitTimes?)null, Later);
        if (startUs - (last?.EndUs ?? 0) <= MaxGapUs)
        {
            return last;
        }

        // User data starts units from inside of cloud-init's stages: the rest of that stage delays nothing.
        foreach (var other in _times.Units.Values)
        {
            if (Category(other.Name) == BootLinkNames.CloudInit && other.StartUs > 0 && other.StartUs < startUs && !(other.EndUs < startUs)
                && other.Name.EndsWith(".service", StringComparison.Ordinal) && !seen.Contains(other.Name))
            {
                return other with { EndUs = startUs };
            }
        }

        return last;
    }

    /// <summary>The unit that was complete later; of two at the same time, the one that took longer.</summary>
    private static UnitTimes Later(UnitTimes? one, UnitTimes other) =>
        one is null || other.EndUs > one.EndUs || (other.EndUs == one.EndUs && other.StartUs < one.StartUs) ? other : one;

    private static string Category(string unit)
    {
        if (unit == AgentUnit)
        {
            return BootLinkNames.Agent;
        }

        if (unit == SlurmdUnit)
        {
            return BootLinkNames.Slurmd;
        }

        if (unit.StartsWith("cloud-", StringComparison.Ordinal))
        {
            return BootLinkNames.CloudInit;
        }

        return Array.Exists(NetworkUnits, name => unit.StartsWith(name, StringComparison.Ordinal)) ? BootLinkNames.Network
            : BootLinkNames.Units;
    }

    /// <summary>Replaces what the run covers of the agent's unit, or of a wait where it was started by hand, by the run's stages.</summary>
    private void AddRun()
    {
        if (_run is not { Report: var report, StartUs: var start, IsAlive: var isAlive })
        {
            return;
        }

        // The end of a killed run is unknown: it is within what its unit or a wait takes.
        var isUnfinished = report.Outcome == RunOutcome.Running;
        var end = isUnfinished ? _nowUs : start + (Math.Max(0, report.DurationMs) * 1000);
        if (_links.Count > 0 && (isAlive || !isUnfinished))
        {
            // A run that no unit started, or that has not ended.
            Add(BootLinkNames.Wait, null, _links[^1].ToUs, end);
        }

        List<Part> all = [];
        foreach (var link in _links)
        {
            var (from, to) = (Math.Max(link.FromUs, start), Math.Min(link.ToUs, end));
            if (link.Name is not (BootLinkNames.Agent or BootLinkNames.Wait) || to <= from)
            {
                all.Add(link);
                continue;
            }

            AddTo(all, link.Name, link.Unit, link.FromUs, from);
            var at = from;
            foreach (var stage in report.Stages)
            {
                var stageFrom = Math.Clamp(start + (stage.StartedMs * 1000), at, to);
                var stageTo = Math.Clamp(start + ((stage.StartedMs + stage.DurationMs) * 1000), stageFrom, to);
                if (stage.Outcome is Outcome.NotRun || stage.Name == report.CurrentStage)
                {
                    continue;
                }

                AddTo(all, BootLinkNames.Agent, null, at, stageFrom);
                AddTo(all, stage.Name, null, stageFrom, stageTo);
                at = stageTo;
            }

            AddTo(all, isUnfinished && report.CurrentStage is { } current ? current : BootLinkNames.Agent, null, at, to);
            AddTo(all, link.Name, link.Unit, to, link.ToUs);
        }

        _links = all;
    }

    private void AddSlurmd()
    {
        if (_slurmd is null || _links.Count == 0)
        {
            return;
        }

        var at = _links[^1].ToUs;
        at = AddUntil(BootLinkNames.Slurmd, SlurmdUnit, at, _slurmd.AsksUs);
        at = AddUntil(BootLinkNames.Registration, null, at, _slurmd.RegisteredUs);
        AddUntil(BootLinkNames.FirstJob, null, at, _slurmd.FirstJobUs);
    }

    private long AddUntil(string name, string? unit, long fromUs, long? toUs)
    {
        Add(name, unit, fromUs, toUs ?? fromUs);
        return Math.Max(fromUs, toUs ?? fromUs);
    }

    private void Add(string name, string? unit, long fromUs, long toUs) => AddTo(_links, name, unit, fromUs, toUs);

    private static void AddTo(List<Part> links, string name, string? unit, long fromUs, long toUs)
    {
        if (toUs <= fromUs)
        {
            return;
        }

        if (links.Count > 0 && links[^1] is var last && last.Name == name && last.Unit == unit && last.ToUs == fromUs)
        {
            links[^1] = last with { ToUs = toUs };
            return;
        }

        links.Add(new Part(name, unit, fromUs, toUs));
    }

    private sealed record Part(string Name, string? Unit, long FromUs, long ToUs);
}
