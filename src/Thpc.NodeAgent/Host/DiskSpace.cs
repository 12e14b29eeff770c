namespace Thpc.NodeAgent.Host;

/// <summary>Names a full disk as what it is.</summary>
internal static class DiskSpace
{
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (IOException e) when (IsFull(e))
        {
            throw new AgentException(ErrorCode.NoSpace, $"writing {path}: {e.Message}", inner: e);
        }
    }

    public static bool IsFull(IOException e) => e.HResult is NoSpaceLeft or QuotaExceeded;
}
