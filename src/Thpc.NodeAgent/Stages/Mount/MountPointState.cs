using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>State of one mount point in the configuration, the mount table, fstab, units and the file system itself.</summary>
/// <param name="LocalPath">As configured.</param>
/// <param name="ResolvedPath">The same path with links followed, as seen from the node's root.</param>
/// <param name="Target">The resolved path as this process sees it.</param>
/// <param name="Driver">The storage that should be mounted; null where no configuration, fstab line or unit of the agent names any.</param>
/// <param name="IsConfigured">Whether the configuration names this path.</param>
/// <param name="Mounted">The topmost mount; null where nothing, or only an automount, is mounted.</param>
/// <param name="Automount">The automount on this path; null where there is none.</param>
/// <param name="Answer">The file system's response to a probe; null where nothing is mounted.</param>
/// <param name="Boot">The entries that mount this path at boot; systemd uses the first.</param>
/// <param name="Origin">The fstab line or unit of the agent that made this mount; null where there is none.</param>
internal sealed record MountPointState(
    string LocalPath,
    string ResolvedPath,
    string Target,
    StorageDriver? Driver,
    bool IsConfigured,
    MountEntry? Mounted,
    MountEntry? Automount,
    MountResponse? Answer,
    IReadOnlyList<BootMount> Boot,
    PersistedMount? Origin)
{
    /// <summary>Whether the storage that should be mounted is mounted.</summary>
    public bool IsExpected => Driver is not null && Mounted is not null && Driver.IsMounted(Mounted);

    /// <summary>Whether the agent may unmount it: it is the expected storage, or the agent's fstab line or unit mounted it.</summary>
    public bool IsOwn => IsExpected || Origin is not null;

    public bool IsUnexpectedlyReadOnly => IsExpected && Mounted!.IsReadOnly && !Driver!.IsReadOnly;

    /// <summary>Whether only an automount is there, with nothing mounted on it now.</summary>
    public bool IsIdleAutomount => Mounted is null && Automount is not null;

    /// <summary>
    /// The state in one word, the same in every language: mounted, missing, other (something else is mounted), read-only, stale, dead,
    /// silent (no answer in time), failed, or foreign (only a boot entry of another cluster or machine).
    /// </summary>
    public string Word => Mounted is null && Driver is null ? "foreign"
        : Mounted is null ? "missing"
        : Driver is not null && !IsExpected ? "other"
        : Answer?.Code is { } code
            ? code == ErrorCode.MountStale ? "stale"
                : code == ErrorCode.MountDead ? "dead"
                : code == ErrorCode.MountTimeout ? "silent"
                : "failed"
        : IsUnexpectedlyReadOnly ? "read-only"
        : "mounted";

    /// <summary>Why jobs cannot use this mount point; null where they can, or where no storage is expected.</summary>
    public Error? Problem
    {
        get
        {
            if (Driver is null)
            {
                return null;
            }

            if (Mounted is null)
            {
                return Missing(Driver);
            }

            return !IsExpected ? new Error(ErrorCode.MountConflict, Driver.Conflict(Mounted))
                : Answer is { Code: { } code }
                    ? new Error(code, $"{LocalPath} ({Mounted.Source}): " + Answer.Problem) { Cause = Answer.Problem }
                : IsUnexpectedlyReadOnly
                    ? new Error(ErrorCode.MountReadOnly, Messages.ReadOnly(LocalPath, Mounted.Source))
                : null;
        }
    }

    /// <summary>Why the next boot will not mount this storage as configured; null where it will.</summary>
    public Error? BootProblem =>
        Driver is null ? null
        : Driver.Validate(Boot) ?? Driver.BootDifference(Boot)
        ?? (!IsExpected || Driver.IsPersisted(Boot) ? null : new Error(
            ErrorCode.FstabMissing, Messages.NotAtNextBoot(LocalPath, Driver.Description)));

    private Error Missing(StorageDriver driver) => Automount switch
    {
        { } automount when Answer is { Code: { } code } => new Error(
            code, Messages.AutomountFailed(LocalPath, Answer.Problem, automount.Source)),
        { } automount => new Error(
            ErrorCode.MountMissing, Messages.NothingByAutomount(LocalPath, automount.Source)),
        null when IsConfigured => new Error(ErrorCode.MountMissing, Messages.NothingAt(LocalPath))
        {
            Cause = Messages.NothingMounted,
        },
        null => new Error(
            ErrorCode.MountMissing,
            Messages.NothingButPersisted(LocalPath, driver.Description),
            Hints.MountOrRemove),
    };
}
