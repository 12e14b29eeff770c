using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// A directory that is held open: what is done in it is done there, wherever its name leads by then. Whoever may write to a directory above
/// can put a link in its place at any moment, and a name that was looked at is not the one that is opened.
/// </summary>
internal sealed class DirectoryHandle : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private DirectoryHandle(string path)
    {
        _path = path;
        _handle = OpenOne(path);
    }

    /// <param name="path">On the node, its links followed already (<see cref="NodeRoot.Resolve"/>).</param>
    /// <exception cref="IOException">There is no such directory, or a link has come in its place.</exception>
    public static DirectoryHandle Open(NodeRoot root, string path)
    {
        // The root itself may be reached by a link.
        using var top = OpenOne(root.On("/"));
        var directory = new DirectoryHandle(root.IsLive ? path : root.On(path).TrimEnd('/'));
        var (real, expected) = (KernelName(directory._handle), root.IsLive ? path : $"{KernelName(top)}{path}".TrimEnd('/'));
        if (real == expected)
        {
            return directory;
        }

        directory.Dispose();
        throw new IOException($"{directory._path} leads to {real} now");
    }

    /// <summary>Where a file of it is for this process and its children, for as long as this is open.</summary>
    public string PathOf(string name) => $"/proc/{Environment.ProcessId}/fd/{_handle.DangerousGetHandle()}/{name}";

    /// <returns>Null where it has no such file; a link is not followed.</returns>
    public FileStatus? Inspect(string name) => NativeMethods.StatusAt(_handle, [.. Encoding.UTF8.GetBytes(name), 0]);

    /// <summary>Replaces a file in it; see <see cref="AtomicFile.Write"/>.</summary>
    /// <exception cref="IOException">It is as it was; or UnauthorizedAccessException.</exception>
    public void Write(string name, ReadOnlySpan<byte> content, UnixFileMode mode, bool durable)
    {
        try
        {
            AtomicFile.Write(PathOf(name), content, mode, durable);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw WithOriginalPath(e);
        }
    }

    /// <summary>The same in the words of whoever named the directory.</summary>
    public IOException WithOriginalPath(Exception e) => new(e.Message.Replace(PathOf(""), _path.TrimEnd('/') + "/", StringComparison.Ordinal), e.HResult);

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle OpenOne(string path)
    {
        var descriptor = NativeMethods.Open(path, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}", Marshal.GetLastPInvokeError());
    }

    private static string? KernelName(SafeFileHandle handle) => new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget;
}
