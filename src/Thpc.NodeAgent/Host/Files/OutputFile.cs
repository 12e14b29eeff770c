using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>A file that somebody named to have a result in it.</summary>
internal static class OutputFile
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Replaces the file as a whole, or makes it, with the given mode, less what a file that was there did not allow. A link of root or of who
    /// runs this is followed, another's is refused. Whatever else has that name (a directory, a device) is refused, for a rename would put
    /// a file in its place.
    /// </summary>
    /// <param name="path">As it was given, from the directory of this process.</param>
    /// <exception cref="AgentException">NO_SPACE or FILE_ACCESS.</exception>
    public static async Task WriteAsync(string path, byte[] content, UnixFileMode mode, CancellationToken cancel)
    {
        try
        {
            await BlockingCall.WriteAsync(() => Write(Path.GetFullPath(path), content, mode), Limit, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TimeoutException or ArgumentException or AgentException && ErrorCode.Describe(e).Code != ErrorCode.NoSpace)
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
        var machine = new NodeRoot("/");
        var real = machine.Resolve(path);
        using var directory = DirectoryHandle.Open(machine, Path.GetDirectoryName(real) ?? "/");
        var name = Path.GetFileName(real);
        var present = directory.Inspect(name);
        if (present is { Kind: not FileKind.Regular })
        {
            throw new IOException("something is there that is no file");
        }

        // Whoever may write to the directory could have put a file of any mode there: it takes permissions away and gives none.
        directory.Write(name, content, present is { } file ? mode & (UnixFileMode)file.Permissions : mode, durable: true);
        return true;
    }
}
