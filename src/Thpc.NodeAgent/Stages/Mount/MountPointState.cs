using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>One mount point, as configuration, mount table, fstab, units and the file system itself have it.</summary>
/// <param name="LocalPath">As it is configured; <paramref name="Place"/> is where that leads, links followed.</param>
/// <param name="Target">The place, as this process names it.</param>
/// <param name="Driver">What should be there; null where neither configuration nor a line or unit of the agent's names it.</param>
/// <param name="IsConfigured">Whether the configuration names it.</param>
/// <param name="Mounted">What a process that opens it sees; null where nothing is mounted but an automount.</param>
/// <param name="Automount">What mounts it when somebody enters; null where nothing does.</param>
/// <param name="Answer">What the file system says; null where nothing is mounted.</param>
/// <param name="Boot">What a boot mounts there, the entry that systemd takes first.</param>
/// <param name="Origin">The agent's own line or unit that the mount came of; null where it came of none.</param>
internal sealed record MountPointState(
    string LocalPath,
    string Place,
    string Target,
    StorageDriver? Driver,
    bool IsConfigured,
    MountEntry? Mounted,
    MountEntry? Automount,
    MountResponse? Answer,
    IReadOnlyList<BootMount> Boot,
    PersistedMount? Origin)
{
    public bool IsRight => Driver is not null && Mounted is not null && Driver.IsMounted(Mounted);

    /// <summary>Whether the agent may take it down: it is what is wanted, or came of a line or unit of the agent's.</summary>
    public bool IsOwn => IsRight || Origin is not null;

    public bool IsReadOnlyByMistake => IsRight && Mounted!.IsReadOnly && !Driver!.IsReadOnly;

    /// <summary>Whether an automount is there that mounts nothing now.</summary>
    public bool IsIdleAutomount => Mounted is null && Automount is not null;

    /// <summary>Why jobs cannot work with it, the first reason first; null where they can, or nothing should be there.</summary>
    public AgentException? Problem
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

            return !IsRight ? new AgentException(ErrorCode.MountConflict, Driver.Conflict(Mounted))
                : Answer is { Code: { } code } ? new AgentException(code, $"{LocalPath} ({Mounted.Source}): {Answer.Words}")
                : IsReadOnlyByMistake ? new AgentException(ErrorCode.MountReadOnly, $"{LocalPath} ({Mounted.Source}) is mounted read-only")
                : null;
        }
    }

    /// <summary>Why the next boot will not bring it back as it should be; null where it will.</summary>
    public AgentException? BootProblem =>
        Driver is null ? null
        : Driver.Validate(Boot) ?? Driver.BootDifference(Boot)
        ?? (!IsRight || Driver.IsPersisted(Boot) ? null : new AgentException(
            ErrorCode.FstabMissing,
            $"{LocalPath} is mounted, and the next boot will not bring it back so: no line of fstab or unit has {Driver.Description}"));

    private AgentException Missing(StorageDriver driver) => Automount switch
    {
        { } automount when Answer is { Code: { } code } => new AgentException(
            code, $"{LocalPath}: {Answer.Words}; {automount.Source} is to mount it there when somebody enters"),
        { } automount => new AgentException(
            ErrorCode.MountMissing,
            $"nothing is mounted at {LocalPath}: the automount there ({automount.Source}) mounts nothing when somebody enters"),
        null when IsConfigured => new AgentException(ErrorCode.MountMissing, $"nothing is mounted at {LocalPath}"),
        null => new AgentException(
            ErrorCode.MountMissing,
            $"nothing is mounted at {LocalPath}, for which fstab or a unit has {driver.Description}",
            new("`thpc-node-agent storage verify --repair` mounts it, `thpc-node-agent storage remove` forgets it.", "`thpc-node-agent storage verify --repair` 可挂载，`thpc-node-agent storage remove` 可移除。")),
    };
}
