using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Parses entries of auto.master(5) and of autofs(5) maps in Sun format. Text is Latin-1: one char per byte.</summary>
internal static class AutofsMaps
{
    private const string FsType = "fstype=";

    /// <returns>The key and location of the entry's first network mount; null if all its locations are local.</returns>
    /// <param name="fields">The fields of the entry.</param>
    /// <param name="type">The fstype that the master map sets for all entries of this map; null if it sets none.</param>
    public static string? FindNetworkMount(IReadOnlyList<string> fields, string? type)
    {
        foreach (var field in fields.Skip(1))
        {
            if (field.StartsWith('-'))
            {
                type = TypeOf(field) ?? type;
            }
            else if (!field.StartsWith('/') && type != "autofs" && IsNetwork(field, type))
            {
                return $"{fields[0]} {field}";
            }
        }

        return null;
    }

    /// <summary>The value of fstype= in an option list; null if absent.</summary>
    public static string? TypeOf(string options) =>
        Array.Find(options.TrimStart('-').Split(','), option => option.StartsWith(FsType, StringComparison.Ordinal))?[FsType.Length..];

    /// <returns>
    /// File: the path of a file map. Other: the map's name if it is not a file (such as NIS). Both are null for built-in maps (-hosts,
    /// -null).
    /// </returns>
    public static (string? File, string? Other) Locate(string map)
    {
        if (map.StartsWith('-'))
        {
            return (null, null);
        }

        var colon = map.IndexOf(':', StringComparison.Ordinal);
        var (type, name) = colon > 0 ? (map[..colon].Split(',')[0], map[(colon + 1)..]) : ("file", map);
        var file = name.StartsWith('/') ? name : $"/etc/{name}";
        return type == "file" && LocalPath.ValidateForm(OctalEscape.FromBytes(file)) is null ? (file, null) : (null, map);
    }

    private static bool IsNetwork(string location, string? type)
    {
        var colon = location.IndexOf(':', StringComparison.Ordinal);
        return type is not null && NetworkTypes.IsNetworkType(type) ? colon >= 0
            : colon > 0 || location.StartsWith("://", StringComparison.Ordinal)
            || (colon == 0 && type == "fuse" && location.IndexOf('#', StringComparison.Ordinal) is > 1 and var end
                && NetworkTypes.IsNetworkType(location[1..end]));
    }
}
