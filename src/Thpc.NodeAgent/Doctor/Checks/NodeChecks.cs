using System.Globalization;
using Thpc.NodeAgent.Bootstrap;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Doctor.Checks;

/// <summary>The node itself: its configuration, disk space, units, last run, and traces of another node or cluster.</summary>
internal static class NodeChecks
{
    private const long MinBytes = 64 << 20;
    private const long WarnBytes = 512 << 20;

    // A tmpfs that holds only small files: the lock and the ready files.
    private const string RunDirectory = "/run";
    private const long MinRunBytes = 1 << 20;
    private const long MinInodes = 1000;
    private static readonly string[] WrittenDirectories = ["/etc", "/var/lib", "/var/log", RunDirectory, "/root"];
    private static readonly string[] AgentUnits = ["thpc-node-agent.service", "thpc-node-agent-guard.service"];
    private static readonly TimeSpan ProgramLimit = TimeSpan.FromSeconds(3);

    public static Check Configuration(DoctorContext context) => new("configuration", _ =>
    {
        var config = context.Config;
        var cluster = $"{config.Cluster.Id}, {config.Cluster.RoleName}, {config.Cluster.SchedulerType}";
        var summary = new CheckResult(
            "configuration",
            Verdict.Ok,
            Messages.Configuration(context.ConfigName, cluster, config.InitScripts.Count, config.Storage.Count));
        var warnings = context.Warnings.Select(warning => new CheckResult("configuration", Verdict.Warn, warning, Hints.ConfigWarning));
        return Task.FromResult<IReadOnlyList<CheckResult>>([summary, .. warnings]);
    });

    public static Check Space(NodeRoot root) => new("disk", async cancel =>
    {
        // In a child process, because statfs may block on a dead file system.
        var run = await ProgramRunner.RunAsync(
            ["stat", "-f", "-c", "%a %S %d %c %n", "--", .. WrittenDirectories.Select(root.On)], ProgramLimit, cancel);
        List<CheckResult> results = [.. run.Output.Split('\n').Select(line => Space(line, root)).OfType<CheckResult>()];
        List<CheckResult> problems = [.. results.Where(result => result.Verdict != Verdict.Ok)];
        if (problems.Count > 0)
        {
            return problems;
        }

        LocalizedText message = results.Count == 0
            ? TerminalText.OneLine(run.LastOutput)
            : LocalizedText.Join(LocalizedText.Comma, [.. results.Select(result => result.Text)]);
        return [new CheckResult("disk", Verdict.Ok, message)];
    });

    /// <param name="line">
    /// A line of `stat -f -c '%a %S %d %c %n'`: free blocks, block size, free inodes, all inodes, path.
    /// </param>
    /// <returns>Null for any other line.</returns>
    public static CheckResult? Space(string line, NodeRoot root)
    {
        var fields = line.Split(' ', 5);
        if (fields.Length != 5
            || !Array.TrueForAll(fields[..4], field => long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return null;
        }

        long[] numbers = [.. fields[..4].Select(field => long.Parse(field, CultureInfo.InvariantCulture))];
        var (free, freeInodes, allInodes) = (numbers[0] * numbers[1], numbers[2], numbers[3]);
        var path = fields[4][root.Prefix.Length..];
        var message = Messages.Free(path, free >> 20);
        var (min, warn) = path == RunDirectory ? (MinRunBytes, MinRunBytes) : (MinBytes, WarnBytes);

        // Some file systems, such as btrfs, report no inodes.
        return allInodes > 0 && freeInodes < MinInodes
            ? new CheckResult("disk", Verdict.Fail, Messages.FreeInodes(path, freeInodes), Hints.FreeInodes, ErrorCode.NoSpace)
            : free < min ? new CheckResult("disk", Verdict.Fail, message, ErrorCode.NoSpace.Hint, ErrorCode.NoSpace)
            : free < warn ? new CheckResult("disk", Verdict.Warn, message, Hints.FreeSpace)
            : new CheckResult("disk", Verdict.Ok, message);
    }

    public static Check Units(NodeRoot root) => new("units", async cancel =>
    {
        if (!Systemd.Runs(root))
        {
            return [new CheckResult("units", Verdict.Ok, Messages.NoSystemd)];
        }

        string[] units = [.. AgentUnits, SlurmGate.ComputeUnit, .. SlurmGate.ControllerUnits];
        var run = await ProgramRunner.RunAsync(
            ["systemctl", "show", $"--property={UnitState.Properties},Result", "--", .. units], ProgramLimit, cancel);
        if (!run.Succeeded)
        {
            var problem = run.TimedOut ? Messages.NoAnswer($"{ProgramLimit.TotalSeconds:0}") : run.LastOutput;
            return [new CheckResult("units", Verdict.Fail, "systemctl show: " + problem, Hints.SystemdSilent)];
        }

        var blocks = run.Output.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return
        [
            .. blocks.Take(AgentUnits.Length).Select(AgentUnit),
            .. blocks.Skip(AgentUnits.Length).SelectMany(UnitState.Parse).Select(SlurmUnit).OfType<CheckResult>(),
        ];
    });

    /// <summary>Whether a daemon of Slurm waits for the bootstrap.</summary>
    /// <returns>Null if the unit is not installed.</returns>
    public static CheckResult? SlurmUnit(UnitState unit)
    {
        if (!unit.Loaded)
        {
            return null;
        }

        if (!unit.DropIns.Any(path => path.EndsWith("/" + SlurmGate.DropIn, StringComparison.Ordinal)))
        {
            return new CheckResult(
                "units",
                Verdict.Warn,
                Messages.DoesNotWait(unit.Name),
                Hints.InstallDropIn(unit.Name));
        }

        return unit.IsHeldBack
            ? new CheckResult("units", Verdict.Warn, Messages.HeldBack(unit.Name), Hints.HeldBack)
            : new CheckResult("units", Verdict.Ok, Messages.Waits(unit.Name, unit.Active));
    }

    /// <param name="properties">The output of `systemctl show` for one unit: a NAME=VALUE on each line.</param>
    public static CheckResult AgentUnit(string properties)
    {
        var values = properties.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        string Value(string name) => values.GetValueOrDefault(name, "");
        var unit = Value("Id");
        if (Value("LoadState") != "loaded")
        {
            return new CheckResult("units", Verdict.Warn, Messages.NotInstalled(unit, Value("LoadState")), Hints.InstallUnit(unit));
        }

        if (Value("ActiveState") == "failed")
        {
            return new CheckResult("units", Verdict.Fail, Messages.UnitFailed(unit, Value("Result")), Hints.UnitFailed(unit));
        }

        var message = Messages.UnitState(unit, Value("UnitFileState"), Value("ActiveState"));
        return Value("UnitFileState") is "enabled" or "enabled-runtime"
            ? new CheckResult("units", Verdict.Ok, message)
            : new CheckResult("units", Verdict.Warn, message, Hints.EnableUnit(unit));
    }

    public static Check LastRun(NodeRoot root) => new("last run", _ =>
    {
        const string Name = "last run";
        var isRunning = RunLock.IsHeld(root);
        var report = Readiness.LastReport(root);
        var started = $"{report?.StartedAt:yyyy-MM-dd HH:mm:ss}Z";
        var finished = $"{report?.FinishedAt:yyyy-MM-dd HH:mm:ss}Z";
        return Task.FromResult<IReadOnlyList<CheckResult>>([report switch
        {
            null => new CheckResult(
                Name, Verdict.Warn, isRunning ? Messages.FirstRun : Messages.NoReport, Hints.StartFirstRun),
            { Outcome: RunOutcome.Succeeded } =>
                new CheckResult(Name, Verdict.Ok, Messages.Succeeded(finished, $"{report.DurationMs / 1000.0:0.0}")),
            { Outcome: RunOutcome.Running } when isRunning => new CheckResult(
                Name, Verdict.Warn, Messages.InProgress(started, report.CurrentStage ?? Messages.NoStage), Hints.WaitForRun),
            { FirstError: { } error } => new CheckResult(
                Name, Verdict.Fail, error.Text + "\n" + Messages.InTheRun(started), error.Advice, error.Known),
            _ => new CheckResult(
                Name, Verdict.Fail, Messages.Unfinished(started), ErrorCode.Interrupted.Hint, ErrorCode.Interrupted),
        }]);
    });

    /// <summary>Finds traces of another node or cluster on this disk.</summary>
    public static Check Leftovers(DoctorContext context) => new("leftovers", _ =>
    {
        List<CheckResult> results = [];
        var cluster = context.Config.Cluster.Id;
        if (Readiness.LastReport(context.Root) is { ClusterId.Length: > 0 } report && report.ClusterId != cluster)
        {
            results.Add(new CheckResult(
                "leftovers",
                Verdict.Warn,
                Messages.OtherCluster(report.ClusterId, cluster),
                Hints.OtherClusterReport));
        }

        if (StateFiles.HasRemoved(context.Root))
        {
            results.Add(new CheckResult(
                "leftovers",
                Verdict.Warn,
                Messages.RemovedMounts(NodePaths.RemovedStorage),
                Hints.CleanImage));
        }

        return Task.FromResult<IReadOnlyList<CheckResult>>(
            results.Count > 0 ? results : [new CheckResult("leftovers", Verdict.Ok, Messages.NoTraces)]);
    });

    /// <summary>How long a bootstrap may take, and whether the unit stops it earlier.</summary>
    public static Check TimeLimit(DoctorContext context) => new("time limit", async cancel =>
    {
        var max = $"{MaxDuration(context.Config).TotalSeconds:0}";
        if (!Systemd.Runs(context.Root))
        {
            return [new CheckResult("time limit", Verdict.Ok, Messages.MaxDuration(max))];
        }

        var run = await ProgramRunner.RunAsync(
            ["systemctl", "show", "--value", "--property=TimeoutStartUSec", "--", AgentUnits[0]], ProgramLimit, cancel);
        var limit = run.Output.Trim();
        return [run.Succeeded && limit != "infinity"
            ? new CheckResult("time limit", Verdict.Warn, Messages.StoppedByUnit(max, AgentUnits[0], limit), Hints.RemoveUnitTimeout)
            : new CheckResult("time limit", Verdict.Ok, Messages.MaxDurationOfUnit(max))];
    });

    /// <returns>
    /// The sum of the limits of all stages. Mounts count once for each batch of <see cref="MountSettings.Parallelism"/>.
    /// </returns>
    public static TimeSpan MaxDuration(NodeConfig config) => config.Packages.Timeout
        + config.InitScripts.Aggregate(TimeSpan.Zero, (sum, script) => sum + script.Timeout + config.ScriptKillGrace)
        + (config.Mount.Timeout * Math.Ceiling((double)config.Storage.Count / config.Mount.Parallelism))
        + (config.FleetDirectory is null ? TimeSpan.Zero : FleetReportFile.Limit);
}
