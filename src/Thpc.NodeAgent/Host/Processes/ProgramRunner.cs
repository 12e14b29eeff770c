using System.Text;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>What a program that ran to its end, or into its limit, left.</summary>
/// <param name="ExitCode">128 and the signal's number where a signal ended it; meaningless after a timeout.</param>
/// <param name="Output">Standard output and error together, as UTF-8, head and tail of at most 64 KiB.</param>
/// <param name="TimedOut">The limit ran out and its process group was killed.</param>
internal sealed record ProgramResult(int ExitCode, string Output, bool TimedOut)
{
    public bool Succeeded => ExitCode == 0 && !TimedOut;

    /// <summary>The last words in one line, for a message.</summary>
    public string LastWords => OutputText.Last(Output, 300);
}

/// <summary>Runs helper programs with a limit.</summary>
internal static class ProgramRunner
{
    // A process that is blocked in the kernel may not even die of KILL; it is left to itself then.
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Runs a program; past the limit, or when cancelled, its whole process group is ended.</summary>
    /// <param name="note">A file that says, while it runs, which process it is; see <see cref="StaleProcess"/>.</param>
    /// <param name="grace">Time between TERM and KILL; without it there is no TERM.</param>
    /// <param name="log">Gets the output as it comes, also what the result has no room for.</param>
    /// <exception cref="OperationCanceledException">Cancelled, not timed out.</exception>
    public static async Task<ProgramResult> RunAsync(
        IReadOnlyList<string> command,
        TimeSpan limit,
        CancellationToken cancel,
        IReadOnlyDictionary<string, string>? environment = null,
        string? note = null,
        TimeSpan grace = default,
        Action<ReadOnlySpan<byte>>? log = null)
    {
        cancel.ThrowIfCancellationRequested();
        var output = new HeadTailBuffer(8192, 56 * 1024);
        var gate = new Lock();
        using var child = ChildProcess.Start(command, environment ?? ChildProcess.PlainEnvironment, "/", bytes =>
        {
            lock (gate)
            {
                output.Add(bytes);
                log?.Invoke(bytes);
            }
        }, note);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        var exitCode = -1;
        var timedOut = false;
        try
        {
            exitCode = await child.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException)
        {
            timedOut = true;
            var end = child.WaitForExitAsync(CancellationToken.None);
            if (grace > TimeSpan.Zero)
            {
                child.Signal(NativeMethods.SigTerm);
                await Task.WhenAny(end, Task.Delay(grace, CancellationToken.None));
            }

            if (end.IsCompleted)
            {
                _ = NativeMethods.Kill(-child.Id, NativeMethods.SigKill); // others of its group may not have ended
            }
            else
            {
                child.Signal(NativeMethods.SigKill);
            }

            if (await Task.WhenAny(end, Task.Delay(KillTimeout, CancellationToken.None)) == end)
            {
                DeletePidFile(note); // else the next run is to know of it
            }

            cancel.ThrowIfCancellationRequested();
        }

        await child.FinishOutputAsync(TimeSpan.FromSeconds(1));
        DeletePidFile(note);
        lock (gate)
        {
            return new ProgramResult(exitCode, Encoding.UTF8.GetString(output.ToArray()), timedOut);
        }
    }

    private static void DeletePidFile(string? note)
    {
        if (note is not null)
        {
            File.Delete(note);
        }
    }
}
