using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// Mounts the cluster's storage and has it come back at boot: /opt first, then by depth, whatever does not depend on one another
/// side by side.
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
        var survey = new Survey(context);
        if (storages.Count == 0 && survey.Strangers.Count == 0)
        {
            return StagePlan.Nothing("no storage is configured");
        }

        var wanted = storages.OrderBy(storage => storage.LocalPath != "/opt").ThenBy(Depth).ThenBy(storage => storage.LocalPath, StringComparer.Ordinal).ToList();
        var places = await survey.LookAsync(wanted, context.Config.Mount.AttemptTimeout, cancel);
        List<string> warnings = [];
        var strangers = Strangers(survey, places, warnings);
        var planner = new MountPlanner(context, survey) { Force = Force, Repair = Repair };

        var steps = new Dictionary<string, Step>(StringComparer.Ordinal);
        List<string> inPlace = [];
        foreach (var place in places)
        {
            var leaving = strangers.GetValueOrDefault(place.LocalPath);
            if (await planner.PlanAsync(place, leaves: leaving is not null && !place.IsRight, warnings, cancel) is not { } make)
            {
                inPlace.Add(place.LocalPath);
                continue;
            }

            // A file system mounted below another would vanish under it; /opt has the software that others may need.
            Step[] above = [.. steps.Where(other => LocalPath.IsAtOrBelow(place.LocalPath, other.Key)).Select(other => other.Value)];
            Step[] first = [.. steps.Where(other => other.Key == "/opt").Select(other => other.Value), .. strangers.Values.Where(step => step != leaving)];
            steps[place.LocalPath] = make(leaving is null ? above : [leaving, .. above], first);
        }

        Step[] all = [.. strangers.Values.Distinct(), .. steps.Values];
        if (all.Length > 0 && Systemd.Runs(context.Root))
        {
            // Once for all of them: it takes seconds where there are many units.
            all = [.. all, new Step("have systemd read fstab again", (_, token) => context.Fstab.ReloadAsync(token)) { After = all, MayFail = true, Details = ["systemctl daemon-reload, if fstab was changed"] }];
        }

        return new StagePlan(all, inPlace.Count > 0 ? $"in place already: {string.Join(", ", inPlace)}" : null, context.Config.Mount.Parallelism) { Warnings = warnings };
    }

    private static int Depth(Storage storage) => storage.LocalPath.Count(c => c == '/');

    /// <summary>Steps that take out what another cluster or machine left, by the mount point that they make free.</summary>
    private Dictionary<string, Step> Strangers(Survey survey, IReadOnlyList<Place> places, List<string> warnings)
    {
        var steps = new Dictionary<string, Step>(StringComparer.Ordinal);
        if (survey.Strangers.Count == 0)
        {
            return steps;
        }

        warnings.Add($"{CloneGuard.Describe(survey.Strangers)}; it is taken out, and kept in /var/lib/thpc-node-agent/removed-storage");
        var takeOut = new Step($"take {survey.Strangers.Count} of another cluster or machine out of fstab and units", async (_, token) =>
        {
            await CloneGuard.TakeOutAsync(survey.Strangers, context.Root, context.Fstab, token);
            await context.Fstab.ReloadAsync(token);
        })
        {
            Details = [.. survey.Strangers.Select(stranger => $"{stranger.LocalPath} ({stranger.Source}) of {stranger.Cluster}")],
        };
        foreach (var stranger in survey.Strangers.OrderByDescending(stranger => stranger.LocalPath.Count(c => c == '/')))
        {
            var path = stranger.LocalPath;
            var target = MountPoint.Target(context.Root, path, survey.Mounts);
            var right = places.Any(place => place.LocalPath == path && place.IsRight);
            var deeper = steps.Where(other => LocalPath.IsAtOrBelow(other.Key, path)).Select(other => other.Value).Distinct().ToList();
            steps[path] = right || survey.Mounts.At(target) is not { } present || !CfsMount.IsSameSource(present.Source, stranger.Source)
                ? takeOut
                : new Step($"unmount {path}, of another cluster or machine", (note, token) => Unmounter.UnmountAsync(context.Root, path, target, null, Detach.IfGone, note, token)) { Needs = [takeOut, .. deeper] };
        }

        return steps;
    }
}
