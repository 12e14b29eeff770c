using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// Reads files at fixed paths. It opens only regular files: a FIFO would block, and a device may never end.
/// Links are followed; see <see cref="NodeRoot.Locate"/> for those of an unpacked image.
/// </summary>
internal static class RegularFile
{
    /// <returns>Whether the path is a regular file, or a link to one.</returns>
    public static bool Exists(string path) => FileStatus.Read(path) is { Kind: FileKind.Regular };

    /// <returns>Null if the path does not exist.</returns>
    /// <exception cref="IOException">It cannot be read, or is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static FileStream? Open(string path)
    {
        var descriptor = NativeMethods.Open(path, NativeMethods.OpenNonBlocking | NativeMethods.OpenCloseOnExec);
        if (descriptor < 0 && Marshal.GetLastPInvokeError() == NativeMethods.ErrorWouldBlock && Exists(path))
        {
            // Another program, such as a file server, has a lease on it (fcntl(2)). A blocking open makes it give up the lease.
            descriptor = NativeMethods.Open(path, NativeMethods.OpenCloseOnExec);
        }

        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error switch
            {
                NativeMethods.ErrorNoEntry or NativeMethods.ErrorNotDirectory => null,
                NativeMethods.ErrorNoDevice => throw NotRegular(path, FileKind.Socket),
                NativeMethods.ErrorAccess => throw new UnauthorizedAccessException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}"),
                _ => throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error),
            };
        }

#pragma warning disable CA2000 // The stream that is returned owns it.
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
#pragma warning restore CA2000
        if (NativeMethods.StatusAt(handle, "\0"u8) is { Kind: not FileKind.Regular } status)
        {
            handle.Dispose();
            throw NotRegular(path, status.Kind);
        }

        return new FileStream(handle, FileAccess.Read, bufferSize: 0);
    }

    /// <inheritdoc cref="Open"/>
    public static byte[]? ReadBytes(string path)
    {
        using var file = Open(path);
        if (file is null)
        {
            return null;
        }

        // Files of /proc report length 0.
        using var content = new MemoryStream((int)Math.Min(file.Length, 1 << 20));
        file.CopyTo(content);
        return content.ToArray();
    }

    /// <inheritdoc cref="Open"/>
    /// <returns>The UTF-8 text without a byte order mark; null if the path does not exist.</returns>
    public static string? ReadText(string path)
    {
        using var file = Open(path);
        using var reader = file is null ? null : new StreamReader(file);
        return reader?.ReadToEnd();
    }

    /// <returns>A name of the kind, such as "a directory"; null for a regular file.</returns>
    public static LocalizedText? Describe(FileKind kind) => kind switch
    {
        FileKind.Regular => null,
        FileKind.Directory => Messages.Directory,
        FileKind.Socket => Messages.Socket,
        FileKind.Link => Messages.Link,
        _ => Messages.FifoOrDevice,
    };

    private static IOException NotRegular(string path, FileKind kind) => new(Messages.NotRegular(path, Describe(kind)!).English);
}
