using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>The beginning of a file that may lie on a dead server.</summary>
internal static class FileHead
{
    /// <returns>At most so many bytes; null where there is no such file.</returns>
    /// <exception cref="TimeoutException">The limit ran out.</exception>
    public static Task<byte[]?> ReadAsync(string path, int count, TimeSpan limit, CancellationToken cancel) => BlockingCall.RunAsync(() =>
    {
        using var stream = RegularFile.Open(path);
        if (stream is null)
        {
            return null;
        }

        var start = new byte[count];
        return start[..stream.ReadAtLeast(start, count, throwOnEndOfStream: false)];
    }, limit, cancel);
}
