using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Removes fstab lines and units written for another cluster or on another machine, and unmounts what they mounted.</summary>
/// <param name="Steps">In the order in which they run.</param>
/// <param name="StepsByPath">By resolved mount point, the steps that a mount there waits for.</param>
/// <param name="Unmounts">By resolved mount point, the steps that unmount. A mount above waits for them.</param>
internal sealed record ForeignMounts(
    IReadOnlyList<Step> Steps,
    IReadOnlyDictionary<string, IReadOnlyList<Step>> StepsByPath,
    Dictionary<string, Step> Unmounts)
{
    /// <param name="mountPoints">The expected mount points; storage that is already mounted there stays.</param>
    public static ForeignMounts Plan(
        DriverContext context, StorageState state, IReadOnlyList<MountPointState> mountPoints, List<string> warnings)
    {
        // Configured storage that is mounted and not part of this run (storage add) keeps its entry; the next bootstrap replaces it.
        List<PersistedMount> foreign =
            [.. state.Foreign.Where(item => mountPoints.Any(mountPoint => IsAt(mountPoint, item)) || !state.IsInPlace(item.LocalPath))];
        if (foreign.Count == 0)
        {
            return new ForeignMounts([], new Dictionary<string, IReadOnlyList<Step>>(), new Dictionary<string, Step>());
        }

        warnings.Add($"{CloneGuard.Describe(foreign)}; removing them, with a copy in {NodePaths.RemovedStorage}");
        bool IsWanted(PersistedMount item) => mountPoints.Any(mountPoint => IsAt(mountPoint, item) && mountPoint.IsExpected);
        var mounted = foreign.Where(item => FindMount(item) is not null && !IsWanted(item))
            .OrderByDescending(item => state.ResolvePath(item.LocalPath).Length).ToList();

        // A unit identifies its mount, so it is removed after unmounting. A line is removed before, or systemd might mount it again.
        List<Step> all = [];
        Dictionary<string, Step> unmounts = new(StringComparer.Ordinal);
        mounted.FindAll(item => item.Unit is not null).ForEach(item => Unmount(item, []));
        var entries = foreign.Count == 1 ? "1 entry" : $"{foreign.Count} entries";
        var remove = new Step($"remove {entries} of another cluster or machine from fstab and units", async (note, token) =>
        {
            var removable = foreign.Where(item => item.Unit is null || FindMount(item) is null);
            await CloneGuard.RemoveAsync([.. removable], context.Root, context.Fstab, IsMountPoint, token);
            if (foreign.Any(item => item.Unit is not null))
            {
                // A new unit of the same name would not be read. fstab's units are reloaded at the end of the stage.
                await context.Fstab.ReloadAsync(note, token);
            }
        })
        {
            After = [.. all],
            Details = [.. foreign.Select(item => $"{item.LocalPath} ({item.Source}) of {item.Cluster}")],
        };
        all.Add(remove);
        mounted.FindAll(item => item.Unit is null).ForEach(item => Unmount(item, [remove]));
        return new ForeignMounts(all, foreign.Select(item => state.ResolvePath(item.LocalPath)).Distinct().ToDictionary(
            path => path,
            path => (IReadOnlyList<Step>)[.. all.Where(step => step == remove || step == unmounts.GetValueOrDefault(path))],
            StringComparer.Ordinal), unmounts);

        bool IsAt(MountPointState mountPoint, PersistedMount item) => mountPoint.ResolvedPath == state.ResolvePath(item.LocalPath);

        bool IsMountPoint(string path) => mountPoints.Any(mountPoint => mountPoint.ResolvedPath == state.ResolvePath(path));

        MountEntry? FindMount(PersistedMount item)
        {
            var target = context.Root.On(state.ResolvePath(item.LocalPath));
            return MountTree.Read().At(target) is { } present && item.IsOriginOf(present) ? present : null;
        }

        void Unmount(PersistedMount item, IReadOnlyList<Step> needs)
        {
            var path = state.ResolvePath(item.LocalPath);
            var step = new Step($"unmount {item.LocalPath} of another cluster or machine", async (note, token) =>
            {
                if (FindMount(item) is { } present)
                {
                    await Unmounter.UnmountAsync(context.Root, item.LocalPath, present, null, DetachMode.IfUnreachable, note, token);
                }
            })
            {
                Needs = needs,
                After = [.. unmounts.Where(other => LocalPath.IsAtOrBelow(other.Key, path)).Select(other => other.Value)],
            };
            unmounts[path] = step;
            all.Add(step);
        }
    }
}
