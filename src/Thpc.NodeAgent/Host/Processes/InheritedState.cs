using System.Globalization;
using System.Runtime.InteropServices;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Processes;

/// <summary>
/// What a process inherits from the one that starts it, besides the environment: descriptors, ignored and blocked signals, the umask.
/// The agent's children inherit it in turn, and an init script cannot undo all of it.
/// </summary>
internal static class InheritedState
{
    private const int FirstForeign = 3;
    private const int DescriptorsWithoutProc = 1024;

    // nohup, and a shell that starts a job in the background, have these ignored: they stay without effect for the agent itself.
    private static readonly int[] KeptFromAgent = [NativeMethods.SigHup, NativeMethods.SigInt, NativeMethods.SigQuit];

    // SIGPIPE is the runtime's, see ChildProcess. KILL and STOP cannot be ignored. The rest come from a terminal, and children have none.
    private static readonly int[] LeftAsTheyAre =
    [
        NativeMethods.SigKill, NativeMethods.SigPipe, NativeMethods.SigStop,
        NativeMethods.SigTerminalStop, NativeMethods.SigTerminalInput, NativeMethods.SigTerminalOutput,
    ];

    // Kept for as long as the process lives.
    private static readonly List<PosixSignalRegistration> Swallowed = [];

    private static readonly HashSet<int> IgnoredAtStart = [];

    /// <summary>Whether the starter had this signal ignored.</summary>
    public static bool Ignored(PosixSignal signal) => IgnoredAtStart.Contains(signal switch
    {
        PosixSignal.SIGHUP => NativeMethods.SigHup,
        PosixSignal.SIGINT => NativeMethods.SigInt,
        PosixSignal.SIGQUIT => NativeMethods.SigQuit,
        _ => 0,
    });

    /// <summary>
    /// First of all, before the runtime opens a descriptor or reads a signal's handling: standard descriptors are open, no other
    /// inherited one reaches a child, no signal is blocked or ignored in children, and the umask is 022.
    /// </summary>
    public static void PutInOrder()
    {
        OpenStandardDescriptors();
        NativeMethods.UnblockSignals();
        RestoreSignals();
        KeepFromChildren();

        // The node's users read what init scripts make; the agent's private files are made with modes of their own.
        _ = NativeMethods.SetUmask(FileStatus.WritableByOthers);
    }

    /// <summary>What is opened gets the lowest free number: without this, messages for the terminal would be written into a file.</summary>
    private static void OpenStandardDescriptors()
    {
        for (var descriptor = 0; descriptor < FirstForeign; descriptor++)
        {
            if (NativeMethods.DescriptorFlags(descriptor) == -1 && NativeMethods.Open("/dev/null", NativeMethods.OpenReadWrite) == -1)
            {
                // A root without /dev: the number is taken all the same, and a write to it fails.
                _ = NativeMethods.Open("/", NativeMethods.OpenPath);
            }
        }
    }

    private static void RestoreSignals()
    {
        for (var signal = 1; signal <= NativeMethods.SignalCount; signal++)
        {
            if (LeftAsTheyAre.Contains(signal) || !NativeMethods.IsIgnored(signal))
            {
                continue;
            }

            if (KeptFromAgent.Contains(signal))
            {
                IgnoredAtStart.Add(signal);
                Swallow(signal);
            }
            else
            {
                _ = NativeMethods.Signal(signal, NativeMethods.SignalDefault);
            }
        }
    }

    /// <summary>A signal with a handler is set back to its default in children, and one that is ignored is not (execve(2)).</summary>
    private static void Swallow(int signal)
    {
        // The runtime gives no handler to a signal that is ignored. A function of libc that changes nothing stands in for it
        // meanwhile, so that there is no moment at which the signal would end this process.
        _ = NativeMethods.Signal(signal, NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "getppid"));
        Swallowed.Add(PosixSignalRegistration.Create((PosixSignal)signal, context => context.Cancel = true));
    }

    /// <summary>
    /// Marked, and not closed: `--json &lt;(…)` and /dev/fd/N name an inherited descriptor, and a lock that the starter took for the
    /// run is to be held until its end. All that the runtime opens is marked already.
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
