namespace Thpc.NodeAgent.Tests.Helpers;

/// <summary>What one node sends where everything answers. NodeRequestTests and tests/scale/nfs count it.</summary>
internal static class NodeRequests
{
    /// <summary>For a name's IPv4 addresses; one more if the node has an IPv6 address.</summary>
    public const int QueriesOfName = 1;

    public const int MetadataForInstanceId = 1;

    /// <summary>The list of roles and the credential.</summary>
    public const int MetadataForRole = 2;

    public const int CosForScript = 1;

    /// <summary>TCP, TLS 1.3, the request.</summary>
    public const int CosRoundTrips = 3;

    /// <summary>TCP connections for one mount by NFS 3: the agent's dial, and those of mount.nfs and the kernel.</summary>
    public const int NfsConnections = 8;

    /// <summary>Calls of the NFS server for one mount by NFS 3, with the check that it answers.</summary>
    public const int NfsCallsForMount = 9;

    /// <summary>Calls of the NFS server for the report in the fleet directory, by NFS 3.</summary>
    public const int NfsCallsForReport = 8;
}
