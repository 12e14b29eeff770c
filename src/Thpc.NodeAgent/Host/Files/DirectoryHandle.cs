using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// A directory that is held open, so that all operations happen in it even if its name leads elsewhere by then. Users who may write to a
/// parent directory can replace it with a link between a check and its use.
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

    /// <param name="path">A path of the node without symbolic links (<see cref="NodeRoot.Resolve"/>).</param>
    /// <exception cref="IOException">The directory does not exist, or a link has replaced it.</exception>
    public static DirectoryHandle Open(NodeRoot root, string path)
    {
        // The path of the root itself may contain links.
        using var top = OpenOne(root.On("/"));
        var directory = new DirectoryHandle(root.IsLive ? path : root.On(path).TrimEnd('/'));
        var real = KernelName(directory._handle);
        var expected = root.IsLive ? path : $"{KernelName(top)}{path}".TrimEnd('/');
        if (real == expected)
        {
            return directory;
        }

        directory.Dispose();
        throw new IOException($"{directory._path} now leads to {real}");
    }

    /// <returns>The path of a file in the directory, for this process and its children, as long as this handle is open.</returns>
    public string PathOf(string name) => $"/proc/{Environment.ProcessId}/fd/{_handle.DangerousGetHandle()}/{name}";

    /// <returns>Null if the file does not exist. A link is not followed.</returns>
    public FileStatus? Inspect(string name) => NativeMethods.StatusAt(_handle, [.. Encoding.UTF8.GetBytes(name), 0]);

    /// <summary>Replaces a file in the directory; see <see cref="AtomicFile.Write"/>.</summary>
    /// <exception cref="IOException">The file is unchanged; or UnauthorizedAccessException.</exception>
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

    /// <returns>The same error with the directory's original path instead of its path below /proc.</returns>
    public IOException WithOriginalPath(Exception e) =>
        new(e.Message.Replace(PathOf(""), _path.TrimEnd('/') + "/", StringComparison.Ordinal), e.HResult);

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle OpenOne(string path)
    {
        var descriptor = NativeMethods.Open(path, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        var error = Marshal.GetLastPInvokeError();
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    private static string? KernelName(SafeFileHandle handle) => new FileInfo($"/proc/self/fd/{handle.DangerousGetHandle()}").LinkTarget;
}
