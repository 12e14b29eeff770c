using System.Runtime.InteropServices;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host.Native;

/// <summary>
/// Calls on names in an open directory: they work in that directory even if its path changes. Names are zero-terminated bytes.
/// Only symbols of glibc 2.17.
/// </summary>
internal static partial class NativeMethods
{
    public const int OpenReadOnly = 0;
    public const int OpenWriteOnly = 1;
    public const int OpenCreate = 0x40;
    public const int OpenExclusive = 0x80;
    public const int OpenAppend = 0x400;
    public const int OpenNonBlocking = 0x800;
    public const int OpenPath = 0x200000;
    public const int RemoveDirectory = 0x200;
    public const int ErrorNoEntry = 2;
    public const int ErrorInterrupted = 4;
    public const int ErrorNoDevice = 6;
    public const int ErrorWouldBlock = 11;
    public const int ErrorAccess = 13;
    public const int ErrorNotDirectory = 20;
    public const int ErrorExists = 17;
    public const int ErrorInvalid = 22;
    public const int ErrorNotEmpty = 39;
    public const int ErrorTooManyLinks = 40;
    private const int SetOwnSignal = 10;
    private const int SetLease = 1024;
    private const int ReadLease = 0;
    private const int NoLease = 2;
    private const int SigUrgent = 23;
    private const int LinkItself = 0x100;
    private const int NoAutomount = 0x800;
    private const int EmptyPath = 0x1000;
    private const int NameInEntryAt = 19;

    /// <summary>O_NOFOLLOW.</summary>
    public static int OpenNoFollow { get; } = IsArm ? 0x8000 : 0x20000;

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string path, string name);

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(SafeHandle directory, ReadOnlySpan<byte> name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(SafeHandle directory, ReadOnlySpan<byte> name, int flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeHandle file, long length);

    /// <summary>fsync(2). .NET's Flush(flushToDisk: true) and RandomAccess.FlushToDisk do not report its errors.</summary>
    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int FlushFile(SafeHandle file);

    /// <summary>syncfs(2): flushes the file system that contains the file.</summary>
    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    public static partial int FlushFileSystem(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeHandle file, uint mode);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeHandle file, uint user, uint group);

    /// <returns>The attribute's length; -1 if there is none.</returns>
    [LibraryImport("libc", EntryPoint = "getxattr", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint GetAttribute(string path, string name, Span<byte> value, nuint size);

    /// <summary>The status of a name in a directory, without following a link; of the open file itself if the name is empty.</summary>
    /// <returns>Null after a failure; the last error is set.</returns>
    public static FileStatus? StatusAt(SafeHandle directory, ReadOnlySpan<byte> name)
    {
        // glibc has the symbol fstatat only since 2.33. The kernel's struct differs by processor (stat(2), asm/stat.h).
        Span<byte> raw = stackalloc byte[256];
        var flags = LinkItself | NoAutomount | (name.Length == 1 ? EmptyPath : 0);
        return SystemCall(IsArm ? 79 : 262, directory, name, raw, flags) == 0 ? FileStatus.Parse(raw, IsArm) : null;
    }

    /// <summary>The id of the mount that an open file lies in (statx(2)).</summary>
    /// <returns>Null before Linux 5.8.</returns>
    public static long? MountId(SafeHandle file)
    {
        // struct statx begins with the mask of valid fields; stx_mnt_id is at offset 144.
        const nint WantMountId = 0x1000;
        Span<byte> raw = stackalloc byte[256];
        return StatX(IsArm ? 291 : 332, file, "\0"u8, NoAutomount | EmptyPath, WantMountId, raw) == 0
            && (BitConverter.ToInt32(raw) & WantMountId) != 0
            ? BitConverter.ToInt64(raw[144..]) : null;
    }

    /// <summary>
    /// Whether any program has the file open for writing. The kernel grants a read lease only if none has (fcntl(2)). The file must be open
    /// here for reading only.
    /// </summary>
    /// <returns>Null if the file system does not support leases.</returns>
    public static bool? IsOpenForWriting(SafeHandle file)
    {
        // If a program opens the file meanwhile, the kernel sends this signal, which is ignored by default, instead of SIGIO, which kills.
        _ = FileControl(file, SetOwnSignal, SigUrgent);
        if (FileControl(file, SetLease, ReadLease) == 0)
        {
            _ = FileControl(file, SetLease, NoLease);
            return false;
        }

        return Marshal.GetLastPInvokeError() == ErrorWouldBlock ? true : null;
    }

    /// <summary>The names in a directory, without "." and "..". The handle stays open.</summary>
    /// <returns>Null after a failure; the last error is set.</returns>
    public static unsafe List<byte[]>? Names(SafeHandle directory)
    {
        // A separate descriptor: the stream closes it. Opening "." gives it its own read position.
        var copy = OpenAt(directory, "."u8, OpenDirectory | OpenCloseOnExec, 0);
        var stream = copy < 0 ? 0 : OpenStream(copy);
        if (stream == 0)
        {
            return null;
        }

        List<byte[]> names = [];
        try
        {
            for (Marshal.SetLastSystemError(0); ReadStream(stream) is not 0 and var entry;)
            {
                var name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)entry + NameInEntryAt);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                {
                    names.Add(name.ToArray());
                }

                Marshal.SetLastSystemError(0);
            }

            return Marshal.GetLastPInvokeError() == 0 ? names : null;
        }
        finally
        {
            _ = CloseStream(stream);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, SafeHandle directory, ReadOnlySpan<byte> name, Span<byte> status, nint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint StatX(nint number, SafeHandle file, ReadOnlySpan<byte> name, nint flags, nint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(SafeHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenStream(int descriptor);

    [LibraryImport("libc", EntryPoint = "readdir", SetLastError = true)]
    private static partial nint ReadStream(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir", SetLastError = true)]
    private static partial int CloseStream(nint stream);
}
