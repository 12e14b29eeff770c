using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <param name="Problem">Null where the mount is there and answers.</param>
internal sealed record MountState(string LocalPath, AgentException? Problem);

/// <summary>Whether the mounts that should be there are there and alive, told within a limit whatever is dead.</summary>
internal static class MountHealth
{
    /// <param name="limit">For all of them together; they are asked at the same time.</param>
    public static async Task<IReadOnlyList<MountState>> LookAsync(NodeConfig config, NodeRoot root, TimeSpan limit, CancellationToken cancel)
    {
        var mounts = MountTable.Read();
        return await Task.WhenAll(config.Storage.OrderBy(storage => storage.LocalPath, StringComparer.Ordinal).Select(
            async storage => new MountState(storage.LocalPath, await ProblemAsync(storage, root, mounts, limit, cancel))));
    }

    private static async Task<AgentException?> ProblemAsync(Storage storage, NodeRoot root, MountTable mounts, TimeSpan limit, CancellationToken cancel)
    {
        var target = root.On(root.Resolve(storage.LocalPath, mounts));
        if (mounts.At(target) is not { } entry)
        {
            return new AgentException(ErrorCode.MountMissing, $"nothing is mounted at {storage.LocalPath}");
        }

        if (storage is CfsStorage cfs && !CfsMount.IsMounted(cfs, entry))
        {
            return new AgentException(ErrorCode.MountConflict, CfsMount.Conflict(cfs, entry));
        }

        return await MountPoint.ProbeAsync(target, limit, cancel) switch
        {
            { Succeeded: true } => null,
            { TimedOut: true } => new AgentException(ErrorCode.MountTimeout, $"{storage.LocalPath} ({entry.Source}) does not answer within {limit.TotalMilliseconds:0} ms"),
            var answer => new AgentException(ErrorCode.MountFailed, $"{storage.LocalPath} ({entry.Source}): {answer.LastWords}"),
        };
    }
}
