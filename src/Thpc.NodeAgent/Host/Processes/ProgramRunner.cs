using System.Text;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>The result of a program.</summary>
/// <param name="ExitCode">128 plus the signal's number if a signal ended it; meaningless after a timeout.</param>
/// <param name="Output">Standard output and standard error together, UTF-8; if it is too long, its head and tail.</param>
/// <param name="TimedOut">The program did not end within the limit and its process group was killed.</param>
internal sealed record ProgramResult(int ExitCode, string Output, bool TimedOut)
{
    public bool Succeeded => ExitCode == 0 && !TimedOut;

    /// <summary>The end of the output as one line, for messages.</summary>
    public string LastOutput => TerminalText.LastLines(Output, 300);
}

/// <summary>Runs helper programs with a limit.</summary>
internal static class ProgramRunner
{
    // KILL does not end a process that is blocked in the kernel; after this time it is abandoned.
    private static readonly TimeSpan KillTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Runs a program. At the limit, or when cancelled, its whole process group is killed.</summary>
    /// <param name="pidFile">A file that contains the program's pid while it runs; see <see cref="StaleProcess"/>.</param>
    /// <param name="grace">Time between TERM and KILL; zero: no TERM.</param>
    /// <param name="log">Called with all output as it arrives.</param>
    /// <param name="headSize">Bytes of the output's head that are kept; of its tail 56 KiB are.</param>
    /// <exception cref="OperationCanceledException">Cancelled, not timed out.</exception>
    public static async Task<ProgramResult> RunAsync(
        IReadOnlyList<string> command,
        TimeSpan limit,
        CancellationToken cancel,
        IReadOnlyDictionary<string, string>? environment = null,
        string? pidFile = null,
        TimeSpan grace = default,
        Action<ReadOnlySpan<byte>>? log = null,
        int headSize = 8192)
    {
        cancel.ThrowIfCancellationRequested();
        var start = TimeProvider.System.GetTimestamp();
        var output = new HeadTailBuffer(headSize, 56 * 1024);
        var gate = new Lock();
        using var child = ChildProcess.Start(command, environment ?? ChildProcess.PlainEnvironment, "/", bytes =>
        {
            lock (gate)
            {
                output.Add(bytes);
                log?.Invoke(bytes);
            }
        }, pidFile);
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
                _ = NativeMethods.Kill(-child.Id, NativeMethods.SigKill); // other processes of its group may still run
            }
            else
            {
                child.Signal(NativeMethods.SigKill);
            }

            if (await Task.WhenAny(end, Task.Delay(KillTimeout, CancellationToken.None)) == end)
            {
                DeletePidFile(pidFile); // if it still runs, the next run needs the file
            }

            cancel.ThrowIfCancellationRequested();
        }

        await child.FinishOutputAsync(TimeSpan.FromSeconds(1));
        DeletePidFile(pidFile);
        if (VerboseLog.IsOn)
        {
            var words = string.Join(' ', command.Select(ShellWord.Quote));
            VerboseLog.Write(words, timedOut ? "killed at its limit" : $"exit {exitCode}", start);
        }

        lock (gate)
        {
            return new ProgramResult(exitCode, Encoding.UTF8.GetString(output.ToArray()), timedOut);
        }
    }

    private static void DeletePidFile(string? pidFile)
    {
        if (pidFile is not null)
        {
            File.Delete(pidFile);
        }
    }
}
