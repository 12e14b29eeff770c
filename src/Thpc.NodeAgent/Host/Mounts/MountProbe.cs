using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>Asks a file system whether it answers. A dead server may hold the process that asks for ever, and no signal ends it.</summary>
internal static class MountProbe
{
    // A look at a server that is only slow is over by then.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Asks how large it is, in a child that is killed at the limit. One that cannot even be killed is left behind, and while it is
    /// there nobody asks again: each question would leave one more.
    /// </summary>
    public static async Task<MountResponse> AskAsync(NodeRoot root, string target, TimeSpan limit, CancellationToken cancel)
    {
        var pidFile = root.RunningProbe(target);
        if (Blocked(pidFile) is { } blocked)
        {
            return new MountResponse(null, ErrorCode.MountTimeout, $"no answer: an earlier look at it (pid {blocked}) has not come back");
        }

        MakeDirectory(root);
        try
        {
            var asked = ProgramRunner.RunAsync(["stat", "-f", "-c", "%S %b %f", "--", target], limit, cancel, note: pidFile);
            return MountResponse.From(await asked.WaitAsync(limit * 1.1, CancellationToken.None), limit); // it ends its child and the note itself
        }
        catch (TimeoutException)
        {
            return MountResponse.From(new ProgramResult(-1, "", TimedOut: true), limit);
        }
    }

    /// <summary>Without it the question is asked all the same, and not remembered. Nothing is written into an unpacked image.</summary>
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
            // A user other than root asks.
        }
    }

    /// <returns>The process that an earlier question left in the kernel; null where there is none.</returns>
    private static int? Blocked(string pidFile)
    {
        try
        {
            return RegularFile.ReadText(pidFile) is { } text && ProcessTable.Parse(text) is { } asked
                && ProcessTable.Read(asked.Id) is { State: 'D' } now && now.StartTime == asked.StartTime
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
