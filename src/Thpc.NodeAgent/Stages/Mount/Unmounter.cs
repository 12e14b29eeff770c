using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Mount;

internal enum DetachMode
{
    /// <summary>Only what nobody uses, in order, so that nothing written is lost.</summary>
    Never,

    /// <summary>What nobody uses and yet cannot be unmounted in order, as where its server is gone.</summary>
    IfGone,

    /// <summary>At once, whoever uses it: they keep it, out of sight of everybody else.</summary>
    Always,
}

/// <summary>Takes one mount away, and never what lies below it.</summary>
internal static class Unmounter
{
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DetachLimit = TimeSpan.FromSeconds(10);

    /// <summary>Ends with this mount gone.</summary>
    /// <param name="localPath">Its name for people.</param>
    /// <param name="mount">As the caller has recognised it; what has been mounted there since is left.</param>
    /// <param name="driver">How it is taken down in order; null: umount(8).</param>
    /// <exception cref="AgentException">MOUNT_BUSY with those who use it, MOUNT_CONFLICT, MOUNT_TIMEOUT or MOUNT_FAILED; it is as it was.</exception>
    public static async Task UnmountAsync(NodeRoot root, string localPath, MountEntry mount, StorageDriver? driver, DetachMode detach, Action<string> note, CancellationToken cancel)
    {
        var target = mount.MountPoint;
        var tree = MountTree.Read();
        if (Find(tree, mount) is not { } entry)
        {
            return;
        }

        // umount(8) would take what is seen there, whatever that is.
        if (tree.At(target) is var seen && seen?.Id != entry.Id)
        {
            throw new AgentException(
                ErrorCode.MountConflict,
                seen is null
                    ? $"{localPath}: a mount above it hides {mount.Source}"
                    : $"{localPath}: {seen.Type} {seen.Source} has been mounted upon {mount.Source}, and is not the agent's to unmount",
                new("Unmount it by hand first; nothing was touched.", "请先手动卸载它；未做任何改动。"));
        }

        if (tree.Above(entry) is { Count: > 0 } above)
        {
            throw new AgentException(
                ErrorCode.MountBusy,
                $"{localPath} has others mounted below it: {string.Join(", ", above.Select(other => other.MountPoint[root.Prefix.Length..]))}",
                new("Remove those first.", "请先移除这些挂载。"));
        }

        var users = await FileHolders.InspectAsync(target, running: false, cancel);
        if (detach == DetachMode.Always)
        {
            await DetachAsync(localPath, target, cancel);
            note(users.Users.Count == 0
                ? $"{localPath} was detached"
                : $"{localPath} was detached while still in use by {users.Summary}: they go on with it out of sight, and what they write may be lost; end them before its server goes away");
            return;
        }

        if (users.Users.Count > 0)
        {
            throw Busy(localPath, users);
        }

        // What does not answer now would not let itself be unmounted either, and the wait would be longer.
        if (await MountProbe.AskAsync(root, target, AskLimit, cancel) is { Code: { } code } silent && code == ErrorCode.MountTimeout)
        {
            throw new AgentException(code, $"unmount {localPath}: {silent.Words}", new("Wait for its server or daemon; or detach it with `thpc-node-agent storage remove --lazy`.", "请等待其服务端或守护进程恢复；或用 `thpc-node-agent storage remove --lazy` 强制分离。"));
        }

        await TakeDownAsync(localPath, entry, driver, detach == DetachMode.IfGone && users.Complete, cancel);
    }

    private static async Task TakeDownAsync(string localPath, MountEntry mount, StorageDriver? driver, bool mayDetach, CancellationToken cancel)
    {
        var result = await (driver?.TakeDownAsync(mount.MountPoint, cancel) ?? StorageDriver.UnmountAsync(mount.MountPoint, cancel));

        // The table decides: an umount that a killed run left behind may have come first.
        if (Find(MountTree.Read(), mount) is null)
        {
            return;
        }

        if (result.Output.Contains("busy", StringComparison.Ordinal))
        {
            throw Busy(localPath, await FileHolders.InspectAsync(mount.MountPoint, running: false, cancel));
        }

        if (mayDetach)
        {
            await DetachAsync(localPath, mount.MountPoint, cancel);
            return;
        }

        throw result.TimedOut
            ? new AgentException(ErrorCode.MountTimeout, $"unmount {localPath}: no end within the limit, its server does not answer", new("Wait for the server; or detach it with --lazy, and end those who use it.", "请等待服务端恢复；或用 --lazy 强制分离，并结束占用它的进程。"))
            : new AgentException(ErrorCode.MountFailed, $"unmount {localPath}: {result.LastWords}", new("Read umount's words above; --lazy detaches it all the same.", "请查看上面 umount 的输出；--lazy 可强制分离。"));
    }

    /// <summary>An id comes again once its mount is gone, so all of it counts.</summary>
    private static MountEntry? Find(MountTree tree, MountEntry mount) =>
        tree.Entries.FirstOrDefault(entry => entry.Id == mount.Id && entry.MountPoint == mount.MountPoint && entry.Device == mount.Device && entry.Source == mount.Source);

    private static async Task DetachAsync(string localPath, string target, CancellationToken cancel)
    {
        var result = await ProgramRunner.RunAsync(["umount", "-l", "--", target], DetachLimit, cancel);
        if (!result.Succeeded)
        {
            throw new AgentException(ErrorCode.MountFailed, $"detach {localPath}: {(result.TimedOut ? $"no end within {DetachLimit.TotalSeconds:0} s" : result.LastWords)}");
        }
    }

    private static AgentException Busy(string localPath, FileHolderList users) => new(
        ErrorCode.MountBusy,
        users.Users.Count > 0
            ? $"{localPath} is in use by {users.Summary}"
            : users.Complete
                ? $"{localPath} is in use, and by no process of this machine that can be seen: a container, a loop device, a swap file or an NFS export may hold it"
                : $"{localPath} is in use; not every process could be inspected in time, so it is not known by which");
}
