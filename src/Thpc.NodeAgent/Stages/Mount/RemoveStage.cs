using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Mount.Drivers;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Takes one place of the cluster's storage from this live node.</summary>
/// <param name="lazy">Whether it is detached although it is in use.</param>
internal sealed class RemoveStage(DriverContext context, string localPath, bool lazy) : IStage
{
    private const string SystemdAutomount = "systemd-1";

    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RemoveLimit = TimeSpan.FromSeconds(10);

    // The system's own: empty or not, they stay.
    private static readonly string[] Standard = [NodePaths.Opt, "/home", "/srv", "/mnt", "/media", "/usr/local"];

    public string Name => "remove";

    /// <exception cref="AgentException">STORAGE_NOT_FOUND or MOUNT_CONFLICT.</exception>
    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        var state = new StorageState(context);
        var place = state.Place(localPath);
        var target = context.Root.On(place);
        var layers = state.Mounts.Layers(target);
        var mounted = layers is [.., { IsAutomount: false } top] ? top : null;
        IReadOnlyList<PersistedMount> persisted = [.. state.Persisted.Where(item => state.Place(item.LocalPath) == place)];
        var storage = context.Config.Storage.FirstOrDefault(item => state.Place(item.LocalPath) == place)
            ?? persisted.Select(item => item.Storage).FirstOrDefault(item => item is not null);
        if (storage is null)
        {
            throw new AgentException(ErrorCode.StorageNotFound, mounted is null
                ? $"ResourceNotFound.LocalPath: no storage of the cluster is at {localPath}"
                : $"ResourceNotFound.LocalPath: {localPath} has {mounted.Type} {mounted.Source} mounted, which is not the cluster's storage");
        }

        var driver = context.Driver(storage);
        await driver.ResolveAsync(mounted is null ? [] : [mounted.Source], AskLimit, cancel);
        var isOwn = mounted is null || driver.IsMounted(mounted) || persisted.Any(item => item.IsOriginOf(mounted));
        if (Validate(state, place, layers, isOwn) is { } problem)
        {
            throw problem;
        }

        List<Step> steps = [];
        void Add(string summary, StepAction run, params string[] details) =>
            steps.Add(new Step(summary, run) { Needs = [.. steps], Details = details });

        if (mounted is not null)
        {
            Add(
                $"{(lazy ? "detach" : "unmount")} {localPath} ({mounted.Type} {mounted.Source})",
                (note, token) =>
                    Unmounter.UnmountAsync(context.Root, localPath, mounted, driver, lazy ? DetachMode.Always : DetachMode.Never, note, token),
                lazy ? $"umount -l {localPath}: who uses it goes on with it, out of sight" : $"umount {localPath}, if nobody uses it");
        }

        if (layers.Any(layer => layer.IsAutomount) && Systemd.Runs(context.Root))
        {
            var unit = $"{UnitName.Escape(place)}.automount";
            Add($"stop {unit}", (_, token) => StopAsync(unit, target, token), $"systemctl stop {unit}");
        }

        if (persisted.Count > 0)
        {
            static string Entry(PersistedMount item) => item.Unit is { } unit ? $"unit {unit}" : $"fstab: {item.Text.TrimEnd()}";
            Add($"forget {localPath} at boot", (note, token) => UnpersistAsync(place, persisted, note, token), [.. persisted.Select(Entry)]);
        }

        if (!Standard.Contains(place) && driver.MakesDirectory)
        {
            Add($"remove the directory {localPath} if it is empty", (note, token) => RemoveDirectoryAsync(target, note, token));
        }

        return new StagePlan(steps)
        {
            Warnings = storage is GooseFsxStorage
                ? [$"{localPath}: GooseFSx's client mounts by itself, and will again until it is taken from this node"]
                : [],
        };
    }

    /// <summary>Why nothing is touched: it is not the cluster's, or would come back.</summary>
    private AgentException? Validate(StorageState state, string place, IReadOnlyList<MountEntry> layers, bool isOwn)
    {
        if (!isOwn)
        {
            return new AgentException(
                ErrorCode.MountConflict,
                $"{localPath} has {layers[^1].Type} {layers[^1].Source} mounted, which is not the cluster's storage",
                new("Unmount that by hand first; nothing was touched.", "请先手动卸载它；未做任何改动。"));
        }

        if (state.Boot.FirstOrDefault(entry => entry.Place == place && !entry.IsOwn) is { } foreign)
        {
            return new AgentException(
                ErrorCode.MountConflict,
                $"{foreign.Name} has {localPath} and is not the agent's",
                new("Remove it by hand first, or the next boot mounts it again; nothing was touched.", "请先手动删除它，否则下次启动时会再次挂载；未做任何改动。"));
        }

        return layers.FirstOrDefault(layer => layer.IsAutomount && layer.Source != SystemdAutomount) is { } automount
            ? new AgentException(
                ErrorCode.MountConflict,
                $"an automount of {automount.Source} has {localPath}, and would mount it again",
                new("Take it out of the automounter's map first; nothing was touched.", "请先将其从 automounter 的映射中删除；未做任何改动。"))
            : null;
    }

    /// <summary>systemd detaches whatever has come back meanwhile, for somebody may have entered.</summary>
    private async Task StopAsync(string unit, string target, CancellationToken cancel)
    {
        var stopped = await Systemd.ControlAsync("stop", unit, StopLimit, cancel);
        if (MountTree.Read().Layers(target).FirstOrDefault(layer => layer.IsAutomount) is { } left)
        {
            var words = stopped.TimedOut ? $"no end within {StopLimit.TotalSeconds:0} s" : stopped.LastWords;
            throw new AgentException(
                ErrorCode.MountFailed, $"{localPath}: the automount of {left.Source} is still there after `systemctl stop {unit}`: {words}");
        }
    }

    private async Task UnpersistAsync(string place, IReadOnlyList<PersistedMount> persisted, Action<string> note, CancellationToken cancel)
    {
        foreach (var goose in persisted.Where(item => item.Unit is not null).Select(item => item.Storage).OfType<GooseFsStorage>())
        {
            await new GooseFsDriver(goose, context).UnpersistAsync(note, cancel);
        }

        if (persisted.Any(item => item.Line is not null))
        {
            var mounts = MountTree.Read();
            await context.Fstab.ChangeAsync(fstab => fstab.Without(line => BootMount.IsOwnLine(line, context.Root, place, mounts)), cancel, note);
            await context.Fstab.ReloadAsync(note, cancel);
        }
    }

    private async Task RemoveDirectoryAsync(string target, Action<string> note, CancellationToken cancel)
    {
        // Looked at again: somebody may have mounted there since, and rmdir would be told to remove what is theirs.
        if (MountTree.Read().At(target) is { } present)
        {
            note($"{localPath} stays: {present.Type} {present.Source} is mounted there");
            return;
        }

        // rmdir(2) itself refuses whatever has content.
        var removed = await ProgramRunner.RunAsync(["rmdir", "--", target], RemoveLimit, cancel);
        note(removed.Succeeded ? $"{localPath} was empty and is removed" : $"{localPath} stays: {(removed.TimedOut ? "no answer" : removed.LastWords)}");
    }
}
