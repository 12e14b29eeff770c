using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// Removes many entries of the tree in a row. The directory of the last entry stays open for the next one, because walking from the root
/// costs ten times as much as the removal. Use it only briefly: it does not notice when that directory is replaced.
/// </summary>
internal sealed class TreeRemoval(RootedFileTree tree) : IDisposable
{
    private string? _directory;
    private SafeFileHandle? _open;

    /// <summary>Removes one entry. A directory that is not empty stays.</summary>
    /// <returns>Whether the entry no longer exists.</returns>
    /// <exception cref="IOException">It cannot be removed.</exception>
    public bool Remove(string path, bool directory)
    {
        if (!TreePath.IsIn(path, _directory))
        {
            Dispose();
            _directory = TreePath.Parent(path);
            _open = tree.Open(_directory);
        }

        // A name has at most 255 bytes (NAME_MAX).
        Span<byte> name = stackalloc byte[256];
        var length = Encoding.Latin1.GetBytes(path.AsSpan(path.LastIndexOf('/') + 1), name);
        name[length] = 0;
        if (_open is null || NativeMethods.UnlinkAt(_open, name[..(length + 1)], directory ? NativeMethods.RemoveDirectory : 0) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() switch
        {
            NativeMethods.ErrorNoEntry => true,
            NativeMethods.ErrorNotEmpty or NativeMethods.ErrorExists => false,
            _ => throw RootedFileTree.Failure("remove", path),
        };
    }

    public void Dispose()
    {
        _open?.Dispose();
        (_open, _directory) = (null, null);
    }
}
