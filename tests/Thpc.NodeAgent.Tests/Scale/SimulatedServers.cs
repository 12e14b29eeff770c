namespace Thpc.NodeAgent.Tests.Scale;

/// <summary>The servers that all nodes share, and their limits.</summary>
/// <param name="limits">Per second.</param>
internal sealed class SimulatedServers(ServerLimits limits)
{
    public double RoundTrip => limits.RoundTrip;

    public double ScriptSeconds => limits.ScriptSeconds;

    public double NameLoss => limits.NameLoss;

    public double MetadataSilentUntil => limits.MetadataSilent;

    public double NfsDownUntil => limits.NfsDown;

    public RateLimit Cos { get; } = new(limits.Cos);

    /// <summary>Name servers hold a second's worth of queries.</summary>
    public ServiceQueue Names { get; } = new(limits.Names, limits.Names);

    public ServiceQueue Nfs { get; } = new(limits.NfsCalls);

    public ServiceQueue Mountd { get; } = new(limits.Mountd);

    /// <summary>A kernel's NFS server holds 64 connections that its threads have not accepted.</summary>
    public ServiceQueue Accepts { get; } = new(limits.Accepts, 64);
}

/// <summary>What the servers can do per second, and their faults.</summary>
/// <param name="Cos">Downloads of one object: documented by Tencent as 1,000.</param>
/// <param name="Names">Queries of the name servers; assumed.</param>
/// <param name="NfsCalls">Assumed: a small server.</param>
/// <param name="Mountd">Mounts that mountd, one process, can answer; assumed.</param>
/// <param name="Accepts">New connections; assumed.</param>
/// <param name="NameLoss">Share of queries that are lost.</param>
/// <param name="MetadataSilent">Seconds from the start without an answer.</param>
/// <param name="NfsDown">Seconds from the start without an answer.</param>
/// <param name="RoundTrip">Seconds to a server and back.</param>
/// <param name="ScriptSeconds">How long the script runs.</param>
internal sealed record ServerLimits(
    double Cos = 1_000,
    double Names = 50_000,
    double NfsCalls = 20_000,
    double Mountd = 1_000,
    double Accepts = 10_000,
    double NameLoss = 0,
    double MetadataSilent = 0,
    double NfsDown = 0,
    double RoundTrip = 0.0005,
    double ScriptSeconds = 3);
