using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Files;

internal enum FileKind
{
    Regular,
    Directory,
    Link,
    Socket,
    Other,
}

/// <summary>The status of a file, from stat(2).</summary>
internal readonly record struct FileStatus(long Device, uint Mode, long Links, uint UserId, uint GroupId, long Size)
{
    /// <summary>Write permission of group and others.</summary>
    public const uint WritableByOthers = WritableByAll | WritableByGroup;
    private const uint KindBits = 0xF000;
    private const uint PermissionBits = 0xFFF;
    private const uint WritableByAll = 2;
    private const uint WritableByGroup = 0x10;
    private const uint Sticky = 0x200;
    private const uint Executable = 0x49;

    public long Inode { get; init; }

    public FileKind Kind => (Mode & KindBits) switch
    {
        0x8000 => FileKind.Regular,
        0x4000 => FileKind.Directory,
        0xA000 => FileKind.Link,
        0xC000 => FileKind.Socket,
        _ => FileKind.Other,
    };

    public uint Permissions => Mode & PermissionBits;

    public bool IsExecutable => (Mode & Executable) != 0;

    /// <summary>Whether only root can change the file. This covers access lists too: the group bits show their mask.</summary>
    public bool IsWritableByRootOnly => UserId == 0 && (Mode & WritableByOthers) == 0;

    /// <summary>Whether users other than its owner and the group root can write to it, apart from an <see cref="AccessList"/>.</summary>
    public bool IsWritableByOthers => (Mode & WritableByAll) != 0 || ((Mode & WritableByGroup) != 0 && GroupId != 0);

    /// <summary>Whether its group, or a user or group in its <see cref="AccessList"/>, can write to it.</summary>
    public bool IsWritableByGroup => (Mode & WritableByGroup) != 0;

    /// <summary>Whether, in this directory, only the owner of an entry can replace it.</summary>
    public bool IsSticky => (Mode & Sticky) != 0;

    /// <param name="path">A path of this process.</param>
    /// <param name="link">Whether to return the status of a link itself instead of its target's.</param>
    /// <returns>Null if the file does not exist or cannot be reached.</returns>
    public static FileStatus? Read(string path, bool link = false)
    {
        var descriptor =
            NativeMethods.Open(path, NativeMethods.OpenPath | NativeMethods.OpenCloseOnExec | (link ? NativeMethods.OpenNoFollow : 0));
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return handle.IsInvalid ? null : NativeMethods.StatusAt(handle, "\0"u8);
    }

    /// <param name="raw">The kernel's struct stat.</param>
    public static FileStatus Parse(ReadOnlySpan<byte> raw, bool arm) => new(
        BitConverter.ToInt64(raw),
        BitConverter.ToUInt32(raw[(arm ? 16 : 24)..]),
        arm ? BitConverter.ToUInt32(raw[20..]) : BitConverter.ToInt64(raw[16..]),
        BitConverter.ToUInt32(raw[(arm ? 24 : 28)..]),
        BitConverter.ToUInt32(raw[(arm ? 28 : 32)..]),
        BitConverter.ToInt64(raw[48..]))
    {
        Inode = BitConverter.ToInt64(raw[8..]),
    };
}
