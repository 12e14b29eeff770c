using System.Globalization;
using Thpc.NodeAgent.Bootstrap;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Doctor.Checks;

/// <summary>The node itself: its configuration, its disk, its units, its last run, and whether it was another node before.</summary>
internal static class NodeChecks
{
    private const long MinBytes = 64 << 20;
    private const long FewBytes = 512 << 20;

    // In memory: a lock and a mark, while the rest is for scripts, packages and logs.
    private const string Run = "/run";
    private const long MinBytesOfRun = 1 << 20;
    private const long MinInodes = 1000;
    private static readonly string[] WrittenTo = ["/etc", "/var/lib", "/var/log", Run, "/root"];
    private static readonly string[] AgentUnits = ["thpc-node-agent.service", "thpc-node-agent-guard.service"];
    private static readonly TimeSpan ToolLimit = TimeSpan.FromSeconds(3);

    public static Check Configuration(DoctorContext context) => new("configuration", _ =>
    {
        var config = context.Config;
        var summary = new CheckResult("configuration", Verdict.Ok, $"{context.ConfigName}: {config.Cluster.Id}, {config.Cluster.RoleName}, {config.Cluster.SchedulerType}, init scripts: {config.InitScripts.Count}, storage: {config.Storage.Count}");
        return Task.FromResult<IReadOnlyList<CheckResult>>([summary, .. context.Warnings.Select(warning => new CheckResult("configuration", Verdict.Warn, warning, new("Correct it, or let it be if it was meant so.", "请修正；如属有意为之，可忽略。")))]);
    });

    public static Check Space(NodeRoot root) => new("disk", async cancel =>
    {
        // In a child, for what is asked may not answer.
        var run = await ProgramRunner.RunAsync(["stat", "-f", "-c", "%a %S %d %c %n", "--", .. WrittenTo.Select(root.On)], ToolLimit, cancel);
        List<CheckResult> found = [.. run.Output.Split('\n').Select(line => Space(line, root)).OfType<CheckResult>()];
        return found.Exists(diagnosis => diagnosis.Verdict != Verdict.Ok) ? [.. found.Where(diagnosis => diagnosis.Verdict != Verdict.Ok)]
            : [new CheckResult("disk", Verdict.Ok, found.Count == 0 ? OutputText.OneLine(run.LastWords) : string.Join(", ", found.Select(diagnosis => diagnosis.Measured)))];
    });

    /// <param name="line">Free blocks, their size, free and all inodes, path: `stat -f -c '%a %S %d %c %n'`.</param>
    /// <returns>Null for any other line.</returns>
    public static CheckResult? Space(string line, NodeRoot root)
    {
        var fields = line.Split(' ', 5);
        if (fields.Length != 5 || !Array.TrueForAll(fields[..4], field => long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            return null;
        }

        long[] numbers = [.. fields[..4].Select(field => long.Parse(field, CultureInfo.InvariantCulture))];
        var (free, inodes) = (numbers[0] * numbers[1], numbers[2]);
        var path = fields[4][root.Prefix.Length..];
        var measured = $"{path} {free >> 20} MiB free";
        var (min, few) = path == Run ? (MinBytesOfRun, MinBytesOfRun) : (MinBytes, FewBytes);

        // Some file systems, such as btrfs, count no inodes.
        return numbers[3] > 0 && inodes < MinInodes ? new CheckResult("disk", Verdict.Fail, $"{path} has {inodes} inodes left", new("Remove what has many small files: `du --inodes -x -d 2 /` shows it.", "请清理小文件较多的目录：`du --inodes -x -d 2 /` 可查看。"), ErrorCode.NoSpace)
            : free < min ? new CheckResult("disk", Verdict.Fail, measured, ErrorCode.NoSpace.Hint, ErrorCode.NoSpace)
            : free < few ? new CheckResult("disk", Verdict.Warn, measured, new("Free some space before init scripts and packages need it.", "请在初始化脚本和软件包用到之前释放一些空间。"))
            : new CheckResult("disk", Verdict.Ok, measured);
    }

    public static Check Units(NodeRoot root) => new("units", async cancel =>
    {
        if (!Systemd.Runs(root))
        {
            return [new CheckResult("units", Verdict.Ok, "systemd does not run here")];
        }

        string[] units = [.. AgentUnits, SlurmGate.ComputeUnit, .. SlurmGate.ControllerUnits];
        var run = await ProgramRunner.RunAsync(["systemctl", "show", $"--property={UnitState.Properties},Result", "--", .. units], ToolLimit, cancel);
        var blocks = run.Output.Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return run.Succeeded
            ? [.. blocks.Take(AgentUnits.Length).Select(Unit), .. blocks.Skip(AgentUnits.Length).SelectMany(UnitState.Parse).Select(Gate).OfType<CheckResult>()]
            : [new CheckResult("units", Verdict.Fail, $"systemctl show: {(run.TimedOut ? $"no answer within {ToolLimit.TotalSeconds:0} s" : run.LastWords)}", new("systemd itself does not answer: see `journalctl -b -u init.scope`, and whether the memory is full.", "systemd 没有响应：请查看 `journalctl -b -u init.scope`，并检查内存是否已用尽。"))];
    });

    /// <returns>Null for a unit that is not installed.</returns>
    public static CheckResult? Gate(UnitState unit) =>
        !unit.Loaded ? null
        : !unit.DropIns.Any(path => path.EndsWith("/" + SlurmGate.DropIn, StringComparison.Ordinal))
        ? new CheckResult("units", Verdict.Warn, $"{unit.Name} starts on a node that is not whole: it lacks the agent's drop-in", new(
            $"Install images/systemd/{unit.Name}.d/{SlurmGate.DropIn} in the image, then `systemctl daemon-reload`.",
            $"请在镜像中安装 images/systemd/{unit.Name}.d/{SlurmGate.DropIn}，然后执行 `systemctl daemon-reload`。"))
        : unit.IsHeldBack ? new CheckResult("units", Verdict.Warn, $"{unit.Name} is held back until a bootstrap succeeds", new(
            "Mend what `thpc-node-agent status` shows, then `systemctl restart thpc-node-agent`: it starts by itself.",
            "请修复 `thpc-node-agent status` 显示的问题，然后执行 `systemctl restart thpc-node-agent`：该服务会自动启动。"))
        : new CheckResult("units", Verdict.Ok, $"{unit.Name} is {unit.Active}, and waits for the bootstrap at boot");

    /// <param name="properties">As `systemctl show` prints them, NAME=VALUE in a line each.</param>
    public static CheckResult Unit(string properties)
    {
        var values = properties.Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        string Value(string name) => values.GetValueOrDefault(name, "");
        var unit = Value("Id");
        var measured = $"{unit} is {Value("UnitFileState")} and {Value("ActiveState")}";
        return Value("LoadState") != "loaded" ? new CheckResult("units", Verdict.Warn, $"{unit} is not installed ({Value("LoadState")})", new($"Install images/systemd/{unit} in the image, and enable it.", $"请在镜像中安装 images/systemd/{unit} 并启用。"))
            : Value("ActiveState") == "failed" ? new CheckResult("units", Verdict.Fail, $"{unit} failed ({Value("Result")})", new($"`journalctl -b -u {unit}` says why; `systemctl restart {unit}` tries again.", $"`journalctl -b -u {unit}` 可查看原因；`systemctl restart {unit}` 可重试。"))
            : Value("UnitFileState") is "enabled" or "enabled-runtime" ? new CheckResult("units", Verdict.Ok, measured)
            : new CheckResult("units", Verdict.Warn, measured, new($"`systemctl enable {unit}`, or it does not run at the next boot.", $"请执行 `systemctl enable {unit}`，否则下次启动时不会运行。"));
    }

    public static Check LastRun(NodeRoot root) => new("last run", _ =>
    {
        var alive = RunLock.IsHeld(root);
        var report = Readiness.LastReport(root);
        return Task.FromResult<IReadOnlyList<CheckResult>>([report switch
        {
            null => new CheckResult("last run", Verdict.Warn, alive ? "the first one is in progress" : "none has left a report", new("`thpc-node-agent bootstrap` runs it; at boot the unit does.", "可用 `thpc-node-agent bootstrap` 运行；启动时由 systemd unit 运行。")),
            { Outcome: RunOutcome.Succeeded } => new CheckResult("last run", Verdict.Ok, $"succeeded at {report.FinishedAt:yyyy-MM-dd HH:mm:ss}Z in {report.DurationMs / 1000.0:0.0} s"),
            { Outcome: RunOutcome.Running } when alive => new CheckResult("last run", Verdict.Warn, $"in progress since {report.StartedAt:yyyy-MM-dd HH:mm:ss}Z, in stage {report.CurrentStage ?? "none yet"}", new("`thpc-node-agent status --wait` waits for its end.", "`thpc-node-agent status --wait` 会等待其结束。")),
            { FirstError: { } error } => new CheckResult("last run", Verdict.Fail, $"failed at {report.FinishedAt:yyyy-MM-dd HH:mm:ss}Z: {error.Message}", error.Advice),
            _ => new CheckResult("last run", Verdict.Fail, $"begun at {report.StartedAt:yyyy-MM-dd HH:mm:ss}Z and did not come to its end", ErrorCode.Interrupted.Hint, ErrorCode.Interrupted),
        }]);
    });

    /// <summary>What tells that this disk was another node's, or another cluster's, before.</summary>
    public static Check Leftovers(DoctorContext context) => new("leftovers", _ =>
    {
        List<CheckResult> found = [];
        if (Readiness.LastReport(context.Root) is { } report && report.ClusterId != context.Config.Cluster.Id && report.ClusterId.Length > 0)
        {
            found.Add(new CheckResult("leftovers", Verdict.Warn, $"the last report is of cluster {report.ClusterId}, the configuration of {context.Config.Cluster.Id}", new("The image was not cleaned: `thpc-node-agent image prep` before the next capture; here `bootstrap` writes a new report.", "镜像未清理：下次制作镜像前请运行 `thpc-node-agent image prep`；在本节点上 `bootstrap` 会写入新的报告。")));
        }

        if (StateFiles.HasRemoved(context.Root))
        {
            found.Add(new CheckResult("leftovers", Verdict.Warn, "storage of another machine was taken out of fstab here; /var/lib/thpc-node-agent/removed-storage has it", new("Clean the image that this node was made from: `thpc-node-agent image check` lists what is left in it.", "请清理创建本节点所用的镜像：`thpc-node-agent image check` 会列出其中的残留。")));
        }

        return Task.FromResult<IReadOnlyList<CheckResult>>(found.Count > 0 ? found : [new CheckResult("leftovers", Verdict.Ok, "nothing of another cluster")]);
    });

    /// <summary>What a bootstrap may take at most, for whoever limits it from outside.</summary>
    public static Check TimeLimit(DoctorContext context) => new("time limit", async cancel =>
    {
        var max = Max(context.Config);
        var measured = $"a bootstrap may take {max.TotalSeconds:0} s by its own limits";
        if (!Systemd.Runs(context.Root))
        {
            return [new CheckResult("time limit", Verdict.Ok, $"{measured}; TAT and the like must allow more")];
        }

        var run = await ProgramRunner.RunAsync(["systemctl", "show", "--value", "--property=TimeoutStartUSec", "--", AgentUnits[0]], ToolLimit, cancel);
        var unit = run.Output.Trim();
        return [run.Succeeded && unit != "infinity"
            ? new CheckResult("time limit", Verdict.Warn, $"{measured}, and {AgentUnits[0]} ends it after {unit}", new("Set TimeoutStartSec=infinity in the unit, as images/systemd has it.", "请在 unit 中设置 TimeoutStartSec=infinity，参见 images/systemd。"))
            : new CheckResult("time limit", Verdict.Ok, $"{measured}; its unit has none, TAT and the like must allow more")];
    });

    /// <summary>The sum of the stages' own limits: packages, every script and its grace, and mounts one after the other as far as they are not done side by side.</summary>
    public static TimeSpan Max(NodeConfig config) => config.Packages.Timeout
        + config.InitScripts.Aggregate(TimeSpan.Zero, (sum, script) => sum + script.Timeout + config.ScriptKillGrace)
        + (config.Mount.Timeout * Math.Ceiling((double)config.Storage.Count / config.Mount.Parallelism))
        + (config.FleetDirectory is null ? TimeSpan.Zero : FleetReportFile.Limit);
}
