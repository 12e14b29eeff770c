using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>
/// Which lines of fstab an image should not have. They are read more loosely than by those who mount: a line that one of them may
/// take for a file system of the cluster counts. Text is a byte a character.
/// </summary>
internal static class FstabLines
{
    private const string Tag = "x-thpc.cluster=";

    // Of the image itself, on whatever disk it is; everything else may be on a disk that the next machine does not have.
    private static readonly string[] System = ["/boot", "/efi", "/usr", "/var", "/tmp"];
    private static readonly string[] Devices = ["/dev/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID="];
    private static readonly string[] Discs = ["iso9660", "udf", "udf,iso9660", "swap"];

    /// <returns>What a line of shared storage mounts, or of the agent's own; null for every other line.</returns>
    public static string? Shared(string line)
    {
        if (Fields(line) is not [var source, var target, var type, ..] fields)
        {
            return null;
        }

        return IsShared(source, target, type) || fields.ElementAtOrDefault(3)?.Split(',').Any(option => option.StartsWith(Tag, StringComparison.Ordinal)) == true
            ? $"{Show(type)} {Show(source)} on {Show(target)}" : null;
    }

    /// <summary>Whether it is of a kind that a cluster's storage has. mount(8) takes `auto` with HOST:/PATH for NFS.</summary>
    public static bool IsShared(string source, string target, string type) =>
        type is "nfs" or "nfs4" or "lustre" || type.StartsWith("fuse.goosefs", StringComparison.Ordinal)
        || (type == "auto" && source.Contains(":/", StringComparison.Ordinal))
        || target == "/goosefsx" || target.StartsWith("/goosefsx/", StringComparison.Ordinal);

    /// <returns>What a line of a local disk mounts that is none of the system's; null for every other line.</returns>
    public static string? DataDisk(string line) =>
        Fields(line) is [var source, var target, var type, ..] && Shared(line) is null
        && Array.Exists(Devices, device => source.StartsWith(device, StringComparison.Ordinal))
        && !Discs.Contains(type) && target.StartsWith('/') && target.Trim('/').Length > 0
        && !Array.Exists(System, system => target.TrimEnd('/') == system || target.StartsWith(system + "/", StringComparison.Ordinal))
            ? $"disk {Show(source)} on {Show(target)}" : null;

    private static string[] Fields(string line)
    {
        var fields = line.TrimEnd('\r', '\n').Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > 0 && fields[0].StartsWith('#') ? [] : [.. fields.Select(OctalEscape.Decode)];
    }

    private static string Show(string field) => TreePath.Show(field);
}
