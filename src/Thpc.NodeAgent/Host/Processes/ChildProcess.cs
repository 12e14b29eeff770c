using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// A program in a session of its own, standard input null, standard error joined to standard output by the descriptor
/// (so that their order is the true one), with nothing of this process's environment but what is given.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    // `setsid` execs in place, for the shell is never a group leader here: the child's pid stays the session's.
    private const string Launcher = "exec setsid \"$@\" </dev/null 2>&1";

    // It is the child that notes who it is, before it is anything else: no moment is between, at which this process could be killed.
    private const string NotingLauncher = "{ read -r line </proc/$$/stat; printf '%s\\n' \"$line\" >\"$0\"; } 2>/dev/null; " + Launcher;

    // The runtime ignores SIGPIPE, and what is ignored stays so in children, where `yes | head -1` then never ends. A signal
    // with a handler is set back to its default in a child; writes of this process fail with EPIPE either way.
    private static readonly PosixSignalRegistration PipeHandler = HandlePipe();

    private static readonly TimeSpan ReaderTimeout = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Task _drained;

    private ChildProcess(Process process, Action<ReadOnlySpan<byte>> output)
    {
        _process = process;
        _drained = Task.Factory.StartNew(() => Drain(output), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public int Id => _process.Id;

    /// <summary>The environment every child gets: a search path, English messages, and no secret of ours.</summary>
    public static IReadOnlyDictionary<string, string> PlainEnvironment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PATH"] = ProgramFinder.SearchPath,
        ["LC_ALL"] = "C",
        ["HOME"] = "/root",
    };

    /// <param name="output">Gets what the child prints, in order, on a thread of its own.</param>
    /// <param name="note">A file that gets its line of /proc/PID/stat; where it cannot be written the child runs all the same.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no /bin/sh.</exception>
    public static ChildProcess Start(
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> environment,
        string workingDirectory,
        Action<ReadOnlySpan<byte>> output,
        string? note = null)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var argument in note is null ? (string[])["-c", Launcher, "sh", .. command] : ["-c", NotingLauncher, note, .. command])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        GC.KeepAlive(PipeHandler);
        return new ChildProcess(Process.Start(start)!, output);
    }

    /// <summary>Waits for the child itself, not for those it leaves behind.</summary>
    /// <returns>Its exit code; 128 and the signal's number where a signal ended it.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancel)
    {
        await _process.WaitForExitAsync(cancel);
        return _process.ExitCode;
    }

    /// <summary>
    /// Waits until all output has been handed on, but no longer than the limit: a process that the child left behind may
    /// hold the pipe open for ever. That one gets a reader of its own, lest its next line kill it.
    /// </summary>
    public async Task FinishOutputAsync(TimeSpan limit)
    {
        if (!await HasFinishedOutputAsync(limit))
        {
            await AbandonReaderAsync();
        }
    }

    /// <summary>Waits for the end of the output, but no longer than the limit.</summary>
    public async Task<bool> HasFinishedOutputAsync(TimeSpan limit) => await Task.WhenAny(_drained, Task.Delay(limit)) == _drained;

    /// <summary>Sends a signal to every process of the child's group.</summary>
    public void Signal(int signal)
    {
        if (NativeMethods.Kill(-Id, signal) != 0)
        {
            // It has not reached setsid yet.
            _ = NativeMethods.Kill(Id, signal);
        }
    }

    public void Dispose() => _process.Dispose();

    private static PosixSignalRegistration HandlePipe()
    {
        // A signal that is ignored gets no handler from the runtime.
        _ = NativeMethods.Signal(NativeMethods.SigPipe, NativeMethods.SignalDefault);
        return PosixSignalRegistration.Create((PosixSignal)NativeMethods.SigPipe, context => context.Cancel = true);
    }

    private void Drain(Action<ReadOnlySpan<byte>> output)
    {
        var buffer = new byte[16384];
        try
        {
            for (int count; (count = _process.StandardOutput.BaseStream.Read(buffer)) > 0;)
            {
                output(buffer.AsSpan(0, count));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The pipe is gone; so is what it carried.
        }
    }

    private async Task AbandonReaderAsync()
    {
        if (_process.StandardOutput.BaseStream is not PipeStream pipe)
        {
            return;
        }

        // It opens the pipe by the name it has here, so this process must stay until it says that it has.
        var end = $"/proc/{Environment.ProcessId}/fd/{pipe.SafePipeHandle.DangerousGetHandle()}";
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec <\"$1\" && echo && exec setsid cat >/dev/null 2>&1", "sh", end])
        {
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = ProgramFinder.SearchPath;
        using var reader = Process.Start(start);
        await Task.WhenAny(reader!.StandardOutput.ReadLineAsync(), Task.Delay(ReaderTimeout));
    }
}
