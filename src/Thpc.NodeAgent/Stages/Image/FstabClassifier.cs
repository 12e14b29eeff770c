using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Classifies fstab lines and mount units that an image should not contain.</summary>
internal static class FstabClassifier
{
    /// <returns>A description of a line that mounts cluster storage or was written by the agent; null for other lines.</returns>
    public static string? Shared(BootMountEntry line) =>
        IsTagged(line) || (IsClusterStorage(line) && !line.IsFromCloudInit) ? line.Description : null;

    /// <returns>A description of any other network mount; null for other lines.</returns>
    public static string? Network(BootMountEntry line) =>
        NetworkTypes.IsNetwork(line) && Shared(line) is null && !line.IsFromCloudInit ? line.Description : null;

    /// <returns>A description of a unit that mounts cluster storage or another network file system; null for other units.</returns>
    public static string? Unit(BootMountEntry unit) => NetworkTypes.IsNetwork(unit) || IsClusterStorage(unit) ? unit.Description : null;

    /// <returns>A description of a network mount that cloud-init wrote; null for other lines.</returns>
    public static string? CloudInitMount(BootMountEntry line) =>
        line.IsFromCloudInit && !IsTagged(line) && (IsClusterStorage(line) || NetworkTypes.IsNetwork(line)) ? line.Description : null;

    /// <returns>A description of a data disk's mount and how a node boots without that disk; null for other lines.</returns>
    public static string? DataDisk(BootMountEntry line, DiskOwners owners)
    {
        if (Shared(line) is not null || !owners.IsDataDisk(line))
        {
            return null;
        }

        var disk = line.Target.StartsWith('/') ? line.Describe("disk") : line.Description;
        return line.HasOption("noauto") && !line.HasOption("x-systemd.automount") ? $"{disk}: not mounted at boot (noauto)"
            : line.HasOption("nofail") ? $"{disk}: a node without that disk boots without it (nofail)"
            : line.HasOption("x-systemd.automount") ? $"{disk}: on a node without that disk, access to the mount point waits and fails"
            : line.Type == "swap" ? $"{disk}: a node without that disk waits 90 s for it at boot"
            : $"{disk}: a node without that disk does not boot";
    }

    /// <summary>Whether the type is one that cluster storage uses. mount(8) treats `auto` with HOST:/PATH as NFS.</summary>
    private static bool IsClusterStorage(BootMountEntry line) =>
        !line.IsBind
        && (line.Type is "nfs" or "nfs4" or "lustre" || line.Type.StartsWith("fuse.goosefs", StringComparison.Ordinal)
            || (line.Type == "auto" && line.Source.Contains(":/", StringComparison.Ordinal))
            || line.Target == "/goosefsx" || line.Target.StartsWith("/goosefsx/", StringComparison.Ordinal));

    private static bool IsTagged(BootMountEntry line) =>
        Array.Exists(line.Options.Split(','), option => option.StartsWith(NodePaths.ClusterTag, StringComparison.Ordinal));
}
