using System.Runtime.InteropServices;

namespace Thpc.NodeAgent.Host;

/// <summary>The calls of libc that .NET has no name for.</summary>
internal static partial class NativeMethods
{
    public const int SigHup = 1;
    public const int SigKill = 9;
    public const int SigPipe = 13;
    public const int SigTerm = 15;
    public const int SigCont = 18;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int SetChildSubreaper = 36;
    public const int WaitNoHang = 1;
    public const int OpenDirectory = 0x10000;
    public const int OpenCloseOnExec = 0x80000;

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUserId();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(SafeHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    public static partial int Prctl(int option, nuint argument, nuint argument3 = 0, nuint argument4 = 0, nuint argument5 = 0);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int RuntimeStat(string path, Span<byte> status);
}
