#pragma warning disable CA5394 // The same numbers for the same seed, and nothing secret.
using Thpc.NodeAgent.Fleet;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>
/// A fleet of 8 to 200 nodes as a cluster leaves it, the same for the same seed: every node has its own speed, times have log-normal
/// jitter, a group of nodes with a slow server is slower, and in some fleets a rollout of a kernel, an agent or a script is under way.
/// </summary>
internal sealed class GeneratedFleet
{
    private const string Script = "cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/prod/init.sh";
    private const string Options = "vers=4.0,noresvport,retry=0";
    private static readonly string[] Places = ["/opt", "/data", "/scratch"];
    private readonly Random _random;
    private readonly int _oldKernels;
    private readonly int _oldAgents;
    private readonly int _oldScripts;
    private readonly int _warned;
    private readonly int _slow;
    private readonly int _installed;
    private readonly double _slowness;
    private readonly double _jitter;

    public GeneratedFleet(int seed)
    {
        _random = new Random(seed);
        var count = 8 + _random.Next(193);
        _jitter = 0.1 + (_random.NextDouble() * 0.3);
        _slowness = 1.3 + (_random.NextDouble() * 2.5);
        _oldKernels = Group(count, 0.3);
        _oldAgents = Group(count, 0.3);
        _oldScripts = Group(count, 0.3);
        _warned = Group(count, 0.5);
        _slow = Group(count, 0.7);
        _installed = Group(count, 0.3);
        Runs = [.. Enumerable.Range(0, count).Select(Node)];
        Chosen = _random.Next(count);
    }

    public List<NodeRun> Runs { get; }

    /// <summary>The index of a node at random.</summary>
    public int Chosen { get; }

    public NodeComparison Compare() => NodeComparison.Of(Runs[Chosen], Runs);

    /// <summary>Changes one thing of the chosen node.</summary>
    /// <returns>The feature that `fleet explain` must name first.</returns>
    public string Plant()
    {
        var report = Runs[Chosen].Report;
        var packages = report.Packages!.ToArray();
        var mounts = report.Mounts!.ToArray();
        var place = _random.Next(mounts.Length);
        switch (_random.Next(12))
        {
            case 0:
                Set(report with { Kernel = "5.4.119-19.0006" });
                return "kernel";
            case 1:
                Set(report with { Os = "tencentos 3.1" });
                return "system";
            case 2:
                Set(report with { AgentVersion = "0.0.9" });
                return "agent";
            case 3:
                packages[0] = "munge 0.5.14-1";
                Set(report with { Packages = packages });
                return "package munge";
            case 4:
                Set(report with { Packages = packages[1..] });
                return "package munge";
            case 5:
                mounts[place] = mounts[place] with { Options = "vers=3,nolock,retry=0" };
                Set(report with { Mounts = mounts });
                return $"storage {mounts[place].LocalPath}";
            case 6:
                Set(report with { Mounts = [.. mounts.Where((_, i) => i != place)] });
                return $"storage {mounts[place].LocalPath}";
            case 7:
                Change("script", "fetch", step => step with { Sha256 = new string('c', 64) });
                return $"script {Script}";
            case 8:
                Set(report with { Warnings = [.. report.Warnings, "/data is mounted read-only"] });
                return "warning /data is mounted read-only";
            case 9:
                var error = new ErrorReport("MOUNT_DENIED", "mount: access denied", "Add the node's address.");
                Change("mount", $"mount {Places[place]}", step => step with { Outcome = Outcome.Failed, Error = error });
                Set(Runs[Chosen].Report with
                {
                    Outcome = RunOutcome.Failed,
                    Stages = [.. Runs[Chosen].Report.Stages.Select(
                        stage => stage.Name == "mount" ? stage with { Outcome = Outcome.Failed } : stage)],
                });
                return "outcome";
            case 10:
                Slow("script", "run", 15_000);
                return $"step run {Script}";
            default:
                Slow("mount", $"mount {Places[place]}", 6_000);
                return $"step mount {Places[place]}";
        }
    }

    /// <summary>In this part of the fleets, the number of nodes in a group: at least three, a tenth to half of the fleet; else 0.</summary>
    private int Group(int count, double fleets)
    {
        var size = Math.Max(3, (int)(count * (0.1 + (_random.NextDouble() * 0.4))));
        return _random.NextDouble() < fleets ? size : 0;
    }

    private NodeRun Node(int number)
    {
        var instance = $"ins-{number * 7919:x8}";
        var slow = number < _slow ? _slowness : 1;
        var speed = Math.Exp(Normal() * 0.12);
        long Time(double median, double factor) => (long)(median * speed * factor * Math.Exp(Normal() * _jitter));
        var name = $"compute-{number + 1:000}";
        var fetch = Time(70, slow);
        var run = Time(4000, 1);
        long[] mounts = [Time(600, slow), Time(700, slow), Time(900, slow)];
        var install = number < _installed ? Time(25_000, 1) : 2;
        var at = install;
        StageReport[] stages =
        [
            number < _installed
                ? new StageReport(
                    "packages", Outcome.Succeeded, null, 0, install, [Step(StepKind.Install, null, "install munge", 0, install)])
                : new StageReport("packages", Outcome.Skipped, "all 2 packages are installed", 0, install, []),
            new StageReport("script", Outcome.Succeeded, null, at, fetch + run,
            [
                Step(StepKind.Fetch, Script, $"fetch {Script}", at, fetch) with
                {
                    Sha256 = new string(number % 3 != 0 && number < _oldScripts * 3 / 2 ? 'b' : 'a', 64),
                },
                Step(StepKind.Run, Script, "run init script 1 (init.sh)", at + fetch, run),
            ]),
            new StageReport("mount", Outcome.Succeeded, null, at + fetch + run, mounts.Sum() + 60,
                [.. Places.Select((place, i) => Step(StepKind.Mount, place, $"mount 172.30.3.90:{place} on {place}", at, mounts[i]))]),
        ];
        var whole = stages.Sum(stage => stage.DurationMs) + 300;
        return new NodeRun(instance, Reports.Succeeded with
        {
            AgentVersion = number % 2 == 0 && number < _oldAgents * 2 ? "0.1.0" : "0.2.0",
            InstanceId = instance,
            HostName = name,
            Addresses = [$"172.30.{number / 200}.{(number % 200) + 10}"],
            Kernel = number < _oldKernels ? "5.4.119-19.0009" : "5.4.119-20.0011",
            Os = "tencentos 2.4",
            Packages = ["munge 0.5.11-3", "nfs-utils 1:1.3.0-0.68"],
            Mounts = [.. Places.Select(place => new MountReport(place, $"172.30.3.90:{place}", Options))],
            Warnings = number < _warned
                ? [$"the run {new Guid(number, 1, 2, new byte[8])} of 2026-11-29 14:31:{number % 60:00}Z was killed in stage mount"] : [],
            DurationMs = whole,
            Stages = stages,
        });
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private static StepReport Step(StepKind kind, string? subject, string summary, long started, long duration) =>
        new(summary, Outcome.Succeeded, started, duration, null, false, []) { Kind = kind, Subject = subject };

    private void Set(Report report) => Runs[Chosen] = Runs[Chosen] with { Report = report };

    /// <param name="step">The first word of the summary, and maybe the subject.</param>
    private void Change(string stage, string step, Func<StepReport, StepReport> change)
    {
        var words = step.Split(' ');
        bool IsMeant(StepReport report) => report.Summary.StartsWith(words[0], StringComparison.Ordinal)
            && (words.Length == 1 || report.Subject == words[1]);
        var report = Runs[Chosen].Report;
        Set(report with
        {
            Stages =
            [
                .. report.Stages.Select(old => old.Name != stage ? old : old with
                {
                    Steps = [.. old.Steps.Select(part => IsMeant(part) ? change(part) : part)],
                }),
            ],
        });
    }

    /// <summary>Makes a step 8 to 30 times slower, and at least this many milliseconds.</summary>
    private void Slow(string stage, string step, long atLeast)
    {
        var more = 0L;
        Change(stage, step, old =>
        {
            more = Math.Max(atLeast, (long)(old.DurationMs * (7 + (_random.NextDouble() * 22))));
            return old with { DurationMs = old.DurationMs + more, Notes = [new NoteReport(1, "attempt 1: 172.30.3.90 refused TCP 2049")] };
        });
        var report = Runs[Chosen].Report;
        Set(report with
        {
            DurationMs = report.DurationMs + more,
            Stages = [.. report.Stages.Select(old => old.Name == stage ? old with { DurationMs = old.DurationMs + more } : old)],
        });
    }
}
