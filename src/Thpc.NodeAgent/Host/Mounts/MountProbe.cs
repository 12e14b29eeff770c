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
        return Blocked(pidFile) is { } blocked
            ? new MountResponse(null, ErrorCode.MountTimeout, Messages.ProbeBlocked(blocked))
            : MountResponse.From(await RunAsync(root, [target], pidFile, limit, cancel), limit);
    }

    /// <summary>
    /// Probes all file systems: with one child process if all of them answer soon, otherwise with one each, so that none waits for another.
    /// </summary>
    /// <param name="limit">For each file system; where some do not answer, all together take up to a quarter more.</param>
    /// <returns>The responses, in the order of the targets.</returns>
    public static async Task<IReadOnlyList<MountResponse>> AskAllAsync(
        NodeRoot root, IReadOnlyList<string> targets, TimeSpan limit, CancellationToken cancel)
    {
        var pidFile = root.RunningProbe("");
        if (targets.Count > 1 && Blocked(pidFile) is null)
        {
            var soon = limit / 4 < Timeout ? limit / 4 : Timeout;
            if (MountResponse.FromAll(await RunAsync(root, targets, pidFile, soon, cancel), targets.Count) is { } all)
            {
                return all;
            }
        }

        return await Task.WhenAll(targets.Select(target => AskAsync(root, target, limit, cancel)));
    }

    private static async Task<ProgramResult> RunAsync(
        NodeRoot root, IEnumerable<string> targets, string pidFile, TimeSpan limit, CancellationToken cancel)
    {
        MakeDirectory(root);
        try
        {
            // RunAsync ends the child at the limit and deletes the pid file.
            var probe = ProgramRunner.RunAsync(["stat", "-f", "-c", "%S %b %f", "--", .. targets], limit, cancel, pidFile: pidFile);
            return await probe.WaitAsync(limit * 1.1, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            return new ProgramResult(-1, "", TimedOut: true);
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
