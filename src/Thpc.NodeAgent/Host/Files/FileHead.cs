using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Reads the beginning of a file that may lie on a dead server.</summary>
internal static class FileHead
{
    /// <returns>At most <paramref name="count"/> bytes; null if the file does not exist.</returns>
    /// <exception cref="TimeoutException">The limit ended.</exception>
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
