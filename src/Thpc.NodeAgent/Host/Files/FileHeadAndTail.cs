using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Reads head and tail of a file of any length that may lie on a dead server.</summary>
internal static class FileHeadAndTail
{
    private const int Head = 64 * 1024;
    private const int Tail = 448 * 1024;
    private const long MaxRead = 64L << 20;

    /// <returns>
    /// The whole file, or head and tail with a line between that names the number of dropped bytes; null if the file does not exist.
    /// </returns>
    /// <exception cref="TimeoutException">The limit ended.</exception>
    public static Task<byte[]?> ReadAsync(string path, TimeSpan limit, CancellationToken cancel) => BlockingCall.RunAsync(() =>
    {
        using var stream = RegularFile.Open(path);
        if (stream is null)
        {
            return null;
        }

        var ends = new HeadTailBuffer(Head, Tail);
        var buffer = new byte[64 * 1024];

        // Files of /proc report length 0, so the loop does not rely on it.
        long total = 0;
        for (int count; total < MaxRead && (count = stream.Read(buffer)) > 0; total += count)
        {
            ends.Add(buffer.AsSpan(0, count));
        }

        return ends.ToArray();
    }, limit, cancel);
}
