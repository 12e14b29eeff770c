using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Thpc.NodeAgent.Host;

/// <summary>A file that somebody named to have a result in it.</summary>
internal static class GivenFile
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Replaces the file as a whole, or makes it with the given mode; a link is followed, and the mode of what was there stays. Whatever else
    /// has that name (a directory, a device) is refused, for a rename would put a file in its place.
    /// </summary>
    /// <param name="path">As it was given, from the directory of this process.</param>
    /// <exception cref="AgentException">NO_SPACE or FILE_ACCESS.</exception>
    public static async Task WriteAsync(string path, byte[] content, UnixFileMode mode, CancellationToken cancel)
    {
        try
        {
            await Patience.RunAsync(() => Write(Path.GetFullPath(path), content, mode), Limit, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TimeoutException or ArgumentException && ErrorCode.Describe(e).Code != ErrorCode.NoSpace)
        {
            throw new AgentException(
                ErrorCode.FileAccess,
                $"{path} could not be written: {(e is TimeoutException ? $"its file system did not answer within {Limit.TotalSeconds:0} s" : e.Message)}",
                new("Give a file in a directory that exists and that you may write to.", "请指定一个已存在且有写权限的目录中的文件。"),
                e);
        }
    }

    /// <summary>The same for a text that everybody may read: mode 0644.</summary>
    public static Task WriteAsync(string path, string text, CancellationToken cancel) => WriteAsync(path, Encoding.UTF8.GetBytes(text), Readable, cancel);

    private static bool Write(string path, byte[] content, UnixFileMode mode)
    {
        var descriptor = NativeMethods.Open(path, NativeMethods.OpenPath | NativeMethods.OpenCloseOnExec);
        if (descriptor < 0)
        {
            AtomicFile.Write(new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName, content, mode);
            return true;
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (NativeMethods.StatusAt(handle, "\0"u8) is not { Kind: FileKind.Regular } present)
        {
            throw new IOException("something is there that is no file");
        }

        AtomicFile.Write(new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget ?? path, content, (UnixFileMode)present.Permissions);
        return true;
    }
}
