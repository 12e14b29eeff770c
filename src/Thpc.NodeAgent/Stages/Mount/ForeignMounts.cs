using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Takes out what another cluster or machine left: its lines of fstab and units, and what of them is mounted.</summary>
/// <param name="Steps">In their order.</param>
/// <param name="ByPlace">Those that a mount at that place waits for.</param>
internal sealed record ForeignMounts(IReadOnlyList<Step> Steps, IReadOnlyDictionary<string, IReadOnlyList<Step>> ByPlace)
{
    /// <param name="places">What is wanted, and so is left where it is mounted already.</param>
    public static ForeignMounts Plan(
        DriverContext context, StorageState state, IReadOnlyList<MountPointState> places, List<string> warnings)
    {
        if (state.Foreign.Count == 0)
        {
            return new ForeignMounts([], new Dictionary<string, IReadOnlyList<Step>>());
        }

        warnings.Add($"{CloneGuard.Describe(state.Foreign)}; it is taken out, and kept in /var/lib/thpc-node-agent/removed-storage");
        bool IsWanted(PersistedMount item) => places.Any(place => place.Place == state.Place(item.LocalPath) && place.IsRight);
        var leaving = state.Foreign.Where(item => Mounted(item) is not null && !IsWanted(item))
            .OrderByDescending(item => state.Place(item.LocalPath).Length).ToList();

        // A unit tells whose mount it is, so it goes when that is gone; a line goes first, or systemd might mount it again.
        List<Step> all = [];
        Dictionary<string, Step> unmounts = new(StringComparer.Ordinal);
        leaving.FindAll(item => item.Unit is not null).ForEach(item => Unmount(item, []));
        var takeOut = new Step($"take {state.Foreign.Count} of another cluster or machine out of fstab and units", async (note, token) =>
        {
            var gone = state.Foreign.Where(item => item.Unit is null || Mounted(item) is null);
            await CloneGuard.TakeOutAsync([.. gone], context.Root, context.Fstab, path => places.Any(place => place.Place == state.Place(path)), token);
            await context.Fstab.ReloadAsync(note, token);
        })
        {
            After = [.. all],
            Details = [.. state.Foreign.Select(item => $"{item.LocalPath} ({item.Source}) of {item.Cluster}")],
        };
        all.Add(takeOut);
        leaving.FindAll(item => item.Unit is null).ForEach(item => Unmount(item, [takeOut]));
        return new ForeignMounts(all, state.Foreign.Select(item => state.Place(item.LocalPath)).Distinct().ToDictionary(
            place => place,
            place => (IReadOnlyList<Step>)[.. all.Where(step => step == takeOut || step == unmounts.GetValueOrDefault(place))],
            StringComparer.Ordinal));

        MountEntry? Mounted(PersistedMount item) =>
            MountTree.Read().At(context.Root.On(state.Place(item.LocalPath))) is { } present && item.IsOriginOf(present) ? present : null;

        void Unmount(PersistedMount item, IReadOnlyList<Step> needs)
        {
            var place = state.Place(item.LocalPath);
            var step = new Step($"unmount {item.LocalPath}, of another cluster or machine", async (note, token) =>
            {
                if (Mounted(item) is { } present)
                {
                    await Unmounter.UnmountAsync(context.Root, item.LocalPath, present, null, DetachMode.IfGone, note, token);
                }
            })
            {
                Needs = needs,
                After = [.. unmounts.Where(other => LocalPath.IsAtOrBelow(other.Key, place)).Select(other => other.Value)],
            };
            unmounts[place] = step;
            all.Add(step);
        }
    }
}
