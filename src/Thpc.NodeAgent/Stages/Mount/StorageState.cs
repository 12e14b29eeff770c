using System.Collections.Concurrent;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>What this node has of storage at one moment. Reading it never waits for a server longer than it is told.</summary>
internal sealed class StorageState
{
    private readonly DriverContext _context;
    private readonly ConcurrentDictionary<string, string> _places = new(StringComparer.Ordinal);

    public StorageState(DriverContext context)
    {
        _context = context;
        Mounts = MountTree.Read();
        Fstab = FstabWriter.Read(context.Root);
        Boot = BootMount.Read(context.Root, Fstab, Mounts);
        Persisted = PersistedMount.Read(context.Root, Fstab);
        Foreign = [.. Persisted.Where(item => item.IsForeign(context.Config.Cluster.Id, context.Machine))];
    }

    public MountTree Mounts { get; }

    public FstabDocument Fstab { get; }

    /// <summary>What a boot mounts, by lines of fstab and by mount units.</summary>
    public IReadOnlyList<BootMount> Boot { get; }

    public IReadOnlyList<PersistedMount> Persisted { get; }

    /// <summary>What was written for another cluster or on another machine.</summary>
    public IReadOnlyList<PersistedMount> Foreign { get; }

    /// <summary>What should be mounted: by the configuration, and what was added to the live node and not to the configuration.</summary>
    public IReadOnlyList<Storage> Known =>
    [
        .. _context.Config.Storage,
        .. Persisted.Except(Foreign).Select(item => item.Storage).OfType<Storage>()
            .Where(storage => !IsConfigured(storage.LocalPath)).DistinctBy(storage => Place(storage.LocalPath)),
    ];

    /// <summary>Mount points of shared file systems, whoever mounted them, that can be reached.</summary>
    public IEnumerable<string> SharedMounts =>
        from entry in Mounts.Entries
        where IsShared(entry) && entry.MountPoint.StartsWith(_context.Root.Prefix + "/", StringComparison.Ordinal)
        where ReferenceEquals(Mounts.At(entry.MountPoint), entry)
        select entry.MountPoint[_context.Root.Prefix.Length..];

    /// <summary>Where a mount point leads, links followed, as the node names it. As it is written where its links cannot be followed.</summary>
    public string Place(string localPath) => _places.GetOrAdd(localPath, path => BootMount.Lead(_context.Root, path, Mounts));

    /// <summary>The storage that a directory should lie in and that is not mounted: what is written there now is on the node's own disk.</summary>
    /// <param name="resolved">The same directory, links followed.</param>
    /// <returns>Its mount point; null where the directory is in what it is to be in, or in none.</returns>
    public string? Absent(string directory, string resolved)
    {
        bool IsIn(Storage storage) => LocalPath.IsAtOrBelow(directory, storage.LocalPath) || LocalPath.IsAtOrBelow(resolved, Place(storage.LocalPath));
        return Known.Where(IsIn).MaxBy(storage => storage.LocalPath.Length) is { } around && !IsMounted(around) ? around.LocalPath : null;
    }

    /// <summary>The mount points of this storage, all asked at the same time.</summary>
    public async Task<IReadOnlyList<MountPointState>> InspectAsync(IEnumerable<Storage> storages, TimeSpan limit, CancellationToken cancel) =>
        await Task.WhenAll(storages.Select(storage => InspectAsync(storage.LocalPath, storage, limit, cancel)));

    /// <param name="storage">What should be there; null where neither configuration nor fstab names it.</param>
    /// <param name="limit">For the file system's answer.</param>
    public async Task<MountPointState> InspectAsync(string localPath, Storage? storage, TimeSpan limit, CancellationToken cancel)
    {
        var place = Place(localPath);
        var target = _context.Root.On(place);
        var driver = storage is null ? null : _context.Driver(storage);
        var layers = Mounts.Layers(target);
        IReadOnlyList<BootMount> boot = [.. Boot.Where(entry => entry.Place == place)];
        IEnumerable<string> sources = [.. layers.Where(layer => !layer.IsAutomount).Select(layer => layer.Source), .. boot.Select(entry => entry.Source)];
        var resolved = driver?.ResolveAsync(sources, limit, cancel) ?? Task.CompletedTask;
        var answer = layers.Count == 0 ? null : await MountProbe.AskAsync(_context.Root, target, limit, cancel);
        await resolved;
        if (layers is [.., { IsAutomount: true }])
        {
            // To ask was to enter, and whoever enters has it mounted.
            layers = MountTree.Read().Layers(target);
        }

        var mounted = layers is [.., { IsAutomount: false } top] ? top : null;
        return new MountPointState(
            localPath,
            place,
            target,
            driver,
            IsConfigured(localPath),
            mounted,
            layers.LastOrDefault(layer => layer.IsAutomount),
            answer,
            boot,
            mounted is null ? null : Persisted.FirstOrDefault(item => Place(item.LocalPath) == place && item.IsOriginOf(mounted)));
    }

    public bool IsConfigured(string localPath) => _context.Config.Storage.Any(storage => Place(storage.LocalPath) == Place(localPath));

    private bool IsMounted(Storage storage) =>
        Mounts.At(_context.Root.On(Place(storage.LocalPath))) is { } entry && _context.Driver(storage).IsMounted(entry);

    private bool IsShared(MountEntry entry) =>
        entry.Type is "nfs" or "nfs4" or "lustre" || GooseFsDriver.IsClient(entry)
        || (GooseFsxDriver.MayBeClient(entry) && LocalPath.IsAtOrBelow(entry.MountPoint, _context.Root.On("/goosefsx")));
}
