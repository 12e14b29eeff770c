using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// A program in its own session, with /dev/null as standard input, one descriptor for standard output and standard error (which keeps
/// their order), and only the given environment.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    // The shell is not a group leader here, so `setsid` does not fork: the child's pid is also the session's id.
    private const string Launcher = "exec setsid \"$@\" </dev/null 2>&1";

    // The child writes its own pid file first, so the file exists even if this process is killed right after the start.
    private const string PidFileLauncher = "{ read -r line </proc/$$/stat; printf '%s\\n' \"$line\" >\"$0\"; } 2>/dev/null; " + Launcher;

    // The runtime ignores SIGPIPE, and children inherit ignored signals: `yes | head -1` would never end. A signal with a handler
    // gets its default action in children. Writes of this process fail with EPIPE either way.
    private static readonly PosixSignalRegistration PipeHandler = HandlePipe();

    private static readonly TimeSpan ReaderTimeout = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly bool _isScript;
    private readonly Task _drained;

    private ChildProcess(Process process, bool isScript, Action<ReadOnlySpan<byte>> output)
    {
        _process = process;
        _isScript = isScript;
        _drained =
            Task.Factory.StartNew(() => Drain(output), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public int Id => _process.Id;

    /// <summary>The default environment of helper programs: a search path and English messages, but no secret of the agent.</summary>
    public static IReadOnlyDictionary<string, string> PlainEnvironment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["PATH"] = ProgramFinder.SearchPath,
        ["LC_ALL"] = "C",
        ["HOME"] = "/root",
    };

    /// <param name="output">Called with the child's output, in order, on a separate thread.</param>
    /// <param name="pidFile">A file that gets the child's line of /proc/PID/stat. If it cannot be written, the child runs anyway.</param>
    /// <param name="isScript">Whether a <see cref="ScriptProcessTree"/> ends it with all that it starts.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">/bin/sh does not exist.</exception>
    public static ChildProcess Start(
        IReadOnlyList<string> command,
        IReadOnlyDictionary<string, string> environment,
        string workingDirectory,
        Action<ReadOnlySpan<byte>> output,
        string? pidFile = null,
        bool isScript = false)
    {
        var start = new ProcessStartInfo("/bin/sh")
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        string[] arguments = pidFile is null ? ["-c", Launcher, "sh", .. command] : ["-c", PidFileLauncher, pidFile, .. command];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        GC.KeepAlive(PipeHandler);
        return new ChildProcess(isScript ? Process.Start(start)! : ScriptProcessTree.StartSpared(start), isScript, output);
    }

    /// <summary>Waits for the child itself, not for its descendants.</summary>
    /// <returns>Its exit code; 128 plus the signal's number if a signal ended it.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancel)
    {
        await _process.WaitForExitAsync(cancel);
        return _process.ExitCode;
    }

    /// <summary>
    /// Waits for the end of the output, but at most until the limit: a descendant of the child may keep the pipe open for ever. Such a
    /// process gets a new reader for its output, else its next write would end it (SIGPIPE).
    /// </summary>
    public async Task FinishOutputAsync(TimeSpan limit)
    {
        if (!await HasFinishedOutputAsync(limit))
        {
            await AbandonReaderAsync();
        }
    }

    /// <summary>Waits for the end of the output, but at most until the limit.</summary>
    /// <returns>Whether the output has ended.</returns>
    public async Task<bool> HasFinishedOutputAsync(TimeSpan limit) => await Task.WhenAny(_drained, Task.Delay(limit)) == _drained;

    /// <summary>Sends a signal to every process of the child's group.</summary>
    public void Signal(int signal)
    {
        if (NativeMethods.Kill(-Id, signal) != 0)
        {
            // The child has not called setsid yet.
            _ = NativeMethods.Kill(Id, signal);
        }
    }

    public void Dispose()
    {
        if (!_isScript)
        {
            ScriptProcessTree.StopSparing(_process.Id);
        }

        _process.Dispose();
    }

    private static PosixSignalRegistration HandlePipe()
    {
        // The runtime installs no handler for a signal that is ignored.
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
            // The pipe was closed.
        }
    }

    private async Task AbandonReaderAsync()
    {
        if (_process.StandardOutput.BaseStream is not PipeStream pipe)
        {
            return;
        }

        // The reader opens the pipe through this process's /proc entry, so wait until it reports that it has.
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
