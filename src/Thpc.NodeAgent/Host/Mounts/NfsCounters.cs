namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>The kernel's counters of one NFS mount, since it was mounted.</summary>
/// <param name="line">Its line "device …", as the kernel wrote it, in Latin-1.</param>
internal sealed class NfsCounters(string line, string mountPoint, string source)
{
    public string Line => line;

    public string MountPoint => mountPoint;

    public string Source => source;

    /// <summary>Seconds since the mount.</summary>
    public long Age { get; set; }

    /// <summary>Those that were used.</summary>
    public List<NfsOperation> Operations { get; } = [];

    /// <returns>The counters of an operation; zeros if it was never used.</returns>
    public NfsOperation Find(string name)
    {
        foreach (var operation in Operations)
        {
            if (operation.Name == name)
            {
                return operation;
            }
        }

        return new NfsOperation(name, 0, 0, 0);
    }
}

/// <summary>
/// Counters of one kind of request, such as READ. The kernel counts a request when it ends, so a request without an answer is not in them.
/// </summary>
internal sealed class NfsOperation(string name, long count, long sent, long milliseconds)
{
    public string Name => name;

    /// <summary>Requests that ended.</summary>
    public long Count => count;

    /// <summary>How often these were sent: more than once each if an answer was lost.</summary>
    public long Sent => sent;

    /// <summary>The sum of the times from the last transmission to the answer, without waiting on this node.</summary>
    public long Milliseconds => milliseconds;
}
