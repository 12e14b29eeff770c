using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// One kind of storage: how it is recognised, mounted, taken down, and brought back at the next boot. All else (order, retries,
/// proof, conflicts) is the same for every kind and written once, around this.
/// </summary>
internal abstract class StorageDriver(Storage storage)
{
    private static readonly TimeSpan UnmountLimit = TimeSpan.FromSeconds(15);

    public Storage Storage => storage;

    public string LocalPath => storage.LocalPath;

    /// <summary>For lines of the log: "mount 172.30.3.90:/ on /data".</summary>
    public string Summary => $"mount {storage.Source} on {storage.LocalPath}";

    /// <summary>Kind and source: "nfs4 172.30.3.90:/".</summary>
    public abstract string Description { get; }

    /// <summary>What would be run, for a dry run.</summary>
    public abstract IReadOnlyList<string> Commands { get; }

    /// <summary>What brings it back at the next boot, for a dry run; null where nothing of the agent's does.</summary>
    public virtual string? PersistedAs => null;

    /// <summary>Whether the configuration asks for a mount that cannot be written.</summary>
    public virtual bool IsReadOnly => false;

    /// <summary>Whether the agent makes the mount point; GooseFSx's client makes its own.</summary>
    public virtual bool MakesDirectory => true;

    /// <summary>Whether this is the mount that is wanted.</summary>
    public abstract bool IsMounted(MountEntry entry);

    /// <summary>Whether the agent mounts it, and may take down what does not answer; GooseFSx's client mounts by itself.</summary>
    public virtual bool IsMountedByAgent => true;

    /// <summary>Asks for the addresses of names, where these sources may be the same by another name.</summary>
    public virtual Task ResolveAsync(IEnumerable<string> sources, TimeSpan limit, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Whether the next boot brings it back as it is wanted now.</summary>
    /// <param name="boot">What a boot mounts at this place, the entry that systemd takes first.</param>
    public virtual bool IsPersisted(IReadOnlyList<BootMount> boot) => true;

    /// <summary>Why it must not be mounted, as far as fstab and units tell; null where nothing speaks against it.</summary>
    public virtual AgentException? Validate(IReadOnlyList<BootMount> boot) => null;

    /// <summary>How the next boot would mount the right source in another way; null where it would not.</summary>
    public virtual AgentException? BootDifference(IReadOnlyList<BootMount> boot) => null;

    /// <summary>Looks for the client, once, before anything is touched.</summary>
    /// <exception cref="AgentException">MOUNT_HELPER_MISSING.</exception>
    public virtual Task RequireClientAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Takes out what an earlier wish for this place left, where that would fight with the mount.</summary>
    public virtual Task PrepareAsync(Action<string> note, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>One attempt. The mount table decides afterwards whether it came to something.</summary>
    /// <returns>Why not; null where all seemed well.</returns>
    public abstract Task<MountFault?> BringUpAsync(string target, Deadline deadline, Action<string> note, CancellationToken cancel);

    /// <summary>After the last attempt: leaves nothing behind that would go on trying.</summary>
    public virtual Task GiveUpAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Has the next boot bring it back.</summary>
    public virtual Task PersistAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Unmounts what nobody uses.</summary>
    public virtual Task<ProgramResult> TakeDownAsync(string target, CancellationToken cancel) => UnmountAsync(target, cancel);

    /// <summary>umount(8), within a limit: on a dead server it may not end.</summary>
    public static Task<ProgramResult> UnmountAsync(string target, CancellationToken cancel) => ProgramRunner.RunAsync(["umount", "--", target], UnmountLimit, cancel);

    public string Conflict(MountEntry present) => $"{LocalPath} has {present.Type} {present.Source} mounted, and {Description} is wanted there";
}
