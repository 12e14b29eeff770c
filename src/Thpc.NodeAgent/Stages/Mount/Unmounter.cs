using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Mount;

internal enum DetachMode
{
    /// <summary>Unmount only, and only if it is not in use, so that no written data is lost.</summary>
    Never,

    /// <summary>Detach if it is not in use but cannot be unmounted, for example because its server is down.</summary>
    IfUnreachable,

    /// <summary>Detach at once even if it is in use (umount -l). Processes keep open files.</summary>
    Always,
}

/// <summary>Unmounts one mount, and never those below it.</summary>
internal static class Unmounter
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DetachLimit = TimeSpan.FromSeconds(10);

    /// <summary>Unmounts, and returns when the mount table no longer shows the mount.</summary>
    /// <param name="localPath">The configured path, for messages.</param>
    /// <param name="mount">The mount that the caller has inspected; a mount made there later stays.</param>
    /// <param name="driver">How to unmount it; null: umount(8).</param>
    /// <param name="others">Storage that must not be in use either.</param>
    /// <exception cref="AgentException">MOUNT_BUSY, MOUNT_CONFLICT, MOUNT_TIMEOUT or MOUNT_FAILED; the mount is unchanged.</exception>
    public static async Task UnmountAsync(
        NodeRoot root,
        string localPath,
        MountEntry mount,
        StorageDriver? driver,
        DetachMode detach,
        Action<string> note,
        CancellationToken cancel,
        List<MountPointState>? others = null)
    {
        var target = mount.MountPoint;
        var tree = MountTree.Read();
        if (Find(tree, mount) is not { } entry)
        {
            return;
        }

        // umount(8) would unmount the visible mount, which is another one.
        if (tree.At(target) is var seen && seen?.Id != entry.Id)
        {
            throw new AgentException(
                ErrorCode.MountConflict,
                seen is null
                    ? Messages.HiddenByParent(localPath, mount.Source)
                    : Messages.MountedOnTop(localPath, $"{seen.Type} {seen.Source}", mount.Source),
                Hints.UnmountByHand);
        }

        if (tree.Above(entry) is { Count: > 0 } above)
        {
            throw new AgentException(
                ErrorCode.MountBusy,
                Messages.MountsBelow(localPath, string.Join(", ", above.Select(other => other.MountPoint[root.Prefix.Length..]))),
                Hints.UnmountBelowFirst);
        }

        foreach (var other in others ?? [])
        {
            if (await FileHolders.InspectAsync(other.Target, running: false, cancel) is { Users.Count: > 0 } holders)
            {
                throw new AgentException(Busy(other.LocalPath, holders));
            }
        }

        var users = await FileHolders.InspectAsync(target, running: false, cancel);
        if (detach == DetachMode.Always)
        {
            await DetachAsync(localPath, target, cancel);
            note(users.Users.Count == 0
                ? $"detached {localPath}"
                : $"detached {localPath} while it was in use by {users.Summary}; stop these processes before its server is shut down, "
                    + "or data that they write may be lost");
            return;
        }

        if (users.Users.Count > 0)
        {
            throw new AgentException(Busy(localPath, users));
        }

        // Where the probe hangs, umount would hang too, and longer.
        if (await MountProbe.AskAsync(root, target, ProbeLimit, cancel) is { Code: { } code } silent && code == ErrorCode.MountTimeout)
        {
            throw new AgentException(code, Messages.NotUnmounted(localPath, silent.Problem), Hints.WaitOrDetach);
        }

        await StopAndUnmountAsync(localPath, entry, driver, detach == DetachMode.IfUnreachable && users.Complete, cancel);
    }

    private static async Task StopAndUnmountAsync(
        string localPath, MountEntry mount, StorageDriver? driver, bool mayDetach, CancellationToken cancel)
    {
        var result = await (driver?.StopAndUnmountAsync(mount.MountPoint, cancel) ?? StorageDriver.UnmountAsync(mount.MountPoint, cancel));

        // Trust the mount table: an umount that an interrupted run left running may have been faster.
        if (Find(MountTree.Read(), mount) is null)
        {
            return;
        }

        if (result.Output.Contains("busy", StringComparison.Ordinal))
        {
            throw new AgentException(Busy(localPath, await FileHolders.InspectAsync(mount.MountPoint, running: false, cancel)));
        }

        if (mayDetach)
        {
            await DetachAsync(localPath, mount.MountPoint, cancel);
            return;
        }

        throw new AgentException(result.TimedOut
            ? new Error(
                ErrorCode.MountTimeout, Messages.NotUnmounted(localPath, Messages.ServerSilent), Hints.WaitOrDetachAndStopUsers)
            : new Error(ErrorCode.MountFailed, Messages.NotUnmounted(localPath, result.LastOutput), Hints.ReadUmountOutput));
    }

    /// <summary>Finds the same mount again. The kernel reuses ids of unmounted mounts, so the id alone is not enough.</summary>
    private static MountEntry? Find(MountTree tree, MountEntry mount) => tree.Entries.FirstOrDefault(entry =>
        entry.Id == mount.Id && entry.MountPoint == mount.MountPoint && entry.Device == mount.Device && entry.Source == mount.Source);

    private static async Task DetachAsync(string localPath, string target, CancellationToken cancel)
    {
        var result = await ProgramRunner.RunAsync(["umount", "-l", "--", target], DetachLimit, cancel);
        if (!result.Succeeded)
        {
            var reason = result.TimedOut ? Host.Messages.NotFinishedWithin($"{DetachLimit.TotalSeconds:0}") : result.LastOutput;
            throw new AgentException(ErrorCode.MountFailed, Messages.NotDetached(localPath, reason));
        }
    }

    private static Error Busy(string localPath, FileHolderList users) => new(
        ErrorCode.MountBusy,
        users.Users.Count > 0
            ? Messages.InUse(localPath, users.Summary)
            : users.Complete ? Messages.InUseByKernel(localPath) : Messages.InUseByUnknown(localPath));
}
