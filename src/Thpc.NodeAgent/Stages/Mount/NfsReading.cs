namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>What the kernel's counters say about the NFS mounts and the way to their servers.</summary>
/// <param name="mounts">In the order of the configuration; none without an NFS mount.</param>
/// <param name="tcp">Null without an NFS mount, without an earlier reading, or where the kernel does not count.</param>
internal sealed class NfsReading(IReadOnlyList<NfsInterval> mounts, TcpInterval? tcp)
{
    public IReadOnlyList<NfsInterval> Mounts => mounts;

    public TcpInterval? Tcp => tcp;
}
