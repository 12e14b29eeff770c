using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Files of any length that may lie on a dead server, for somebody who reads them later.</summary>
internal static class FileHeadAndTail
{
    private const int Head = 64 * 1024;
    private const int Tail = 448 * 1024;
    private const long MaxRead = 64L << 20;

    /// <returns>All of it, or its head and its tail with a line between that names what was dropped; null where there is no such file.</returns>
    /// <exception cref="TimeoutException">The limit ran out.</exception>
    public static Task<byte[]?> ReadAsync(string path, TimeSpan limit, CancellationToken cancel) => BlockingCall.RunAsync(() =>
    {
        using var stream = RegularFile.Open(path);
        if (stream is null)
        {
            return null;
        }

        var ends = new HeadTailBuffer(Head, Tail);
        var buffer = new byte[64 * 1024];

        // A file of /proc says that it has no length.
        long total = 0;
        for (int count; total < MaxRead && (count = stream.Read(buffer)) > 0; total += count)
        {
            ends.Add(buffer.AsSpan(0, count));
        }

        return ends.ToArray();
    }, limit, cancel);
}
