using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

internal enum Detach
{
    /// <summary>Only what nobody uses, in order, so that nothing written is lost.</summary>
    Never,

    /// <summary>What nobody uses and yet cannot be unmounted in order, as where its server is gone.</summary>
    IfGone,

    /// <summary>At once, whoever uses it: they keep it, out of sight of everybody else.</summary>
    Always,
}

/// <summary>Takes a mount away.</summary>
internal static class Unmounter
{
    private const int MostLayers = 8;
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DetachLimit = TimeSpan.FromSeconds(10);

    /// <summary>Ends with nothing mounted there.</summary>
    /// <param name="localPath">Its name for people; <paramref name="target"/> is its path for this process.</param>
    /// <param name="driver">How it is taken down in order; null: umount(8).</param>
    /// <exception cref="AgentException">MOUNT_BUSY with those who use it, MOUNT_TIMEOUT or MOUNT_FAILED; it is as it was.</exception>
    public static async Task UnmountAsync(NodeRoot root, string localPath, string target, StorageDriver? driver, Detach detach, Action<string> note, CancellationToken cancel)
    {
        for (var layer = 0; layer < MostLayers && MountTable.Read() is var table && table.At(target) is not null; layer++)
        {
            if (table.Below(target).Select(entry => entry.MountPoint[root.Prefix.Length..]).ToList() is { Count: > 0 } below)
            {
                throw new AgentException(ErrorCode.MountBusy, $"{localPath} has others mounted below it: {string.Join(", ", below)}", new("Remove those first.", "请先移除这些挂载。"));
            }

            var users = await FileUsers.LookAsync(target, running: false, cancel);
            if (detach == Detach.Always)
            {
                await DetachAsync(localPath, target, cancel);
                note(users.Users.Count == 0
                    ? $"{localPath} was detached"
                    : $"{localPath} was detached while still in use by {users.Words}: they go on with it out of sight, and what they write may be lost; end them before its server goes away");
                continue;
            }

            if (users.Users.Count > 0)
            {
                throw Busy(localPath, users);
            }

            // What does not answer now would not let itself be unmounted either, and the wait would be longer.
            if (await MountPoint.AskAsync(target, AskLimit, cancel) is { Code: { } code } silent && code == ErrorCode.MountTimeout)
            {
                throw new AgentException(code, $"unmount {localPath}: {silent.Words}", new("Wait for its server or daemon; or detach it with `thpc-node-agent storage remove --lazy`.", "请等待其服务端或守护进程恢复；或用 `thpc-node-agent storage remove --lazy` 强制分离。"));
            }

            await TakeDownAsync(localPath, target, driver, detach == Detach.IfGone && users.Complete, cancel);
        }
    }

    private static async Task TakeDownAsync(string localPath, string target, StorageDriver? driver, bool mayDetach, CancellationToken cancel)
    {
        var before = Layers(target);
        var result = await (driver?.TakeDownAsync(target, cancel) ?? StorageDriver.UnmountAsync(target, cancel));

        // Gone before this began is gone too: an umount that a killed run left behind may have come first.
        if (Layers(target) is var left && (left == 0 || left < before))
        {
            return;
        }

        if (result.Output.Contains("busy", StringComparison.Ordinal))
        {
            throw Busy(localPath, await FileUsers.LookAsync(target, running: false, cancel));
        }

        if (mayDetach)
        {
            await DetachAsync(localPath, target, cancel);
            return;
        }

        throw result.TimedOut
            ? new AgentException(ErrorCode.MountTimeout, $"unmount {localPath}: no end within the limit, its server does not answer", new("Wait for the server; or detach it with --lazy, and end those who use it.", "请等待服务端恢复；或用 --lazy 强制分离，并结束占用它的进程。"))
            : new AgentException(ErrorCode.MountFailed, $"unmount {localPath}: {result.LastWords}", new("Read umount's words above; --lazy detaches it all the same.", "请查看上面 umount 的输出；--lazy 可强制分离。"));
    }

    private static int Layers(string target) => MountTable.Read().Entries.Count(entry => entry.MountPoint == target);

    private static async Task DetachAsync(string localPath, string target, CancellationToken cancel)
    {
        var result = await Tool.RunAsync(["umount", "-l", "--", target], DetachLimit, cancel);
        if (!result.Succeeded)
        {
            throw new AgentException(ErrorCode.MountFailed, $"detach {localPath}: {(result.TimedOut ? $"no end within {DetachLimit.TotalSeconds:0} s" : result.LastWords)}");
        }
    }

    private static AgentException Busy(string localPath, FileUserList users) => new(
        ErrorCode.MountBusy,
        users.Users.Count > 0
            ? $"{localPath} is in use by {users.Words}"
            : $"{localPath} is in use, and by no process of this machine that can be seen: a container, a loop device, a swap file or an NFS export may hold it");
}
