using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>A name in the tree.</summary>
/// <param name="Path">As the node names it, a byte a character.</param>
/// <param name="Status">Null for a mount point, which is not looked at: its server may be dead.</param>
internal sealed record TreeEntry(string Path, FileStatus? Status)
{
    public bool IsMount => Status is null;
}

/// <summary>Why a directory cannot be reached although something is there.</summary>
/// <param name="Text">In words, with the path.</param>
/// <param name="IsMount">Whether a mount point is in the way, and not a link or a file.</param>
internal sealed record TreeObstacle(string Text, bool IsMount);

/// <summary>
/// The node's files, reached from its root one open directory after the other, so that no symbolic link is ever followed, not one
/// that is put there at the same moment, and no mount point is crossed, a bind mount of the same disk neither. On the machine
/// itself what the system's own directories are mounted on is crossed; in an unpacked image such a mount may be the machine's.
/// </summary>
internal sealed class RootedFileTree : IDisposable
{
    private static readonly string[] SystemMounts = ["/usr", "/var", "/var/log", "/var/lib", "/var/cache", "/var/tmp", "/var/spool", "/tmp", "/run"];
    private readonly SafeFileHandle _root;
    private readonly bool _live;
    private readonly string _base;
    private readonly Dictionary<string, MountEntry> _mounts = new(StringComparer.Ordinal);
    private readonly int _longest;

    public RootedFileTree(NodeRoot root)
    {
        _live = root.IsLive;
        var descriptor = NativeMethods.Open(_live ? "/" : root.Prefix, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        _root = descriptor < 0 ? throw Failure("open", root.Prefix) : new SafeFileHandle(descriptor, ownsHandle: true);

        // The kernel names what was opened as its mount table does, links on the way to it resolved.
        _base = TreePath.FromText(new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget ?? "/").TrimEnd('/');
        foreach (var entry in MountTree.Read().Entries)
        {
            var place = TreePath.FromText(entry.MountPoint);
            if (place.Length > _base.Length + 1 && place.StartsWith(_base + "/", StringComparison.Ordinal))
            {
                _mounts[place[_base.Length..]] = entry;
                _longest = Math.Max(_longest, place.Length - _base.Length);
            }
        }
    }

    /// <summary>Where the root is for the machine; empty on the machine itself.</summary>
    public string Base => _base;

    public void Dispose() => _root.Dispose();

    /// <returns>Null where there is nothing, or what is there cannot be reached without a link or a mount; <see cref="Obstacle"/> says which.</returns>
    public TreeEntry? Inspect(string path)
    {
        using var parent = Open(TreePath.Parent(path));
        return parent is null ? null : Inspect(parent, path);
    }

    /// <summary>Why the directory cannot be reached although something is there; null where it can, or nothing is there.</summary>
    public TreeObstacle? Obstacle(string directory)
    {
        using var handle = TryOpen(directory, out var obstacle);
        return obstacle;
    }

    /// <summary>What is in a directory, by name; nothing where it cannot be reached.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public IReadOnlyList<TreeEntry> List(string directory)
    {
        using var handle = Open(directory);
        if (handle is null)
        {
            return [];
        }

        var names = NativeMethods.Names(handle) ?? throw Failure("read", directory);
        names.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        List<TreeEntry> entries = new(names.Count);
        Span<byte> terminated = stackalloc byte[256];
        Span<char> letters = stackalloc char[256];
        var above = directory == "/" ? "" : directory;
        foreach (var name in names)
        {
            name.CopyTo(terminated);
            terminated[name.Length] = 0;
            var path = string.Concat(above, "/", letters[..Encoding.Latin1.GetChars(name, letters)]);

            // What was removed since is not there.
            if (Inspect(handle, terminated[..(name.Length + 1)], path) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    /// <returns>Null where it is no regular file, or cannot be reached.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public byte[]? Read(string path)
    {
        using var parent = Open(TreePath.Parent(path));
        if (parent is null || Inspect(parent, path) is not { Status.Kind: FileKind.Regular })
        {
            return null;
        }

        using var file = OpenFile(parent, path, NativeMethods.OpenReadOnly);
        using var stream = new FileStream(file, FileAccess.Read, 0);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>
    /// Empties a regular file; mode and owner stay. One that has other names too is taken from this name and made anew, for those
    /// others may be somebody else's.
    /// </summary>
    /// <exception cref="IOException">It cannot be emptied.</exception>
    public void Empty(string path)
    {
        using var parent = Open(TreePath.Parent(path));
        if (parent is null || Inspect(parent, path) is not { Status.Kind: FileKind.Regular })
        {
            return;
        }

        using var file = OpenFile(parent, path, NativeMethods.OpenWriteOnly);
        var status = NativeMethods.StatusAt(file, "\0"u8) ?? throw Failure("look at", path);
        if (status.Kind != FileKind.Regular || MountId(file) != MountId(parent))
        {
            throw new IOException($"{TreePath.Display(path)} was replaced while it was to be emptied");
        }

        if (status.Links == 1)
        {
            _ = NativeMethods.Truncate(file, 0) == 0 ? 0 : throw Failure("empty", path);
            return;
        }

        var name = TreePath.Bytes(TreePath.Name(path));
        _ = NativeMethods.UnlinkAt(parent, name, 0) == 0 ? 0 : throw Failure("remove", path);
        using var anew = Handle(NativeMethods.OpenAt(parent, name, NativeMethods.OpenWriteOnly | NativeMethods.OpenCreate | NativeMethods.OpenExclusive | NativeMethods.OpenNoFollow | NativeMethods.OpenCloseOnExec, 0)) ?? throw Failure("make", path);
        if (NativeMethods.ChangeOwner(anew, status.UserId, status.GroupId) != 0 || NativeMethods.ChangeMode(anew, status.Permissions) != 0)
        {
            throw Failure("give its owner and mode to", path);
        }
    }

    /// <returns>Null where it cannot be reached.</returns>
    /// <exception cref="IOException">It is there and cannot be opened.</exception>
    internal SafeFileHandle? Open(string directory) => TryOpen(directory, out _);

    /// <summary>What the last call to the kernel failed with.</summary>
    internal static IOException Failure(string verb, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{verb} {TreePath.Display(path)}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    private static SafeFileHandle? Handle(int descriptor) => descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);

    private static SafeFileHandle OpenFile(SafeHandle parent, string path, int flags) =>
        Handle(NativeMethods.OpenAt(parent, TreePath.Bytes(TreePath.Name(path)), flags | NativeMethods.OpenNoFollow | NativeMethods.OpenNonBlocking | NativeMethods.OpenCloseOnExec, 0)) ?? throw Failure("open", path);

    /// <summary>Which mount an open file is in; the device where the kernel is too old to say (before 3.15).</summary>
    private static long MountId(SafeHandle file)
    {
        if (NativeMethods.MountId(file) is { } id)
        {
            return id;
        }

        const string Key = "mnt_id:";
        var line = File.ReadLines($"/proc/self/fdinfo/{file.DangerousGetHandle()}").FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
        return line is null ? NativeMethods.StatusAt(file, "\0"u8)?.Device ?? 0 : long.Parse(line.AsSpan(Key.Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }

    private TreeEntry? Inspect(SafeHandle parent, string path) => Inspect(parent, TreePath.Bytes(TreePath.Name(path)), path);

    private TreeEntry? Inspect(SafeHandle parent, ReadOnlySpan<byte> name, string path) =>
        path.Length <= _longest && _mounts.ContainsKey(path) ? new TreeEntry(path, null)
        : NativeMethods.StatusAt(parent, name) is { } status ? new TreeEntry(path, status)
        : Marshal.GetLastPInvokeError() == NativeMethods.ErrorNoEntry ? null
        : throw Failure("look at", path);

    /// <exception cref="IOException">It is there and cannot be opened.</exception>
    private SafeFileHandle? TryOpen(string directory, out TreeObstacle? obstacle)
    {
        obstacle = null;
#pragma warning disable CA2000 // The last one is returned, each before it is disposed of when the next is open.
        var here = Handle(NativeMethods.OpenAt(_root, "."u8, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec, 0)) ?? throw Failure("open", "/");
#pragma warning restore CA2000
        var mount = MountId(here);
        for (int start = 1, end; start < directory.Length; start = end + 1)
        {
            end = directory.IndexOf('/', start) is > 0 and var slash ? slash : directory.Length;
            var mounted = end <= _longest ? _mounts.GetValueOrDefault(directory[..end]) : null;
            if (mounted is not null && (!_live || mounted.MayBlock || !SystemMounts.Contains(directory[..end])))
            {
                here.Dispose();
                obstacle = new($"{TreePath.Display(directory[..end])} is a mount point ({mounted.Type} {OutputText.OneLine(mounted.Source)}): left", IsMount: true);
                return null;
            }

            var next = Handle(NativeMethods.OpenAt(here, TreePath.Bytes(directory[start..end]), NativeMethods.OpenDirectory | NativeMethods.OpenNoFollow | NativeMethods.OpenCloseOnExec, 0));
            var error = Marshal.GetLastPInvokeError();
            here.Dispose();
            if (next is null)
            {
                obstacle = error == NativeMethods.ErrorNoEntry ? null
                    : error is NativeMethods.ErrorNotDirectory or NativeMethods.ErrorTooManyLinks ? new($"{TreePath.Display(directory[..end])} is no directory, or a symbolic link, which is not followed: left", IsMount: false)
                    : throw Failure("open", directory[..end]);
                return null;
            }

            here = next;
            mount = mounted is null ? mount : MountId(here);
        }

        if (MountId(here) == mount)
        {
            return here;
        }

        here.Dispose();
        obstacle = new($"{TreePath.Display(directory)} was mounted over meanwhile: left", IsMount: true);
        return null;
    }
}
