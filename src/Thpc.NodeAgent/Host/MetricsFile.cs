using System.Text;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host;

/// <summary>Writes the file for node_exporter's textfile collector.</summary>
internal static class MetricsFile
{
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Replaces the file atomically, mode 0644. The collector ignores the temporary name, which does not end in .prom. A missing directory
    /// is not created: no collector would read it.
    /// </summary>
    /// <param name="path">A path of the node.</param>
    /// <exception cref="TimeoutException">The limit ended; a thread may still be blocked.</exception>
    /// <exception cref="IOException">
    /// The file is unchanged; or UnauthorizedAccessException, or MOUNT_UNSAFE_PATH for circular links and links of other users.
    /// </exception>
    public static void Write(NodeRoot root, string path, string text, TimeSpan limit) => BlockingCall.RunAsync(
        () =>
        {
            // The directory may belong to the collector's user.
            var file = root.Resolve(path);
            using var directory = DirectoryHandle.Open(root, Path.GetDirectoryName(file)!);
            directory.Write(Path.GetFileName(file), Encoding.UTF8.GetBytes(text), Readable, durable: false);
            return true;
        },
        limit,
        CancellationToken.None).GetAwaiter().GetResult();
}
