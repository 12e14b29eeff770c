using System.Buffers.Binary;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// A file's access list (acl(5)). With an access list the mode's group bits show the list's mask: they tell that some user may write, but
/// not which one. So the list matters only for files whose group is root and may write.
/// </summary>
internal static class AccessList
{
    private const string Attribute = "system.posix_acl_access";
    private const int MaxBytes = 65536; // xattr(7)
    private const uint Version = 2;
    private const int HeaderSize = 4;
    private const int EntrySize = 8;
    private const int NamedUser = 2;
    private const int NamedGroup = 8;
    private const int Mask = 0x10;
    private const int Write = 2;

    /// <summary>Whether the list allows a user or group other than root to write to the file.</summary>
    /// <param name="path">Links are followed.</param>
    public static bool AllowsOthersToWrite(string path)
    {
        var list = new byte[MaxBytes];
        var size = NativeMethods.GetAttribute(path, Attribute, list, (nuint)list.Length);
        return size > 0 && AllowsOthersToWrite(list.AsSpan(0, (int)size));
    }

    /// <param name="list">The kernel's format: a version, then tag, permissions and id of each entry (linux/posix_acl_xattr.h).</param>
    public static bool AllowsOthersToWrite(ReadOnlySpan<byte> list)
    {
        if (list.Length < HeaderSize || BinaryPrimitives.ReadUInt32LittleEndian(list) != Version)
        {
            // Unknown format: assume the worst.
            return true;
        }

        var (given, allowed) = (0, Write);
        for (var entry = list[HeaderSize..]; entry.Length >= EntrySize; entry = entry[EntrySize..])
        {
            var tag = BinaryPrimitives.ReadUInt16LittleEndian(entry);
            var permissions = BinaryPrimitives.ReadUInt16LittleEndian(entry[2..]);
            var id = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
            given |= (tag, id) switch
            {
                (NamedUser, not 0) when PathTrust.ForeignOwner(id) is not null => permissions,
                (NamedGroup, not 0) => permissions,
                _ => 0,
            };
            allowed = tag == Mask ? permissions : allowed;
        }

        return (given & allowed & Write) != 0;
    }
}
