using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>An entry of the tree.</summary>
/// <param name="Path">A path of the node, Latin-1 (one character per byte).</param>
/// <param name="Status">Null for a mount point, which is not inspected: its server may be dead.</param>
internal sealed record TreeEntry(string Path, FileStatus? Status)
{
    public bool IsMount => Status is null;
}

/// <summary>Why an existing directory cannot be entered.</summary>
/// <param name="Text">A sentence with the path.</param>
/// <param name="IsMount">Whether the reason is a mount point; else it is a link or a file.</param>
internal sealed record TreeObstacle(LocalizedText Text, bool IsMount);

/// <summary>
/// The node's files, reached from its root by opening one directory after the other. It follows no symbolic link, not even one that is
/// created at the same moment, and crosses no mount point, not even a bind mount of the same disk. Exception: on the live machine it
/// crosses local mounts of system directories such as /var. In an unpacked image such a mount may belong to the build machine.
/// </summary>
internal sealed class RootedFileTree : IDisposable
{
    private static readonly string[] SystemMounts =
        ["/usr", "/var", "/var/log", "/var/lib", "/var/cache", "/var/tmp", "/var/spool", "/tmp", "/run"];
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

        // The kernel's name of the open directory, without links, as in its mount table.
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

    /// <summary>The root's path on this machine; empty for the machine itself.</summary>
    public string Base => _base;

    public void Dispose() => _root.Dispose();

    /// <returns>Null if nothing is there, or a link or mount is in the way (<see cref="Obstacle"/>).</returns>
    public TreeEntry? Inspect(string path)
    {
        using var parent = Open(TreePath.Parent(path));
        return parent is null ? null : Inspect(parent, path);
    }

    /// <returns>Why the directory cannot be entered; null if it can, or if nothing is there.</returns>
    public TreeObstacle? Obstacle(string directory)
    {
        using var handle = TryOpen(directory, out var obstacle);
        return obstacle;
    }

    /// <returns>The entries of a directory, sorted by name; empty if it cannot be entered.</returns>
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

            // Null if it was removed since.
            if (Inspect(handle, terminated[..(name.Length + 1)], path) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries;
    }

    /// <returns>Null if the file is not a regular file, or cannot be reached.</returns>
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
    /// Truncates a regular file; mode and owner stay. A file with several hard links is replaced by a new file, because the other names
    /// may belong to other programs.
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
        var status = NativeMethods.StatusAt(file, "\0"u8) ?? throw Failure("inspect", path);
        if (status.Kind != FileKind.Regular || MountId(file) != MountId(parent))
        {
            throw new IOException($"{TreePath.Display(path)} was replaced before it could be emptied");
        }

        if (status.Links == 1)
        {
            _ = NativeMethods.Truncate(file, 0) == 0 ? 0 : throw Failure("empty", path);
            return;
        }

        var name = TreePath.Bytes(TreePath.Name(path));
        _ = NativeMethods.UnlinkAt(parent, name, 0) == 0 ? 0 : throw Failure("remove", path);
        const int CreateFlags = NativeMethods.OpenWriteOnly | NativeMethods.OpenCreate | NativeMethods.OpenExclusive;
        var flags = CreateFlags | NativeMethods.OpenNoFollow | NativeMethods.OpenCloseOnExec;
        using var created = Handle(NativeMethods.OpenAt(parent, name, flags, 0)) ?? throw Failure("create", path);
        if (NativeMethods.ChangeOwner(created, status.UserId, status.GroupId) != 0
            || NativeMethods.ChangeMode(created, status.Permissions) != 0)
        {
            throw Failure("set owner and mode of", path);
        }
    }

    /// <returns>Null if the directory cannot be entered.</returns>
    /// <exception cref="IOException">It exists and cannot be opened.</exception>
    internal SafeFileHandle? Open(string directory) => TryOpen(directory, out _);

    /// <summary>The error of the last system call.</summary>
    /// <param name="verb">What was tried: "open", "remove".</param>
    internal static IOException Failure(string verb, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{verb} {TreePath.Display(path)}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    private static SafeFileHandle? Handle(int descriptor) => descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);

    private static SafeFileHandle OpenFile(SafeHandle parent, string path, int flags)
    {
        flags |= NativeMethods.OpenNoFollow | NativeMethods.OpenNonBlocking | NativeMethods.OpenCloseOnExec;
        return Handle(NativeMethods.OpenAt(parent, TreePath.Bytes(TreePath.Name(path)), flags, 0)) ?? throw Failure("open", path);
    }

    /// <returns>The id of the mount that an open file lies in; before Linux 3.15 the device number.</returns>
    private static long MountId(SafeHandle file)
    {
        if (NativeMethods.MountId(file) is { } id)
        {
            return id;
        }

        const string Key = "mnt_id:";
        var line = File.ReadLines($"/proc/self/fdinfo/{file.DangerousGetHandle()}")
            .FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal));
        return line is null
            ? NativeMethods.StatusAt(file, "\0"u8)?.Device ?? 0
            : long.Parse(line.AsSpan(Key.Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
    }

    private TreeEntry? Inspect(SafeHandle parent, string path) => Inspect(parent, TreePath.Bytes(TreePath.Name(path)), path);

    private TreeEntry? Inspect(SafeHandle parent, ReadOnlySpan<byte> name, string path) =>
        path.Length <= _longest && _mounts.ContainsKey(path) ? new TreeEntry(path, null)
        : NativeMethods.StatusAt(parent, name) is { } status ? new TreeEntry(path, status)
        : Marshal.GetLastPInvokeError() == NativeMethods.ErrorNoEntry ? null
        : throw Failure("inspect", path);

    /// <exception cref="IOException">It exists and cannot be opened.</exception>
    private SafeFileHandle? TryOpen(string directory, out TreeObstacle? obstacle)
    {
        obstacle = null;
        var directoryFlags = NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec;
#pragma warning disable CA2000 // The last handle is returned; each earlier one is disposed once the next is open.
        var here = Handle(NativeMethods.OpenAt(_root, "."u8, directoryFlags, 0)) ?? throw Failure("open", "/");
#pragma warning restore CA2000
        var mount = MountId(here);
        for (int start = 1, end; start < directory.Length; start = end + 1)
        {
            end = directory.IndexOf('/', start) is > 0 and var slash ? slash : directory.Length;
            var mounted = end <= _longest ? _mounts.GetValueOrDefault(directory[..end]) : null;
            if (mounted is not null && (!_live || mounted.MayBlock || !SystemMounts.Contains(directory[..end])))
            {
                here.Dispose();
                var source = $"{mounted.Type} {TerminalText.OneLine(mounted.Source)}";
                obstacle = new(Messages.SkippedMount(TreePath.Display(directory[..end]), source), IsMount: true);
                return null;
            }

            var name = TreePath.Bytes(directory[start..end]);
            var next = Handle(NativeMethods.OpenAt(here, name, directoryFlags | NativeMethods.OpenNoFollow, 0));
            var error = Marshal.GetLastPInvokeError();
            here.Dispose();
            if (next is null)
            {
                obstacle = error == NativeMethods.ErrorNoEntry ? null
                    : error is NativeMethods.ErrorNotDirectory or NativeMethods.ErrorTooManyLinks
                        ? new(Messages.SkippedLink(TreePath.Display(directory[..end])), IsMount: false)
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
        obstacle = new(Messages.SkippedNewMount(TreePath.Display(directory)), IsMount: true);
        return null;
    }
}
