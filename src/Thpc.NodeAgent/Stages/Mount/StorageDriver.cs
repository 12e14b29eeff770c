using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// One kind of storage: how to recognise, mount, unmount and persist it. Order, retries, verification and conflicts are the same for
/// every kind and are handled by the callers.
/// </summary>
internal abstract class StorageDriver(Storage storage)
{
    private static readonly TimeSpan UnmountLimit = TimeSpan.FromSeconds(15);

    public Storage Storage => storage;

    public string LocalPath => storage.LocalPath;

    /// <summary>The step's summary: "mount 172.30.3.90:/ on /data".</summary>
    public string Summary => $"mount {storage.Source} on {storage.LocalPath}";

    /// <summary>Kind and source: "nfs4 172.30.3.90:/".</summary>
    public abstract string Description { get; }

    /// <summary>The commands that mount it, for a dry run.</summary>
    public abstract IReadOnlyList<string> Commands { get; }

    /// <summary>The fstab line or unit that mounts it at the next boot, for a dry run; null where the agent writes none.</summary>
    public virtual string? PersistedAs => null;

    /// <summary>Whether the configuration asks for a read-only mount.</summary>
    public virtual bool IsReadOnly => false;

    /// <summary>Whether the agent creates the mount point's directory. The GooseFSx client creates its own.</summary>
    public virtual bool CreatesDirectory => true;

    /// <summary>Whether this mount is the configured storage.</summary>
    public abstract bool IsMounted(MountEntry entry);

    /// <summary>Whether the agent mounts it, and may unmount it if it does not answer. The GooseFSx client mounts by itself.</summary>
    public virtual bool IsMountedByAgent => true;

    /// <summary>Looks up host names, where these sources may be the same storage under another name.</summary>
    public virtual Task ResolveAsync(IEnumerable<string> sources, TimeSpan limit, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Whether the next boot mounts it as configured.</summary>
    /// <param name="boot">The entries that mount this path at boot; systemd uses the first.</param>
    public virtual bool IsPersisted(IReadOnlyList<BootMount> boot) => true;

    /// <summary>The conflict with an entry of fstab or a unit that forbids the mount; null where there is none.</summary>
    public virtual Error? Validate(IReadOnlyList<BootMount> boot) => null;

    /// <summary>How the next boot would mount the right source differently; null where it would not.</summary>
    public virtual Error? BootDifference(IReadOnlyList<BootMount> boot) => null;

    /// <summary>Checks that the client software is installed, before anything is changed.</summary>
    /// <exception cref="AgentException">MOUNT_HELPER_MISSING.</exception>
    public virtual Task RequireClientAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Removes entries of an earlier configuration that would conflict with the mount.</summary>
    public virtual Task PrepareAsync(Action<string> note, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Finds out before the mount what the mount will ask; changes nothing. A failure is found again by the mount.</summary>
    public virtual Task WarmUpAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Makes one attempt. The caller checks the mount table afterwards.</summary>
    /// <returns>Why the attempt failed; null where it seems to have succeeded.</returns>
    public abstract Task<MountFault?> TryMountAsync(string target, Deadline deadline, Action<string> note, CancellationToken cancel);

    /// <summary>After the last failed attempt, removes everything that would keep retrying.</summary>
    public virtual Task CleanUpAfterFailureAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Makes the next boot mount it.</summary>
    public virtual Task PersistAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Stops the client, where there is one, and unmounts. The caller has checked that the mount is not in use.</summary>
    public virtual Task<ProgramResult> StopAndUnmountAsync(string target, CancellationToken cancel) => UnmountAsync(target, cancel);

    /// <summary>Runs umount(8) with a limit of 15 s: it may hang where the server is down.</summary>
    public static Task<ProgramResult> UnmountAsync(string target, CancellationToken cancel) =>
        ProgramRunner.RunAsync(["umount", "--", target], UnmountLimit, cancel);

    public LocalizedText Conflict(MountEntry present) =>
        Messages.Conflict(LocalPath, $"{present.Type} {present.Source}", Description);

    /// <summary>The message of a failed mount: the summary and the cause.</summary>
    public LocalizedText NotMounted(LocalizedText cause) => Messages.NotMounted(storage.Source, LocalPath, cause);
}
