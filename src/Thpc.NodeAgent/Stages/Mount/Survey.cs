using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>What this node has of storage at one moment. Looking never waits for a server longer than it is told.</summary>
internal sealed class Survey
{
    private readonly DriverContext _context;

    public Survey(DriverContext context)
    {
        _context = context;
        Mounts = MountTable.Read();
        Fstab = FstabWriter.Read(context.Root);
        Remembered = Stages.Mount.Remembered.Read(context.Root, Fstab);
        Strangers = [.. Remembered.Where(item => item.IsStranger(context.Config.Cluster.Id, context.Machine))];
    }

    public MountTable Mounts { get; }

    public Fstab Fstab { get; }

    public IReadOnlyList<Remembered> Remembered { get; }

    /// <summary>What was written for another cluster or on another machine.</summary>
    public IReadOnlyList<Remembered> Strangers { get; }

    /// <summary>What should be mounted: what the configuration wants, and what was added to the live node and not to the configuration.</summary>
    public IReadOnlyList<Storage> Known =>
    [
        .. _context.Config.Storage,
        .. Remembered.Except(Strangers).Where(item => item.Storage is not null && !IsConfigured(item.LocalPath)).DistinctBy(item => item.LocalPath).Select(item => item.Storage!),
    ];

    /// <summary>Mount points of shared file systems, whoever mounted them.</summary>
    public IEnumerable<string> SharedMounts =>
        from entry in Mounts.Entries
        where entry.IsShared && entry.MountPoint.StartsWith(_context.Root.Prefix + "/", StringComparison.Ordinal)
        select entry.MountPoint[_context.Root.Prefix.Length..];

    /// <summary>The storage that a directory is to lie in and that is not there: what is written to it now would be on the node's own disk.</summary>
    /// <param name="resolved">The same directory, links followed.</param>
    /// <returns>Its mount point; null where the directory is in what it is to be in, or in none.</returns>
    public string? Absent(string directory, string resolved)
    {
        var around = Known.Where(storage => LocalPath.IsAtOrBelow(directory, storage.LocalPath) || LocalPath.IsAtOrBelow(resolved, _context.Root.Resolve(storage.LocalPath, Mounts))).MaxBy(storage => storage.LocalPath.Length);
        return around is null || Mounts.At(MountPoint.Target(_context.Root, around.LocalPath, Mounts)) is { } entry && _context.Driver(around).IsMounted(entry) ? null : around.LocalPath;
    }

    /// <summary>The places of this storage, all asked at the same time.</summary>
    public async Task<IReadOnlyList<Place>> LookAsync(IEnumerable<Storage> storages, TimeSpan limit, CancellationToken cancel) =>
        await Task.WhenAll(storages.Select(storage => LookAsync(storage.LocalPath, storage, limit, cancel)));

    /// <param name="storage">What should be there; null where nobody said.</param>
    public async Task<Place> LookAsync(string localPath, Storage? storage, TimeSpan limit, CancellationToken cancel)
    {
        var target = MountPoint.Target(_context.Root, localPath, Mounts);
        var mounted = Mounts.At(target);
        var answer = mounted is null ? null : await MountPoint.AskAsync(target, limit, cancel);
        return new Place(localPath, target, storage is null ? null : _context.Driver(storage), IsConfigured(localPath), mounted, answer, Fstab);
    }

    private bool IsConfigured(string localPath) => _context.Config.Storage.Any(storage => storage.LocalPath == localPath);
}
