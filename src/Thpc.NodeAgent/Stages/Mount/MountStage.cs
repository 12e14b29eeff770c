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
        var (takingOut, strangers) = Strangers(survey, places, warnings);
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
            Step[] first = [.. steps.Where(other => other.Key == "/opt").Select(other => other.Value), .. takingOut.Except(leaving ?? [])];
            steps[place.LocalPath] = make([.. leaving ?? [], .. above], first);
        }

        Step[] all = [.. takingOut, .. steps.Values];
        if (all.Length > 0 && Systemd.Runs(context.Root))
        {
            // Once for all of them: it takes seconds where there are many units.
            all = [.. all, new Step("have systemd read fstab again", (note, token) => context.Fstab.ReloadAsync(note, token)) { After = all, MayFail = true, Details = ["systemctl daemon-reload, if fstab was changed"] }];
        }

        return new StagePlan(all, inPlace.Count > 0 ? $"in place already: {string.Join(", ", inPlace)}" : null, context.Config.Mount.Parallelism) { Warnings = warnings };
    }

    private static int Depth(Storage storage) => storage.LocalPath.Count(c => c == '/');

    /// <summary>Steps that take out what another cluster or machine left, in their order, and those that each mount point waits for.</summary>
    private (IReadOnlyList<Step> All, Dictionary<string, IReadOnlyList<Step>> ByPath) Strangers(Survey survey, IReadOnlyList<Place> places, List<string> warnings)
    {
        if (survey.Strangers.Count == 0)
        {
            return ([], []);
        }

        warnings.Add($"{CloneGuard.Describe(survey.Strangers)}; it is taken out, and kept in /var/lib/thpc-node-agent/removed-storage");
        var leaving = survey.Strangers.Where(stranger => IsMounted(stranger) && !places.Any(place => place.LocalPath == stranger.LocalPath && place.IsRight))
            .OrderByDescending(stranger => stranger.LocalPath.Length).ToList();

        // A unit tells whose mount it is, so it goes when that is gone; a line goes first, or systemd might mount it again.
        List<Step> all = [];
        Dictionary<string, Step> unmounts = new(StringComparer.Ordinal);
        leaving.FindAll(stranger => stranger.Unit is not null).ForEach(stranger => Unmount(stranger, []));
        var takeOut = new Step($"take {survey.Strangers.Count} of another cluster or machine out of fstab and units", async (note, token) =>
        {
            await CloneGuard.TakeOutAsync([.. survey.Strangers.Where(stranger => stranger.Unit is null || !IsMounted(stranger))], context.Root, context.Fstab, token);
            await context.Fstab.ReloadAsync(note, token);
        })
        {
            After = [.. all],
            Details = [.. survey.Strangers.Select(stranger => $"{stranger.LocalPath} ({stranger.Source}) of {stranger.Cluster}")],
        };
        all.Add(takeOut);
        leaving.FindAll(stranger => stranger.Unit is null).ForEach(stranger => Unmount(stranger, [takeOut]));
        return (all, survey.Strangers.DistinctBy(stranger => stranger.LocalPath).ToDictionary(
            stranger => stranger.LocalPath,
            stranger => (IReadOnlyList<Step>)[.. all.Where(step => step == takeOut || step == unmounts.GetValueOrDefault(stranger.LocalPath))],
            StringComparer.Ordinal));

        bool IsMounted(Remembered stranger) => MountTable.Read().At(Target(stranger)) is { } present && stranger.IsOriginOf(present);

        string Target(Remembered stranger) => MountPoint.Target(context.Root, stranger.LocalPath);

        void Unmount(Remembered stranger, IReadOnlyList<Step> needs)
        {
            var path = stranger.LocalPath;
            var step = new Step($"unmount {path}, of another cluster or machine", (note, token) => Unmounter.UnmountAsync(context.Root, path, Target(stranger), null, Detach.IfGone, note, token))
            {
                Needs = needs,
                After = [.. unmounts.Where(other => LocalPath.IsAtOrBelow(other.Key, path)).Select(other => other.Value)],
            };
            unmounts[path] = step;
            all.Add(step);
        }
    }
}
