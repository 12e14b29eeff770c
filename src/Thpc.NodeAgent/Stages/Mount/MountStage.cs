using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// Mounts the cluster's storage and persists it for the next boot: /opt first, then by depth; independent mounts run in parallel.
/// Mount points are ordered and compared by their resolved paths.
/// </summary>
/// <param name="storages">The storage to mount.</param>
internal sealed class MountStage(DriverContext context, IReadOnlyList<Storage> storages) : IStage
{
    public string Name => "mount";

    /// <summary>Whether to mount over /opt although programs run from it.</summary>
    public bool MountOverOpt { get; init; }

    /// <summary>Whether to unmount wrong mounts that are not in use. Storage that does not answer is then skipped, not awaited.</summary>
    public bool Repair { get; init; }

    public bool BeginsEarly => context.Config.Mount.Early;

    /// <summary>Dials the servers of storage that is not mounted yet, while earlier stages run. Changes nothing.</summary>
    public async Task WarmUpAsync(CancellationToken cancel)
    {
        var mounts = MountTree.Read();
        string Target(Storage storage) => context.Root.On(BootMount.ResolveMountPoint(context.Root, storage.LocalPath, mounts));
        await Task.WhenAll(storages.Where(storage => mounts.At(Target(storage)) is null)
            .Select(storage => context.Driver(storage).WarmUpAsync(cancel)));
    }

    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        var state = new StorageState(context);
        if (storages.Count == 0 && state.Foreign.Count == 0)
        {
            return StagePlan.Nothing("no storage is configured");
        }

        var inspected = await state.InspectAsync(storages, context.Config.Mount.AttemptTimeout, cancel);
        List<MountPointState> mountPoints = [.. inspected.OrderBy(mountPoint => mountPoint, Order)];
        foreach (var answering in inspected.Where(mountPoint => mountPoint.Answer is { Code: null }))
        {
            context.Fstab.MarkAnswering(answering.Target);
        }

        List<string> warnings = [];
        var foreign = ForeignMounts.Plan(context, state, mountPoints, warnings);
        var planner = new MountPlanner(context, state) { MountOverOpt = MountOverOpt, Repair = Repair };
        List<PlannedMount> plans = [];
        List<MountPointState> inPlace = [];
        foreach (var mountPoint in mountPoints)
        {
            var first = mountPoints.Find(other => other.ResolvedPath == mountPoint.ResolvedPath)!;
            var isUnmountedBefore = foreign.StepsByPath.ContainsKey(mountPoint.ResolvedPath) && !mountPoint.IsExpected
                && (mountPoint.Mounted is null || mountPoint.Origin is not null);
            var plan = ReferenceEquals(first, mountPoint)
                ? await planner.PlanAsync(mountPoint, isUnmountedBefore, warnings, cancel)
                : MountPlanner.Refused(mountPoint, new Error(
                    ErrorCode.MountConflict, Messages.SamePath(mountPoint.LocalPath, mountPoint.ResolvedPath, first.LocalPath)));
            if (plan is null)
            {
                inPlace.Add(mountPoint);
            }
            else
            {
                plans.Add(plan);
            }
        }

        await new Overmounts(context, state, planner).ResolveAsync(plans, inPlace, foreign.Unmounts, cancel);
        Step[] all = [.. foreign.Steps, .. foreign.Unmounts.Values.Except(foreign.Steps), .. Steps(plans, foreign)];
        if (all.Length > 0 && Systemd.Runs(context.Root))
        {
            // One reload for all mounts: it takes seconds where there are many units.
            all = [.. all, new Step("reload systemd after changes to fstab", (note, token) => context.Fstab.ReloadAsync(note, token))
            {
                After = all,
                MayFail = true,
                Details = ["systemctl daemon-reload, if fstab was changed"],
            }];
        }

        if (plans.Exists(plan => plan.Mounts) && plans.Count + inPlace.Count > 1)
        {
            var check = new Step("check that every mount is visible", (_, _) => CheckVisible([.. inPlace, .. planner.Mounted]))
            {
                Kind = StepKind.Check,
                After = all,
            };
            all = [.. all, check];
        }

        var reason =
            inPlace.Count > 0 ? $"in place already: {string.Join(", ", inPlace.Select(mountPoint => mountPoint.LocalPath))}" : null;
        return new StagePlan(all, reason, context.Config.Mount.Parallelism) { Warnings = warnings };
    }

    /// <summary>/opt first, then by depth of the resolved path.</summary>
    private static Comparer<MountPointState> Order { get; } = Comparer<MountPointState>.Create((one, other) =>
        (one.LocalPath != NodePaths.Opt, Depth(one), one.ResolvedPath)
            .CompareTo((other.LocalPath != NodePaths.Opt, Depth(other), other.ResolvedPath)));

    private static int Depth(MountPointState mountPoint) => mountPoint.ResolvedPath.Count(c => c == '/');

    /// <summary>The steps of all mount points in order: each needs the mounts above it to succeed, and runs after /opt.</summary>
    private static List<Step> Steps(IReadOnlyList<PlannedMount> plans, ForeignMounts foreign)
    {
        List<(PlannedMount Plan, Step Step)> steps = [];
        foreach (var plan in plans.OrderBy(plan => plan.State, Order))
        {
            var foreignSteps = foreign.StepsByPath.GetValueOrDefault(plan.ResolvedPath) ?? [];

            // Mounting a parent later would hide a mount below it; /opt may contain software that the other mounts need.
            var others = steps.Where(other => other.Plan.ResolvedPath != plan.ResolvedPath);
            var above =
                others.Where(other => LocalPath.IsAtOrBelow(plan.ResolvedPath, other.Plan.ResolvedPath)).Select(other => other.Step);
            var below = foreign.Unmounts.Where(other => plan.Mounts && LocalPath.IsAtOrBelow(other.Key, plan.ResolvedPath))
                .Select(other => other.Value);
            var opt = steps.Where(other => other.Plan.State.LocalPath == NodePaths.Opt).Select(other => other.Step);
            steps.Add((plan, plan.Make([.. foreignSteps, .. above, .. below], [.. opt, .. foreign.Steps.Except(foreignSteps)])));
        }

        return [.. steps.Select(item => item.Step)];
    }

    /// <summary>Checks that no later mount hides an earlier one.</summary>
    private static Task CheckVisible(IReadOnlyList<MountPointState> mountPoints)
    {
        var mounts = MountTree.Read();
        bool IsVisible(MountPointState mountPoint) =>
            mounts.At(mountPoint.Target) is { } shown && (shown.IsAutomount || mountPoint.Driver!.IsMounted(shown));
        List<LocalizedText> hidden = [.. mountPoints.Where(mountPoint => !IsVisible(mountPoint)).Select(Describe)];
        return hidden.Count == 0
            ? Task.CompletedTask
            : throw new AgentException(ErrorCode.MountFailed, Messages.Hidden(LocalizedText.Join(", ", hidden)));

        static LocalizedText Describe(MountPointState mountPoint) =>
            Messages.SourceAt(mountPoint.Driver!.Storage.Source, mountPoint.LocalPath);
    }
}
