using System.Globalization;
using System.Runtime.InteropServices;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// Process state that is inherited besides the environment: descriptors, ignored and blocked signals, umask. The agent's children would
/// inherit it too, and an init script cannot reset all of it.
/// </summary>
internal static class InheritedState
{
    private const int FirstForeign = 3;
    private const int DescriptorsWithoutProc = 1024;

    // nohup, and a shell that starts a background job, ignore these: the agent itself keeps ignoring them.
    private static readonly int[] IgnoredByAgent = [NativeMethods.SigHup, NativeMethods.SigInt, NativeMethods.SigQuit];

    // SIGPIPE: see ChildProcess. KILL and STOP cannot be ignored. The others come from a terminal, which children do not have.
    private static readonly int[] UnchangedSignals =
    [
        NativeMethods.SigKill, NativeMethods.SigPipe, NativeMethods.SigStop,
        NativeMethods.SigTerminalStop, NativeMethods.SigTerminalInput, NativeMethods.SigTerminalOutput,
    ];

    // Never disposed: they are needed as long as the process lives.
    private static readonly List<PosixSignalRegistration> Handlers = [];

    private static readonly HashSet<int> IgnoredAtStart = [];

    /// <summary>Whether this signal was ignored when the process started.</summary>
    public static bool Ignored(PosixSignal signal) => IgnoredAtStart.Contains(signal switch
    {
        PosixSignal.SIGHUP => NativeMethods.SigHup,
        PosixSignal.SIGINT => NativeMethods.SigInt,
        PosixSignal.SIGQUIT => NativeMethods.SigQuit,
        _ => 0,
    });

    /// <summary>
    /// Opens missing standard descriptors, keeps other inherited descriptors from children, unblocks all signals, restores ignored
    /// signals in children, and sets umask 022. Call it first, before the runtime opens a descriptor or installs a signal handler.
    /// </summary>
    public static void Normalize()
    {
        OpenStandardDescriptors();
        NativeMethods.UnblockSignals();
        RestoreSignals();
        KeepFromChildren();

        // Users of the node must be able to read files that init scripts create. The agent sets the modes of its own private files.
        _ = NativeMethods.SetUmask(FileStatus.WritableByOthers);
    }

    /// <summary>A new descriptor gets the lowest free number: without this, messages for the terminal could go into a file.</summary>
    private static void OpenStandardDescriptors()
    {
        for (var descriptor = 0; descriptor < FirstForeign; descriptor++)
        {
            if (NativeMethods.DescriptorFlags(descriptor) == -1 && NativeMethods.Open("/dev/null", NativeMethods.OpenReadWrite) == -1)
            {
                // A root without /dev: occupy the number anyway; writes to it fail.
                _ = NativeMethods.Open("/", NativeMethods.OpenPath);
            }
        }
    }

    private static void RestoreSignals()
    {
        for (var signal = 1; signal <= NativeMethods.SignalCount; signal++)
        {
            if (UnchangedSignals.Contains(signal) || !NativeMethods.IsIgnored(signal))
            {
                continue;
            }

            if (IgnoredByAgent.Contains(signal))
            {
                IgnoredAtStart.Add(signal);
                HandleWithoutEffect(signal);
            }
            else
            {
                _ = NativeMethods.Signal(signal, NativeMethods.SignalDefault);
            }
        }
    }

    /// <summary>
    /// Replaces "ignored" by a handler that does nothing: children then get the default action, while they inherit ignored signals
    /// (execve(2)).
    /// </summary>
    private static void HandleWithoutEffect(int signal)
    {
        // The runtime installs no handler for an ignored signal. A harmless function of libc is the handler in between, so that the
        // signal cannot end this process.
        _ = NativeMethods.Signal(signal, NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "getppid"));
        Handlers.Add(PosixSignalRegistration.Create((PosixSignal)signal, context => context.Cancel = true));
    }

    /// <summary>
    /// Marks inherited descriptors close-on-exec instead of closing them: `--json &lt;(…)` and /dev/fd/N name one, and a lock that the
    /// parent took for this run must stay held. Descriptors that the runtime opens are marked already.
    /// </summary>
    private static void KeepFromChildren()
    {
        if (NativeMethods.SetCloseOnExecFrom(FirstForeign) == 0)
        {
            return;
        }

        foreach (var descriptor in OpenDescriptors().Where(descriptor => descriptor >= FirstForeign))
        {
            _ = NativeMethods.SetCloseOnExec(descriptor);
        }
    }

    private static IEnumerable<int> OpenDescriptors()
    {
        try
        {
            var names = Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(Path.GetFileName);
            return [.. names.Select(name => int.Parse(name!, CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Enumerable.Range(0, DescriptorsWithoutProc);
        }
    }
}
