using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Host.Units;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Removes one mount point of the cluster's storage from this live node.</summary>
/// <param name="lazy">Whether to detach it (umount -l) although it is in use.</param>
internal sealed class RemoveStage(DriverContext context, string localPath, bool lazy) : IStage
{
    private const string SystemdAutomount = "systemd-1";

    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RemoveLimit = TimeSpan.FromSeconds(10);

    // Directories of the system, which stay even if they are empty.
    private static readonly string[] SystemDirectories = [NodePaths.Opt, "/home", "/srv", "/mnt", "/media", "/usr/local"];

    public string Name => "remove";

    /// <exception cref="AgentException">STORAGE_NOT_FOUND or MOUNT_CONFLICT.</exception>
    public async Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        var state = new StorageState(context);
        var resolved = state.ResolvePath(localPath);
        var target = context.Root.On(resolved);
        var layers = state.Mounts.Layers(target);
        var mounted = layers is [.., { IsAutomount: false } top] ? top : null;
        IReadOnlyList<PersistedMount> persisted = [.. state.Persisted.Where(item => state.ResolvePath(item.LocalPath) == resolved)];
        var storage = context.Config.Storage.FirstOrDefault(item => state.ResolvePath(item.LocalPath) == resolved)
            ?? persisted.Select(item => item.Storage).FirstOrDefault(item => item is not null);
        if (storage is null)
        {
            throw new AgentException(ErrorCode.StorageNotFound, "ResourceNotFound.LocalPath: " + (mounted is null
                ? Messages.NoStorageAt(localPath)
                : Messages.NotClusterStorage(localPath, $"{mounted.Type} {mounted.Source}")));
        }

        var driver = context.Driver(storage);
        await driver.ResolveAsync(mounted is null ? [] : [mounted.Source], AskLimit, cancel);
        var isOwn = mounted is null || driver.IsMounted(mounted) || persisted.Any(item => item.IsOriginOf(mounted));
        if (Validate(state, resolved, layers, isOwn) is { } problem)
        {
            throw new AgentException(problem);
        }

        List<Step> steps = [];
        void Add(string summary, StepAction run, params string[] details) =>
            steps.Add(new Step(summary, run) { Needs = [.. steps], Details = details });

        if (mounted is not null)
        {
            Add(
                $"{(lazy ? "detach" : "unmount")} {localPath} ({mounted.Type} {mounted.Source})",
                (note, token) =>
                    Unmounter.UnmountAsync(
                        context.Root, localPath, mounted, driver, lazy ? DetachMode.Always : DetachMode.Never, note, token),
                lazy ? $"umount -l {localPath}: processes keep their open files" : $"umount {localPath}, if it is not in use");
        }

        if (layers.Any(layer => layer.IsAutomount) && Systemd.Runs(context.Root))
        {
            var unit = $"{UnitName.Escape(resolved)}.automount";
            Add($"stop {unit}", (_, token) => StopAsync(unit, target, token), $"systemctl stop {unit}");
        }

        if (persisted.Count > 0)
        {
            static string Entry(PersistedMount item) => item.Unit is { } unit ? $"unit {unit}" : $"fstab: {item.Text.TrimEnd()}";
            Add(
                $"remove {localPath} from boot configuration",
                (note, token) => UnpersistAsync(resolved, persisted, note, token),
                [.. persisted.Select(Entry)]);
        }

        if (!SystemDirectories.Contains(resolved) && driver.CreatesDirectory)
        {
            Add($"remove the directory {localPath} if it is empty", (note, token) => RemoveDirectoryAsync(target, note, token));
        }

        return new StagePlan(steps)
        {
            Warnings = storage is GooseFsxStorage
                ? [$"{localPath}: the GooseFSx client will mount it again until you remove the client from this node"]
                : [],
        };
    }

    /// <summary>Why it cannot be removed: it is not the cluster's storage, or would be mounted again; null where it can.</summary>
    private Error? Validate(StorageState state, string resolved, IReadOnlyList<MountEntry> layers, bool isOwn)
    {
        if (!isOwn)
        {
            return new Error(
                ErrorCode.MountConflict,
                Messages.NotClusterStorage(localPath, $"{layers[^1].Type} {layers[^1].Source}"),
                Hints.UnmountByHand);
        }

        if (state.Boot.FirstOrDefault(entry => entry.ResolvedPath == resolved && !entry.IsOwn) is { } foreign)
        {
            return new Error(ErrorCode.MountConflict, Messages.ForeignEntry(foreign.Name, localPath), Hints.RemoveBootEntry);
        }

        return layers.FirstOrDefault(layer => layer.IsAutomount && layer.Source != SystemdAutomount) is { } automount
            ? new Error(
                ErrorCode.MountConflict, Messages.ByAutomounter(automount.Source, localPath), Hints.RemoveFromAutomounter)
            : null;
    }

    /// <summary>Stops the automount; systemd also detaches a mount that an access has triggered meanwhile.</summary>
    private async Task StopAsync(string unit, string target, CancellationToken cancel)
    {
        var stopped = await Systemd.ControlAsync("stop", unit, StopLimit, cancel);
        if (MountTree.Read().Layers(target).FirstOrDefault(layer => layer.IsAutomount) is { } left)
        {
            var output = stopped.TimedOut ? Host.Messages.NotFinishedWithin($"{StopLimit.TotalSeconds:0}") : stopped.LastOutput;
            throw new AgentException(ErrorCode.MountFailed, Messages.AutomountLeft(localPath, left.Source, unit, output));
        }
    }

    private async Task UnpersistAsync(
        string resolved, IReadOnlyList<PersistedMount> persisted, Action<string> note, CancellationToken cancel)
    {
        foreach (var goose in persisted.Where(item => item.Unit is not null).Select(item => item.Storage).OfType<GooseFsStorage>())
        {
            await new GooseFsDriver(goose, context).UnpersistAsync(note, cancel);
        }

        if (persisted.Any(item => item.Line is not null))
        {
            var mounts = MountTree.Read();
            bool IsRemoved(FstabLine line) => BootMount.IsOwnLine(line, context.Root, resolved, mounts);
            await context.Fstab.ChangeAsync(fstab => fstab.Without(IsRemoved), cancel, note);
            await context.Fstab.ReloadAsync(note, cancel);
        }
    }

    /// <summary>Without this the directory may be back after a power cut.</summary>
    private static async Task FlushParentAsync(string target, Action<string> note, CancellationToken cancel)
    {
        try
        {
            await BlockingCall.RunAsync(() => AtomicFile.FlushDirectory(Path.GetDirectoryName(target)!), RemoveLimit, cancel);
        }
        catch (TimeoutException)
        {
            note($"{Path.GetDirectoryName(target)} does not answer: its change may be lost in a power cut");
        }
    }

    private async Task RemoveDirectoryAsync(string target, Action<string> note, CancellationToken cancel)
    {
        // Check again: another program may have mounted something there meanwhile.
        if (MountTree.Read().At(target) is { } present)
        {
            note($"did not remove the directory {localPath}: {present.Type} {present.Source} is mounted there");
            return;
        }

        // rmdir(2) refuses a directory that is not empty.
        var removed = await ProgramRunner.RunAsync(["rmdir", "--", target], RemoveLimit, cancel);
        if (removed.Succeeded)
        {
            await FlushParentAsync(target, note, cancel);
        }

        note(removed.Succeeded
            ? $"removed the empty directory {localPath}"
            : $"did not remove the directory {localPath}: {(removed.TimedOut ? "no answer" : removed.LastOutput)}");
    }
}
