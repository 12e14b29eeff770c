namespace Thpc.NodeAgent.Host;

/// <summary>The beginning of a file that may lie on a dead server.</summary>
internal static class FileStart
{
    /// <returns>At most so many bytes; null where there is no such file.</returns>
    /// <exception cref="TimeoutException">The limit ran out.</exception>
    public static Task<byte[]?> ReadAsync(string path, int count, TimeSpan limit, CancellationToken cancel) => Patience.RunAsync(() =>
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var start = new byte[count];
        using var stream = File.OpenRead(path);
        return start[..stream.ReadAtLeast(start, count, throwOnEndOfStream: false)];
    }, limit, cancel);
}
