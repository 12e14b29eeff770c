using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>One mount point, as configuration, mount table, fstab and the file system itself have it.</summary>
/// <param name="Target">Its path for this process.</param>
/// <param name="Driver">What should be there; null where neither configuration nor a line or unit of the agent's names it.</param>
/// <param name="Configured">Whether the configuration names it.</param>
/// <param name="Mounted">What somebody who opens it gets to see; null where nothing is mounted.</param>
/// <param name="Answer">What that says; null where nothing is mounted.</param>
internal sealed record Place(string LocalPath, string Target, StorageDriver? Driver, bool Configured, MountEntry? Mounted, MountAnswer? Answer, Fstab Fstab)
{
    public bool IsRight => Driver is not null && Mounted is not null && Driver.IsMounted(Mounted);

    public bool IsReadOnlyByMistake => IsRight && Mounted!.IsReadOnly && !Driver!.IsReadOnly;

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
                return new AgentException(
                    ErrorCode.MountMissing,
                    Configured ? $"nothing is mounted at {LocalPath}" : $"nothing is mounted at {LocalPath}, for which fstab or a unit has {Driver.Description}",
                    Configured ? null : new("`thpc-node-agent storage verify --repair` mounts it, `thpc-node-agent storage remove` forgets it.", "`thpc-node-agent storage verify --repair` 可挂载，`thpc-node-agent storage remove` 可移除。"));
            }

            return !IsRight ? new AgentException(ErrorCode.MountConflict, Driver.Conflict(Mounted))
                : Answer is { Code: { } code } ? new AgentException(code, $"{LocalPath} ({Mounted.Source}): {Answer.Words}")
                : IsReadOnlyByMistake ? new AgentException(ErrorCode.MountReadOnly, $"{LocalPath} ({Mounted.Source}) is mounted read-only")
                : null;
        }
    }

    /// <summary>Why the next boot will not bring it back as it should be; null where it will.</summary>
    public AgentException? BootProblem =>
        Driver?.Objection(Fstab) is { } objection ? objection
        : IsRight && !Driver!.IsRemembered(Fstab) ? new AgentException(ErrorCode.FstabMissing, $"{LocalPath} is mounted, and the next boot will not bring it back so: no line of fstab or unit has {Driver.Description}")
        : null;
}
