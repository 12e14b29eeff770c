namespace Thpc.NodeAgent.Reporting.Fleet;

/// <summary>What the reports of many nodes say together.</summary>
/// <param name="Whole">Of the runs that ended; null where none did.</param>
/// <param name="Stages">Each over the nodes where it ran, in the order of the stages.</param>
internal sealed record FleetSummary(
    IReadOnlyList<NodeRun> Runs,
    IReadOnlyList<(RunOutcome Outcome, int Nodes)> Outcomes,
    IReadOnlyList<(string Cluster, int Nodes)> Clusters,
    Spread? Whole,
    IReadOnlyList<Spread> Stages,
    IReadOnlyList<SlowNode> Slowest,
    IReadOnlyList<FailureGroup> Failures,
    IReadOnlyList<DifferingScript> Scripts,
    IReadOnlyList<UnreadableReport> Unreadable)
{
    private const int MostSlow = 10;
    private const string Fetch = "fetch ";

    private static readonly string[] KnownStages = ["packages", "script", "mount"];

    /// <summary>Whether there is anything that somebody should look into.</summary>
    public bool HasProblems => Failures.Count > 0 || Unreadable.Count > 0;

    public static FleetSummary Of(IReadOnlyList<NodeRun> runs, IReadOnlyList<UnreadableReport> unreadable)
    {
        List<NodeRun> ended = [.. runs.Where(run => run.HasEnded)];
        return new FleetSummary(
            runs,
            [.. ((RunOutcome[])[RunOutcome.Succeeded, RunOutcome.Failed, RunOutcome.Interrupted, RunOutcome.Running]).Select(outcome => (outcome, runs.Count(run => run.Report.Outcome == outcome)))],
            [.. runs.CountBy(run => run.Report.ClusterId).Select(count => (count.Key, count.Value)).OrderByDescending(cluster => cluster.Value).ThenBy(cluster => cluster.Key, StringComparer.Ordinal)],
            ended.Count == 0 ? null : Spread.Of("whole run", ended.Select(run => run.DurationMs)),
            StagesOf(runs),
            [.. ended.OrderByDescending(run => run.DurationMs).ThenBy(run => run.Node, StringComparer.Ordinal).Take(MostSlow).Select(Explain)],
            FailuresOf(ended),
            ScriptsOf(runs),
            unreadable);
    }

    private static IReadOnlyList<Spread> StagesOf(IReadOnlyList<NodeRun> runs) =>
    [
        .. from run in runs
           from stage in run.Ran
           group stage.Ms by stage.Name into times
           let place = Array.IndexOf(KnownStages, times.Key)
           orderby place < 0, place, times.Count() descending, times.Key
           select Spread.Of(times.Key, times),
    ];

    private static SlowNode Explain(NodeRun run) => new(run, run.SlowestStage, run.SlowestStage?.Steps.MaxBy(step => NodeRun.Within(step.DurationMs)));

    private static IReadOnlyList<FailureGroup> FailuresOf(IEnumerable<NodeRun> ended) =>
    [
        .. from run in ended
           where run.Report.Outcome != RunOutcome.Succeeded
           let error = run.Report.FirstError ?? new ErrorReport("(no error)", "the report does not say why", "Look at the node itself: `thpc-node-agent status`.")
           group (run.Node, error) by error.Code into failures
           orderby failures.Count() descending, failures.Key
           let first = failures.MinBy(failure => failure.Node, StringComparer.Ordinal)
           select new FailureGroup(failures.Key, [.. failures.Select(failure => failure.Node).Order(StringComparer.Ordinal)], first.error),
    ];

    private static IReadOnlyList<DifferingScript> ScriptsOf(IReadOnlyList<NodeRun> runs) =>
    [
        .. from run in runs
           from step in run.Report.Stages.SelectMany(stage => stage.Steps).Where(step => step.Sha256 is not null).DistinctBy(step => (step.Summary, step.Sha256))
           group (run.Node, step.Sha256!) by step.Summary.StartsWith(Fetch, StringComparison.Ordinal) ? step.Summary[Fetch.Length..] : step.Summary into fetched
           orderby fetched.Key
           let contents = (IReadOnlyList<ScriptContent>)
           [
               .. fetched.GroupBy(got => got.Item2, got => got.Node, StringComparer.Ordinal)
                   .Select(same => new ScriptContent(same.Key, [.. same.Order(StringComparer.Ordinal)]))
                   .OrderByDescending(content => content.Nodes.Count).ThenBy(content => content.Sha256, StringComparer.Ordinal),
           ]
           where contents.Count > 1
           select new DifferingScript(fetched.Key, contents),
    ];
}
