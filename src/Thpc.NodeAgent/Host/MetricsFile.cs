using System.Text;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host;

/// <summary>The file that node_exporter's textfile collector reads.</summary>
internal static class MetricsFile
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Replaces it as a whole, mode 0644; the collector passes over the temporary name, which does not end in .prom. The directory is
    /// not made: where it is missing nobody would read the file.
    /// </summary>
    /// <param name="path">On the node.</param>
    /// <exception cref="TimeoutException">The limit ran out; a thread is left waiting.</exception>
    /// <exception cref="IOException">Or UnauthorizedAccessException, or MOUNT_UNSAFE_PATH for links in a circle or of others: it was not written.</exception>
    public static void Write(NodeRoot root, string path, string text, TimeSpan limit) => BlockingCall.RunAsync(
        () =>
        {
            // The collector's own user may own the directory.
            var file = root.Resolve(path);
            using var directory = DirectoryHandle.Open(root, Path.GetDirectoryName(file)!);
            directory.Write(Path.GetFileName(file), Encoding.UTF8.GetBytes(text), Readable, durable: false);
            return true;
        },
        limit,
        CancellationToken.None).GetAwaiter().GetResult();
}
