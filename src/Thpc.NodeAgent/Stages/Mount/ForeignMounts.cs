using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Removes fstab lines and units written for another cluster or on another machine, and unmounts what they mounted.</summary>
/// <param name="Steps">In the order in which they run.</param>
/// <param name="StepsByPath">By resolved mount point, the steps that a mount there waits for.</param>
internal sealed record ForeignMounts(IReadOnlyList<Step> Steps, IReadOnlyDictionary<string, IReadOnlyList<Step>> StepsByPath)
{
    /// <param name="mountPoints">The expected mount points; storage that is already mounted there stays.</param>
    public static ForeignMounts Plan(
        DriverContext context, StorageState state, IReadOnlyList<MountPointState> mountPoints, List<string> warnings)
    {
        if (state.Foreign.Count == 0)
        {
            return new ForeignMounts([], new Dictionary<string, IReadOnlyList<Step>>());
        }

        warnings.Add($"{CloneGuard.Describe(state.Foreign)}; removing them, with a copy in {NodePaths.RemovedStorage}");
        bool IsWanted(PersistedMount item) =>
            mountPoints.Any(mountPoint => mountPoint.ResolvedPath == state.ResolvePath(item.LocalPath) && mountPoint.IsExpected);
        var mounted = state.Foreign.Where(item => FindMount(item) is not null && !IsWanted(item))
            .OrderByDescending(item => state.ResolvePath(item.LocalPath).Length).ToList();

        // A unit identifies its mount, so it is removed after unmounting. A line is removed before, or systemd might mount it again.
        List<Step> all = [];
        Dictionary<string, Step> unmounts = new(StringComparer.Ordinal);
        mounted.FindAll(item => item.Unit is not null).ForEach(item => Unmount(item, []));
        var entries = state.Foreign.Count == 1 ? "1 entry" : $"{state.Foreign.Count} entries";
        var remove = new Step($"remove {entries} of another cluster or machine from fstab and units", async (note, token) =>
        {
            var removable = state.Foreign.Where(item => item.Unit is null || FindMount(item) is null);
            await CloneGuard.RemoveAsync([.. removable], context.Root, context.Fstab, IsMountPoint, token);
            if (state.Foreign.Any(item => item.Unit is not null))
            {
                // A new unit of the same name would not be read. fstab's units are reloaded at the end of the stage.
                await context.Fstab.ReloadAsync(note, token);
            }
        })
        {
            After = [.. all],
            Details = [.. state.Foreign.Select(item => $"{item.LocalPath} ({item.Source}) of {item.Cluster}")],
        };
        all.Add(remove);
        mounted.FindAll(item => item.Unit is null).ForEach(item => Unmount(item, [remove]));
        return new ForeignMounts(all, state.Foreign.Select(item => state.ResolvePath(item.LocalPath)).Distinct().ToDictionary(
            path => path,
            path => (IReadOnlyList<Step>)[.. all.Where(step => step == remove || step == unmounts.GetValueOrDefault(path))],
            StringComparer.Ordinal));

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
