using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// Resolves overmounts: a mount hides everything that is mounted below it. The cluster's own storage is unmounted and mounted again on
/// top of the new mount. Where other file systems would be hidden, the new mount is refused.
/// </summary>
internal sealed class Overmounts(DriverContext context, StorageState state, MountPlanner planner)
{
    private const int MaxListed = 5;

    /// <summary>
    /// Changes <paramref name="plans"/>: refuses mounts that would hide other file systems, and plans remounts of cluster storage.
    /// </summary>
    /// <param name="unmounts">
    /// By resolved path, the steps that unmount another machine's storage; the steps that unmount cluster storage before its remount are
    /// added.
    /// </param>
    public async Task ResolveAsync(
        List<PlannedMount> plans, List<MountPointState> inPlace, Dictionary<string, Step> unmounts, CancellationToken cancel)
    {
        foreach (var plan in plans.Where(plan => plan.Mounts).OrderBy(plan => plan.ResolvedPath, StringComparer.Ordinal).ToList())
        {
            List<MountPointState> own = [];
            List<MountEntry> others = [];
            foreach (var entry in state.Mounts.VisibleBelow(plan.State.Target))
            {
                if (unmounts.ContainsKey(entry.MountPoint[context.Root.Prefix.Length..]))
                {
                    continue;
                }

                if (await FindClusterMountAsync(entry, inPlace, cancel) is { } found
                    && !plans.Exists(other => other.IsRefusal && other.ResolvedPath == found.ResolvedPath))
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

            // All or none: what is unmounted comes back only with the mount above. A process in a mount below is in that one too.
            var unused = plan.State.Mounted is null || plan.State.Answer?.Code == ErrorCode.MountDead ? own : [plan.State];
            List<Step> earlier = [];
            foreach (var hidden in own.OrderByDescending(hidden => hidden.ResolvedPath.Length))
            {
                var alsoUnused = earlier.Count == 0 ? unused : null;
                Task UnmountAsync(Action<string> note, CancellationToken token) => Unmounter.UnmountAsync(
                    context.Root, hidden.LocalPath, hidden.Mounted!, hidden.Driver, DetachMode.IfUnreachable, note, token, alsoUnused);

                earlier.Add(unmounts[hidden.ResolvedPath] =
                    new Step($"unmount {hidden.LocalPath} until {plan.State.LocalPath} is mounted", UnmountAsync)
                    {
                        Needs = [.. earlier],
                        Details = [$"umount {hidden.LocalPath}"],
                    });
                plans.RemoveAll(other => other.ResolvedPath == hidden.ResolvedPath); // replaced by the remount
                plans.Add(planner.Mount(hidden));
                inPlace.Remove(hidden);
            }
        }
    }

    /// <summary>The cluster's storage that this mount is; null where the agent did not mount it or it is not as expected.</summary>
    private async Task<MountPointState?> FindClusterMountAsync(MountEntry entry, List<MountPointState> inPlace, CancellationToken cancel)
    {
        var found = inPlace.Find(other => other.Mounted?.Id == entry.Id) ?? await FindKnownStorageAsync(entry, cancel);
        return found is { IsExpected: true, Driver.IsMountedByAgent: true } ? found : null;
    }

    private async Task<MountPointState?> FindKnownStorageAsync(MountEntry entry, CancellationToken cancel) =>
        state.Known.FirstOrDefault(storage => context.Root.On(state.ResolvePath(storage.LocalPath)) == entry.MountPoint) is { } storage
            ? await state.InspectAsync(storage.LocalPath, storage, context.Config.Mount.AttemptTimeout, cancel)
            : null;

    private Error Conflict(MountPointState mountPoint, List<MountEntry> others)
    {
        string Describe(MountEntry entry) => $"{entry.MountPoint[context.Root.Prefix.Length..]} ({entry.Type} {entry.Source})";
        var more = others.Count > MaxListed ? Host.Messages.More(others.Count - MaxListed) : "";
        var list = string.Join(", ", others.Take(MaxListed).Select(Describe)) + more;
        return new Error(
            ErrorCode.MountConflict, Messages.WouldHideMounts(mountPoint.LocalPath, list), Hints.UnmountOthersBelow);
    }
}
