using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Takes one place of the cluster's storage from this live node.</summary>
/// <param name="lazy">Whether it is detached although it is in use.</param>
internal sealed class RemoveStage(DriverContext context, string localPath, bool lazy) : IStage
{
    private static readonly TimeSpan RemoveLimit = TimeSpan.FromSeconds(10);

    // The system's own: empty or not, they stay.
    private static readonly string[] Standard = ["/opt", "/home", "/srv", "/mnt", "/media", "/usr/local"];

    public string Name => "remove";

    /// <exception cref="AgentException">STORAGE_NOT_FOUND or MOUNT_CONFLICT.</exception>
    public Task<StagePlan> PlanAsync(CancellationToken cancel)
    {
        var survey = new Survey(context);
        var target = MountPoint.Target(context.Root, localPath, survey.Mounts);
        var mounted = survey.Mounts.At(target);
        var remembered = survey.Remembered.FirstOrDefault(item => item.LocalPath == localPath);
        var storage = context.Config.Storage.FirstOrDefault(item => item.LocalPath == localPath) ?? remembered?.Storage;
        if (storage is null && mounted is not { IsShared: true })
        {
            throw new AgentException(ErrorCode.StorageNotFound, mounted is null
                ? $"ResourceNotFound.LocalPath: no storage of the cluster is at {localPath}"
                : $"ResourceNotFound.LocalPath: {localPath} has {mounted.Type} {mounted.Source} mounted, which is not the cluster's storage");
        }

        if (survey.Fstab.At(localPath).FirstOrDefault(line => line.Entry!.Cluster is null) is { } foreign)
        {
            throw new AgentException(ErrorCode.MountConflict, $"/etc/fstab line {foreign.Number} has {localPath} and is not the agent's", new("Take that line out by hand first, or the next boot mounts it again; nothing was touched.", "请先手动删除该行，否则下次启动时会再次挂载；未做任何改动。"));
        }

        var driver = storage is null ? null : context.Driver(storage);
        List<Step> steps = [];
        void Add(string summary, StepAction run, params string[] details) => steps.Add(new Step(summary, run) { Needs = [.. steps], Details = details });

        if (mounted is not null)
        {
            Add(
                $"{(lazy ? "detach" : "unmount")} {localPath} ({mounted.Type} {mounted.Source})",
                (note, token) => Unmounter.UnmountAsync(context.Root, localPath, target, driver, lazy ? Detach.Always : Detach.Never, note, token),
                lazy ? $"umount -l {localPath}: who uses it goes on with it, out of sight" : $"umount {localPath}, if nobody uses it");
        }

        if (remembered is not null)
        {
            Add($"forget {localPath} at boot", (note, token) => ForgetAsync(remembered, note, token), remembered.Unit is { } unit ? $"unit {unit}" : $"fstab: {remembered.Text.TrimEnd()}");
        }

        if (!Standard.Contains(localPath) && (driver?.MakesDirectory ?? true))
        {
            Add($"remove the directory {localPath} if it is empty", (note, token) => RemoveDirectoryAsync(target, note, token));
        }

        return Task.FromResult(new StagePlan(steps)
        {
            Warnings = storage is GooseFsxStorage ? [$"{localPath}: GooseFSx's client mounts by itself, and will again until it is taken from this node"] : [],
        });
    }

    private async Task ForgetAsync(Remembered remembered, Action<string> note, CancellationToken cancel)
    {
        if (remembered is { Unit: not null, Storage: GooseFsStorage goose })
        {
            await new GooseFsDriver(goose, context).ForgetAsync(note, cancel);
            return;
        }

        await context.Fstab.ChangeAsync(fstab => fstab.Without(localPath), cancel);
        await context.Fstab.ReloadAsync(note, cancel);
    }

    private async Task RemoveDirectoryAsync(string target, Action<string> note, CancellationToken cancel)
    {
        // Looked at again: somebody may have mounted there since, and rmdir would be told to remove what is theirs.
        if (MountTable.Read().At(target) is { } present)
        {
            note($"{localPath} stays: {present.Type} {present.Source} is mounted there now");
            return;
        }

        // rmdir(2) itself refuses whatever has content.
        var removed = await Tool.RunAsync(["rmdir", "--", target], RemoveLimit, cancel);
        note(removed.Succeeded ? $"{localPath} was empty and is removed" : $"{localPath} stays: {(removed.TimedOut ? "no answer" : removed.LastWords)}");
    }
}
