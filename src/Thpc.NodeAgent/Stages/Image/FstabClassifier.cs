using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Which lines of fstab an image should not have, and what they are.</summary>
internal static class FstabClassifier
{
    /// <returns>What a line of the cluster's storage mounts, or of the agent's own; null for every other line.</returns>
    public static string? Shared(BootMountEntry line) =>
        IsTagged(line) || (IsClusterStorage(line) && !line.IsCloudInits) ? line.Words : null;

    /// <returns>What any other line mounts from a network; null for every other line.</returns>
    public static string? Network(BootMountEntry line) =>
        NetworkTypes.IsNetwork(line) && Shared(line) is null && !line.IsCloudInits ? line.Words : null;

    /// <returns>What a mount unit mounts from a network, the cluster's storage or other; null for every other unit.</returns>
    public static string? Unit(BootMountEntry unit) => NetworkTypes.IsNetwork(unit) || IsClusterStorage(unit) ? unit.Words : null;

    /// <returns>What a line of cloud-init's mounts from a network; null for every other line.</returns>
    public static string? CloudInits(BootMountEntry line) =>
        line.IsCloudInits && !IsTagged(line) && (IsClusterStorage(line) || NetworkTypes.IsNetwork(line)) ? line.Words : null;

    /// <returns>What a line of a data disk mounts, and what a node does without that disk; null for every other line.</returns>
    public static string? DataDisk(BootMountEntry line, DiskOwners owners)
    {
        if (Shared(line) is not null || !owners.IsDataDisk(line))
        {
            return null;
        }

        var disk = line.Target.StartsWith('/') ? line.Describe("disk") : line.Words;
        return line.HasOption("noauto") && !line.HasOption("x-systemd.automount") ? $"{disk}: not mounted at boot (noauto)"
            : line.HasOption("nofail") ? $"{disk}: a node without that disk boots without it (nofail)"
            : line.HasOption("x-systemd.automount") ? $"{disk}: on a node without that disk, whoever enters it waits and fails"
            : line.Type == "swap" ? $"{disk}: a node without that disk waits 90 s for it at boot"
            : $"{disk}: a node without that disk does not boot";
    }

    /// <summary>Of a kind that a cluster's storage has. mount(8) takes `auto` with HOST:/PATH for NFS.</summary>
    private static bool IsClusterStorage(BootMountEntry line) =>
        !line.IsBind
        && (line.Type is "nfs" or "nfs4" or "lustre" || line.Type.StartsWith("fuse.goosefs", StringComparison.Ordinal)
            || (line.Type == "auto" && line.Source.Contains(":/", StringComparison.Ordinal))
            || line.Target == "/goosefsx" || line.Target.StartsWith("/goosefsx/", StringComparison.Ordinal));

    private static bool IsTagged(BootMountEntry line) =>
        Array.Exists(line.Options.Split(','), option => option.StartsWith(NodePaths.ClusterTag, StringComparison.Ordinal));
}
