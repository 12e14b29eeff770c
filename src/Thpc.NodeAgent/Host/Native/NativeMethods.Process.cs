using System.Runtime.InteropServices;

namespace Thpc.NodeAgent.Host.Native;

/// <summary>Calls for inherited process state. Only symbols of glibc 2.17.</summary>
internal static partial class NativeMethods
{
    public const int SigInt = 2;
    public const int SigQuit = 3;
    public const int SigStop = 19;
    public const int SigTerminalStop = 20;
    public const int SigTerminalInput = 21;
    public const int SigTerminalOutput = 22;
    public const int SignalCount = 31;
    public const nint SignalIgnore = 1;
    public const int OpenReadWrite = 2;
    public const int CloseOnExec = 1;
    private const int GetFlags = 1;
    private const int SetFlags = 2;
    private const int SetMask = 2;
    private const int SignalSetSize = 128;
    private const int CloseRange = 436;
    // The most groups that a user has on NFS (AUTH_SYS).
    private const int MaxGroups = 16;
    private const nint LastDescriptor = -1;
    private const nint CloseRangeCloseOnExec = 4;

    // At least the size of glibc's struct sigaction: handler, mask, flags and, on x86-64, restorer. The handler comes first.
    private const int SignalActionSize = 256;

    /// <returns>The descriptor's flags; -1 if it is not open.</returns>
    public static int DescriptorFlags(int descriptor) => DescriptorControl(descriptor, GetFlags, 0);

    public static int SetCloseOnExec(int descriptor) => DescriptorControl(descriptor, SetFlags, CloseOnExec);

    /// <summary>Marks this descriptor and all higher ones close-on-exec (close_range(2), Linux 5.11).</summary>
    /// <returns>Not 0 if the kernel does not support it.</returns>
    public static nint SetCloseOnExecFrom(int descriptor) => SystemCall(CloseRange, descriptor, LastDescriptor, CloseRangeCloseOnExec);

    public static bool IsIgnored(int signal)
    {
        Span<byte> action = stackalloc byte[SignalActionSize];
        action.Clear();
        return SignalAction(signal, 0, action) == 0 && BitConverter.ToInt64(action) == SignalIgnore;
    }

    /// <summary>Unblocks all signals in this thread and in threads that it starts later.</summary>
    public static void UnblockSignals()
    {
        Span<byte> none = stackalloc byte[SignalSetSize];
        none.Clear();
        _ = SetSignalMask(SetMask, none, 0);
    }

    /// <summary>
    /// Lets threads with different numbers open files on NFS 4.0 at the same time. The kernel sends the opens and closes of one user one
    /// after the other, and takes threads with different lists of groups for different users. The list repeats the thread's own group,
    /// which permits nothing new. Without the privilege to set groups (CAP_SETGID) nothing changes.
    /// </summary>
    public static void SeparateOpens(int number)
    {
        Span<uint> groups = stackalloc uint[MaxGroups];
        var count = GetGroups(MaxGroups, groups);
        var added = number % MaxGroups;
        if (count >= 0 && added > 0 && count + added <= MaxGroups)
        {
            groups.Slice(count, added).Fill(EffectiveGroup());

            // libc's function would change all threads.
            _ = SetThreadGroups(RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 159 : 116, count + added, groups);
        }
    }

    [LibraryImport("libc", EntryPoint = "getgroups", SetLastError = true)]
    private static partial int GetGroups(int size, Span<uint> groups);

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint EffectiveGroup();

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SetThreadGroups(nint number, nint count, ReadOnlySpan<uint> groups);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int DescriptorControl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    private static partial int SignalAction(int signal, nint changed, Span<byte> current);

    // Affects only the calling thread, like pthread_sigmask(3), which libc.so of glibc 2.17 lacks.
    [LibraryImport("libc", EntryPoint = "sigprocmask", SetLastError = true)]
    private static partial int SetSignalMask(int how, ReadOnlySpan<byte> set, nint previous);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint last, nint flags);
}
