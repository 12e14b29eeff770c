using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>
/// Checks whether a file system answers. With a dead server the probing process may block for ever, and no signal ends it.
/// </summary>
internal static class MountProbe
{
    // A probe of a slow, but living server ends within this time.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Queries the size of the file system in a child process that is killed at the limit. A child that cannot be killed is abandoned;
    /// while it exists there are no further probes, because each would leave one more such process.
    /// </summary>
    public static async Task<MountResponse> AskAsync(NodeRoot root, string target, TimeSpan limit, CancellationToken cancel)
    {
        var pidFile = root.RunningProbe(target);
        if (Blocked(pidFile) is { } blocked)
        {
            return new MountResponse(null, ErrorCode.MountTimeout, Messages.ProbeBlocked(blocked));
        }

        MakeDirectory(root);
        try
        {
            // RunAsync ends the child at the limit and deletes the pid file.
            var probe = ProgramRunner.RunAsync(["stat", "-f", "-c", "%S %b %f", "--", target], limit, cancel, pidFile: pidFile);
            return MountResponse.From(await probe.WaitAsync(limit * 1.1, CancellationToken.None), limit);
        }
        catch (TimeoutException)
        {
            return MountResponse.From(new ProgramResult(-1, "", TimedOut: true), limit);
        }
    }

    /// <summary>Creates the directory of the pid file. Without it the probe works, but a later one cannot know about it.</summary>
    private static void MakeDirectory(NodeRoot root)
    {
        try
        {
            if (root.IsLive)
            {
                Directory.CreateDirectory(root.RunDirectory);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The user is not root.
        }
    }

    /// <returns>The process of an earlier probe that is still blocked in the kernel; null if there is none.</returns>
    private static int? Blocked(string pidFile)
    {
        try
        {
            return RegularFile.ReadText(pidFile) is { } text && ProcessTable.Parse(text) is { } earlier
                && ProcessTable.Read(earlier.Id) is { State: 'D' } now && now.StartTime == earlier.StartTime
                && DateTime.UtcNow - File.GetLastWriteTimeUtc(pidFile) > Timeout
                    ? now.Id
                    : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
