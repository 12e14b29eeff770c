using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// A mount hides whatever is mounted below its place. The cluster's own storage is mounted again above it; all else is left, and nothing is
/// mounted over it.
/// </summary>
internal sealed class Overmounts(DriverContext context, StorageState state, MountPlanner planner)
{
    private const int MaxNamed = 5;

    /// <summary>Changes the plans: refuses mounts that would hide what is not the cluster's, and has what is the cluster's mounted again.</summary>
    /// <returns>By place the steps that unmount what is in the way.</returns>
    public async Task<IReadOnlyDictionary<string, Step>> ResolveAsync(
        List<PlannedMount> plans, List<MountPointState> inPlace, CancellationToken cancel)
    {
        Dictionary<string, Step> unmounts = new(StringComparer.Ordinal);
        foreach (var plan in plans.Where(plan => plan.Mounts).OrderBy(plan => plan.Place, StringComparer.Ordinal).ToList())
        {
            List<MountPointState> own = [];
            List<MountEntry> others = [];
            foreach (var entry in state.Mounts.VisibleBelow(plan.State.Target))
            {
                if (await OwnAsync(entry, inPlace, cancel) is { } found && !plans.Exists(other => other.IsRefusal && other.Place == found.Place))
                {
                    own.Add(found);
                }
                else
                {
                    others.Add(entry);
                }
            }

            if (others.Count > 0)
            {
                plans[plans.IndexOf(plan)] = MountPlanner.Refused(plan.State, Conflict(plan.State, others));
                continue;
            }

            foreach (var hidden in own.Where(hidden => !unmounts.ContainsKey(hidden.Place)).OrderByDescending(hidden => hidden.Place.Length))
            {
                Task UnmountAsync(Action<string> note, CancellationToken token) =>
                    Unmounter.UnmountAsync(context.Root, hidden.LocalPath, hidden.Mounted!, hidden.Driver, DetachMode.IfGone, note, token);

                unmounts[hidden.Place] = new Step($"unmount {hidden.LocalPath}, to mount it again above {plan.State.LocalPath}", UnmountAsync)
                {
                    Needs = [.. unmounts.Where(other => LocalPath.IsAtOrBelow(other.Key, hidden.Place)).Select(other => other.Value)],
                    Details = [$"umount {hidden.LocalPath}"],
                };
                plans.RemoveAll(other => other.Place == hidden.Place); // it was to be mended where it is
                plans.Add(planner.Mount(hidden));
                inPlace.Remove(hidden);
            }
        }

        return unmounts;
    }

    /// <summary>Storage of the cluster that is mounted there as it should be; null where it is something else.</summary>
    private async Task<MountPointState?> OwnAsync(MountEntry entry, List<MountPointState> inPlace, CancellationToken cancel)
    {
        var found = inPlace.Find(right => right.Mounted?.Id == entry.Id) ?? await KnownAsync(entry, cancel);
        return found is { IsRight: true, Driver.IsMountedByAgent: true } ? found : null;
    }

    private async Task<MountPointState?> KnownAsync(MountEntry entry, CancellationToken cancel) =>
        state.Known.FirstOrDefault(storage => context.Root.On(state.Place(storage.LocalPath)) == entry.MountPoint) is { } storage
            ? await state.InspectAsync(storage.LocalPath, storage, context.Config.Mount.AttemptTimeout, cancel)
            : null;

    private AgentException Conflict(MountPointState place, List<MountEntry> others)
    {
        string Named(MountEntry entry) => $"{entry.MountPoint[context.Root.Prefix.Length..]} ({entry.Type} {entry.Source})";
        var more = others.Count > MaxNamed ? $" and {others.Count - MaxNamed} more" : "";
        var named = string.Join(", ", others.Take(MaxNamed).Select(Named));
        return new AgentException(
            ErrorCode.MountConflict,
            $"a mount on {place.LocalPath} would hide what is mounted below it and is not the cluster's: {named}{more}",
            new("Unmount those, or choose another local_path; nothing was touched.", "请卸载这些挂载，或改用其他 local_path；未做任何改动。"));
    }
}
