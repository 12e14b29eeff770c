using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>The directory that a file system is mounted on.</summary>
internal static class MountPoint
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Follows links and makes the directory if it is missing.</summary>
    /// <returns>Its path for this process, as mountinfo will show it.</returns>
    /// <exception cref="AgentException">MOUNT_UNSAFE_PATH, MOUNT_CONFLICT or NO_SPACE.</exception>
    public static string Prepare(NodeRoot root, string localPath)
    {
        var real = root.Resolve(localPath);
        if (LocalPath.Objection(real) is { } objection)
        {
            throw new AgentException(ErrorCode.MountUnsafePath, $"{localPath} leads to {real}, and {objection}");
        }

        var target = root.On(real);
        if (File.Exists(target))
        {
            throw new AgentException(ErrorCode.MountConflict, $"{localPath} is a file, not a directory", "Move it away or choose another local_path; nothing was touched.");
        }

        try
        {
            DiskSpace.Guard(target, () => Directory.CreateDirectory(target, Mode));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentException(ErrorCode.MountFailed, $"the directory {localPath} cannot be made: {e.Message}", "Make it by hand, or choose another local_path.", e);
        }

        return target;
    }

    /// <summary>Asks the file system for its size, in a child that can be killed or, if not even that, abandoned.</summary>
    public static Task<CommandResult> ProbeAsync(string target, TimeSpan limit, CancellationToken cancel) =>
        Command.RunAsync(["stat", "-f", "-c", "%T", "--", target], limit, cancel);
}
