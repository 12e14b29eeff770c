using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Thpc.NodeAgent.Host;

/// <summary>A file that a user names for a result.</summary>
internal static class ResultFile
{
    /// <summary>Writes all of it or nothing; a link stays a link, mode and owner stay.</summary>
    /// <exception cref="AgentException">CONFIG_INVALID: its directory is missing, or what is there is no file and must not be replaced by one.</exception>
    public static Task WriteAsync(string name, string text, CancellationToken cancel)
    {
        var path = Path.GetFullPath(name);
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new AgentException(ErrorCode.ConfigInvalid, $"{name}: there is no directory {Path.GetDirectoryName(path)}", "Name a file in a directory that exists.");
        }

        var target = new FileInfo(path).LinkTarget is null ? path : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        // /dev/stdout leads below /proc, to a pipe whose name there is no path.
        if (KindOf(target) is not (null or FileKind.Regular) || target.StartsWith("/proc/", StringComparison.Ordinal))
        {
            // A rename would put a file in the place of /dev/null, for everybody.
            throw new AgentException(ErrorCode.ConfigInvalid, $"{name}: what is there is no file, such as a directory, a device or a pipe", "Name a file.");
        }

        return AtomicFile.ReplaceAsync(target, Encoding.UTF8.GetBytes(text), cancel);
    }

    /// <summary>Null where nothing is. The framework itself takes devices and pipes for files.</summary>
    private static FileKind? KindOf(string path)
    {
        if (!Path.Exists(path) || Path.GetDirectoryName(path) is not { } above)
        {
            return Path.Exists(path) ? FileKind.Directory : null;
        }

        using var directory = new SafeFileHandle(NativeMethods.Open(above, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec), ownsHandle: true);
        var status = directory.IsInvalid ? null : NativeMethods.StatusAt(directory, [.. Encoding.UTF8.GetBytes(Path.GetFileName(path)), 0]);
        return status?.Kind ?? FileKind.Other;
    }
}
