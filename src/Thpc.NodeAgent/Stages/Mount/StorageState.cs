using System.Collections.Concurrent;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Stages.Mount.Drivers;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>The storage of this node at one moment: mount table, fstab and units. Probes of servers have a limit.</summary>
internal sealed class StorageState
{
    private readonly DriverContext _context;
    private readonly ConcurrentDictionary<string, string> _resolved = new(StringComparer.Ordinal);

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

    /// <summary>The fstab lines and mount units that a boot uses.</summary>
    public IReadOnlyList<BootMount> Boot { get; }

    /// <summary>The entries that the agent wrote into fstab and units.</summary>
    public IReadOnlyList<PersistedMount> Persisted { get; }

    /// <summary>The persisted entries that were written for another cluster or on another machine.</summary>
    public IReadOnlyList<PersistedMount> Foreign { get; }

    /// <summary>The storage that should be mounted: from the configuration, or added on the live node only.</summary>
    public IReadOnlyList<Storage> Known =>
    [
        .. _context.Config.Storage,
        .. Persisted.Except(Foreign).Select(item => item.Storage).OfType<Storage>()
            .Where(storage => !IsConfigured(storage.LocalPath)).DistinctBy(storage => ResolvePath(storage.LocalPath)),
    ];

    /// <summary>Visible mount points of shared file systems, including those that the agent did not mount.</summary>
    public IEnumerable<string> SharedMounts =>
        from entry in Mounts.Entries
        where IsShared(entry) && entry.MountPoint.StartsWith(_context.Root.Prefix + "/", StringComparison.Ordinal)
        where ReferenceEquals(Mounts.At(entry.MountPoint), entry)
        select entry.MountPoint[_context.Root.Prefix.Length..];

    /// <summary>The mount point with links followed, as seen from the node's root; unchanged where they cannot be followed.</summary>
    public string ResolvePath(string localPath) =>
        _resolved.GetOrAdd(localPath, path => BootMount.ResolveMountPoint(_context.Root, path, Mounts));

    /// <summary>Finds the storage that should contain a directory and is not mounted, so that writes reach the node's own disk.</summary>
    /// <param name="resolved">The same directory with links followed.</param>
    /// <returns>The mount point of that storage; null where it is mounted, or where no storage should contain the directory.</returns>
    public string? FindUnmounted(string directory, string resolved)
    {
        bool Contains(Storage storage) =>
            LocalPath.IsAtOrBelow(directory, storage.LocalPath) || LocalPath.IsAtOrBelow(resolved, ResolvePath(storage.LocalPath));
        return Known.Where(Contains).MaxBy(storage => storage.LocalPath.Length) is { } nearest && !IsMounted(nearest)
            ? nearest.LocalPath
            : null;
    }

    /// <summary>Inspects the mount points of these storages in parallel.</summary>
    public async Task<IReadOnlyList<MountPointState>> InspectAsync(
        IEnumerable<Storage> storages, TimeSpan limit, CancellationToken cancel)
    {
        List<Storage> all = [.. storages];
        List<string> mounted = [.. all.Select(storage => _context.Root.On(ResolvePath(storage.LocalPath))).Where(IsMountedNow).Distinct()];
        var probes = MountProbe.AskAllAsync(_context.Root, mounted, limit, cancel);
        async Task<MountResponse> ProbeAsync(int index) => (await probes)[index];
        return await Task.WhenAll(all.Select(storage =>
        {
            var index = mounted.IndexOf(_context.Root.On(ResolvePath(storage.LocalPath)));
            return InspectAsync(storage.LocalPath, storage, limit, cancel, index < 0 ? null : ProbeAsync(index));
        }));

        // An automount mounts on access, which takes time: each gets a probe of its own.
        bool IsMountedNow(string target) => Mounts.Layers(target) is [.., { IsAutomount: false }];
    }

    /// <param name="storage">The storage that should be mounted; null where neither configuration nor fstab names one.</param>
    /// <param name="limit">For the probe of the file system.</param>
    /// <param name="probe">A probe that has started already; null: the file system is probed here.</param>
    public async Task<MountPointState> InspectAsync(
        string localPath, Storage? storage, TimeSpan limit, CancellationToken cancel, Task<MountResponse>? probe = null)
    {
        var resolved = ResolvePath(localPath);
        var target = _context.Root.On(resolved);
        var driver = storage is null ? null : _context.Driver(storage);
        var layers = Mounts.Layers(target);
        IReadOnlyList<BootMount> boot = [.. Boot.Where(entry => entry.ResolvedPath == resolved)];
        IEnumerable<string> sources =
            [.. layers.Where(layer => !layer.IsAutomount).Select(layer => layer.Source), .. boot.Select(entry => entry.Source)];
        var lookup = driver?.ResolveAsync(sources, limit, cancel) ?? Task.CompletedTask;
        var answer = layers.Count == 0 ? null : await (probe ?? MountProbe.AskAsync(_context.Root, target, limit, cancel));
        await lookup;
        if (layers is [.., { IsAutomount: true }])
        {
            // The probe accessed the path, which triggers the automount.
            layers = MountTree.Read().Layers(target);
        }

        var mounted = layers is [.., { IsAutomount: false } top] ? top : null;
        return new MountPointState(
            localPath,
            resolved,
            target,
            driver,
            IsConfigured(localPath),
            mounted,
            layers.LastOrDefault(layer => layer.IsAutomount),
            answer,
            boot,
            mounted is null ? null : Persisted.FirstOrDefault(item => ResolvePath(item.LocalPath) == resolved && item.IsOriginOf(mounted)));
    }

    /// <summary>Compares the counters of the NFS mounts with those that an earlier `health` kept. Asks no server.</summary>
    /// <param name="keep">Whether to keep these counters for a later comparison.</param>
    public NfsReading ReadNfs(bool keep)
    {
        List<NfsInterval> intervals = [];
        MountStatistics? now = null;
        MountStatistics? before = null;
        IReadOnlyList<MountStatistics> kept = [];
        foreach (var storage in Known)
        {
            var target = _context.Root.On(ResolvePath(storage.LocalPath));
            if (Mounts.At(target)?.Type is not ("nfs" or "nfs4"))
            {
                continue;
            }

            if (now is null)
            {
                now = MountStatistics.Read();
                kept = MountStatistics.ReadKept(_context.Root);
                before = now.Base(kept);
            }

            if (now.Find(target) is { } counters
                && NfsInterval.Compare(storage.LocalPath, before?.Find(target), counters, now.Time - before?.Time ?? 0) is { } interval)
            {
                intervals.Add(interval);
            }
        }

        if (keep && now?.Keep(kept) is { } next && !ReferenceEquals(next, kept))
        {
            MountStatistics.Save(_context.Root, next);
        }

        return new NfsReading(
            intervals, now?.Tcp is { } tcp && before?.Tcp is { } earlier ? new TcpInterval(now.Time - before.Time, earlier, tcp) : null);
    }

    public bool IsConfigured(string localPath) =>
        _context.Config.Storage.Any(storage => ResolvePath(storage.LocalPath) == ResolvePath(localPath));

    /// <summary>Whether the configured storage of this path is mounted there.</summary>
    public bool IsInPlace(string localPath) =>
        _context.Config.Storage.Any(storage => ResolvePath(storage.LocalPath) == ResolvePath(localPath) && IsMounted(storage));

    private bool IsMounted(Storage storage) =>
        Mounts.At(_context.Root.On(ResolvePath(storage.LocalPath))) is { } entry && _context.Driver(storage).IsMounted(entry);

    private bool IsShared(MountEntry entry) =>
        entry.Type is "nfs" or "nfs4" or "lustre" || GooseFsDriver.IsClient(entry)
        || (GooseFsxDriver.MayBeClient(entry) && LocalPath.IsAtOrBelow(entry.MountPoint, _context.Root.On("/goosefsx")));
}
