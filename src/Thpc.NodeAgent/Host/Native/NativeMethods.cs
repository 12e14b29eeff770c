using System.Runtime.InteropServices;

namespace Thpc.NodeAgent.Host.Native;

/// <summary>Calls of libc that .NET does not offer.</summary>
internal static partial class NativeMethods
{
    public const int SigHup = 1;
    public const int SigKill = 9;
    public const int SigPipe = 13;
    public const int SigTerm = 15;
    public const int SigCont = 18;
    public const nint SignalDefault = 0;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int Unlock = 8;
    public const int SetChildSubreaper = 36;
    public const int WaitNoHang = 1;
    public const int OpenCloseOnExec = 0x80000;
    private const int WaitExited = 4;
    private const int WaitKeep = 0x1000000;
    private const int AnyChild = 0;
    private const int SignalInfoSize = 128;

    // siginfo_t on 64-bit processors: three ints, padding, then the fields of SIGCHLD.
    private const int SignalInfoPidAt = 16;

    /// <summary>O_DIRECTORY. Its value differs by processor.</summary>
    public static int OpenDirectory { get; } = IsArm ? 0x4000 : 0x10000;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>The columns of a terminal; 0 if it does not know them or is no terminal.</summary>
    public static int WindowColumns(int descriptor)
    {
        // struct winsize: rows, columns, and the size in pixels.
        const nuint GetWindowSize = 0x5413;
        Span<ushort> size = stackalloc ushort[4];
        return DeviceControl(descriptor, GetWindowSize, size) == 0 ? size[1] : 0;
    }

    /// <summary>Waits until a descriptor can be written or its other end is closed.</summary>
    public static void WaitUntilWritable(int descriptor)
    {
        // struct pollfd: an int, then the wanted and the returned events as shorts.
        const int Out = 4;
        Span<int> poll = [descriptor, BitConverter.IsLittleEndian ? Out : Out << 16];
        _ = Poll(poll, 1, timeout: -1);
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "umask")]
    public static partial uint SetUmask(uint mask);

    /// <summary>Removes a variable from the environment that libraries see. .NET has its own copy.</summary>
    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unset(string variable);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    public static partial nint Signal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "getsid", SetLastError = true)]
    public static partial int SessionOf(int pid);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(SafeHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int Prctl(int option, nuint argument, nuint argument3 = 0, nuint argument4 = 0, nuint argument5 = 0);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, out int status, int options);

    /// <summary>Finds a child that has ended, without reaping it (waitid(2)).</summary>
    /// <returns>Its pid; 0 if all children still run; null if there are no children.</returns>
    public static int? FindDeadChild()
    {
        Span<byte> info = stackalloc byte[SignalInfoSize];
        info.Clear();
        return WaitId(AnyChild, 0, info, WaitNoHang | WaitExited | WaitKeep) == 0 ? BitConverter.ToInt32(info[SignalInfoPidAt..]) : null;
    }

    /// <returns>The kernel's log, at most its last <paramref name="maxBytes"/>; null if this user may not read it.</returns>
    public static byte[]? ReadKernelLog(int maxBytes)
    {
        // SYSLOG_ACTION_READ_ALL of klogctl(3) does not clear it.
        const int ReadAll = 3;
        var log = new byte[maxBytes];
        return KernelLogControl(ReadAll, log, maxBytes) is >= 0 and var length ? log[..length] : null;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "klogctl", SetLastError = true)]
    private static partial int KernelLogControl(int action, Span<byte> buffer, int length);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(Span<int> descriptors, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int DeviceControl(int descriptor, nuint request, Span<ushort> size);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int kind, int id, Span<byte> info, int options);
}
