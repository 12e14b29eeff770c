using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// Mounts the cluster's storage and has it come back at boot: /opt first, then by depth, whatever does not depend on one another
/// side by side. Mount points are ordered and compared by where they lead, links followed.
/// </summary>
/// <param name="storages">What is wanted.</param>
internal sealed class MountStage(DriverContext context, IReadOnlyList<Storage> storages) : IStage
{
    public string Name => "mount";

    /// <summary>Whether /opt may be mounted over although programs run from it.</summary>
    public bool Force { get; init; }

    /// <summary>Whether what is mounted wrongly is unmounted where nobody uses it; what does not answer is not waited for then.</summary>
    public bool Repair { get; init; }

    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        var state = new StorageState(context);
        if (storages.Count == 0 && state.Foreign.Count == 0)
        {
            return StagePlan.Nothing("no storage is configured");
        }

        var inspected = await state.InspectAsync(storages, context.Config.Mount.AttemptTimeout, cancel);
        List<MountPointState> places = [.. inspected.OrderBy(place => place, Order)];
        List<string> warnings = [];
        var foreign = ForeignMounts.Plan(context, state, places, warnings);
        var planner = new MountPlanner(context, state) { Force = Force, Repair = Repair };
        List<PlannedMount> plans = [];
        List<MountPointState> inPlace = [];
        foreach (var place in places)
        {
            var first = places.Find(other => other.Place == place.Place)!;
            var plan = ReferenceEquals(first, place)
                ? await planner.PlanAsync(place, leaves: foreign.ByPlace.ContainsKey(place.Place) && !place.IsRight, warnings, cancel)
                : MountPlanner.Refused(place, new AgentException(
                    ErrorCode.MountConflict, $"{place.LocalPath} leads to {place.Place}, as {first.LocalPath} does"));
            if (plan is null)
            {
                inPlace.Add(place);
            }
            else
            {
                plans.Add(plan);
            }
        }

        var remounts = await new Overmounts(context, state, planner).ResolveAsync(plans, inPlace, cancel);
        Step[] all = [.. foreign.Steps, .. remounts.Values, .. Steps(plans, foreign, remounts)];
        if (all.Length > 0 && Systemd.Runs(context.Root))
        {
            // Once for all of them: it takes seconds where there are many units.
            all = [.. all, new Step("have systemd read fstab again", (note, token) => context.Fstab.ReloadAsync(note, token))
            {
                After = all,
                MayFail = true,
                Details = ["systemctl daemon-reload, if fstab was changed"],
            }];
        }

        if (plans.Exists(plan => plan.Mounts) && plans.Count + inPlace.Count > 1)
        {
            var check = new Step("check that every mount is visible", (_, _) => CheckVisible([.. inPlace, .. planner.Mounted])) { After = all };
            all = [.. all, check];
        }

        var reason = inPlace.Count > 0 ? $"in place already: {string.Join(", ", inPlace.Select(place => place.LocalPath))}" : null;
        return new StagePlan(all, reason, context.Config.Mount.Parallelism) { Warnings = warnings };
    }

    /// <summary>/opt first, then by depth of the place.</summary>
    private static Comparer<MountPointState> Order { get; } = Comparer<MountPointState>.Create((one, other) =>
        (one.LocalPath != NodePaths.Opt, Depth(one), one.Place).CompareTo((other.LocalPath != NodePaths.Opt, Depth(other), other.Place)));

    private static int Depth(MountPointState place) => place.Place.Count(c => c == '/');

    /// <summary>The steps of all mount points in their order: each needs what is above it, and comes after /opt.</summary>
    private static List<Step> Steps(IReadOnlyList<PlannedMount> plans, ForeignMounts foreign, IReadOnlyDictionary<string, Step> remounts)
    {
        List<(PlannedMount Plan, Step Step)> steps = [];
        foreach (var plan in plans.OrderBy(plan => plan.State, Order))
        {
            var leaving = foreign.ByPlace.GetValueOrDefault(plan.Place) ?? [];

            // A file system mounted below another would vanish under it; /opt has the software that others may need.
            var others = steps.Where(other => other.Plan.Place != plan.Place);
            var above = others.Where(other => LocalPath.IsAtOrBelow(plan.Place, other.Plan.Place)).Select(other => other.Step);
            var below = remounts.Where(other => LocalPath.IsAtOrBelow(other.Key, plan.Place)).Select(other => other.Value);
            var opt = steps.Where(other => other.Plan.State.LocalPath == NodePaths.Opt).Select(other => other.Step);
            steps.Add((plan, plan.Make([.. leaving, .. above, .. below], [.. opt, .. foreign.Steps.Except(leaving)])));
        }

        return [.. steps.Select(item => item.Step)];
    }

    /// <summary>A mount that came later may have hidden one that was proved before.</summary>
    private static Task CheckVisible(IReadOnlyList<MountPointState> places)
    {
        var mounts = MountTree.Read();
        bool IsSeen(MountPointState place) => mounts.At(place.Target) is { } shown && (shown.IsAutomount || place.Driver!.IsMounted(shown));
        var hidden = string.Join(", ", places.Where(place => !IsSeen(place)).Select(place => $"{place.Driver!.Storage.Source} at {place.LocalPath}"));
        return hidden.Length == 0
            ? Task.CompletedTask
            : throw new AgentException(ErrorCode.MountFailed, $"mounted, and not visible any more: {hidden}");
    }
}
