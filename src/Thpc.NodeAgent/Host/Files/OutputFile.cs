using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Writes a result into a file that the user names.</summary>
internal static class OutputFile
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Replaces or creates the file atomically. Links owned by root or by the current user are followed, other links are refused. An
    /// existing directory or device is refused too, because the rename would replace it with a file.
    /// </summary>
    /// <param name="path">Absolute, or relative to the working directory.</param>
    /// <param name="mode">Permissions that an existing file does not have are removed from it.</param>
    /// <exception cref="AgentException">NO_SPACE or FILE_ACCESS.</exception>
    public static async Task WriteAsync(string path, byte[] content, UnixFileMode mode, CancellationToken cancel)
    {
        try
        {
            await BlockingCall.WriteAsync(() => Write(Path.GetFullPath(path), content, mode), Limit, cancel);
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or TimeoutException or ArgumentException or AgentException
            && Error.From(e).Code != ErrorCode.NoSpace)
        {
            var reason = e is TimeoutException ? Messages.FileSystemSilent($"{Limit.TotalSeconds:0}")
                : e is AgentException refused ? refused.Error.Text
                : e.Message;
            throw new AgentException(ErrorCode.FileAccess, Messages.NotWritten(path, reason), Hints.NameWritableFile, e);
        }
    }

    /// <summary>Writes a text with mode 0644.</summary>
    public static Task WriteAsync(string path, string text, CancellationToken cancel) =>
        WriteAsync(path, Encoding.UTF8.GetBytes(text), Readable, cancel);

    private static bool Write(string path, byte[] content, UnixFileMode mode)
    {
        var machine = new NodeRoot("/");
        var real = machine.Resolve(path);
        using var directory = DirectoryHandle.Open(machine, Path.GetDirectoryName(real) ?? "/");
        var name = Path.GetFileName(real);
        var present = directory.Inspect(name);
        if (present is { Kind: not FileKind.Regular })
        {
            throw new IOException("the path exists and is not a regular file");
        }

        // Other users may have created the file with any mode, so its mode can only remove permissions.
        directory.Write(name, content, present is { } file ? mode & (UnixFileMode)file.Permissions : mode, durable: true);
        return true;
    }
}
