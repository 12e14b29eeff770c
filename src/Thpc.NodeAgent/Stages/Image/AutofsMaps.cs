using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>What auto.master(5) and the maps of autofs(5), in sun's format, say. Text is a byte a character.</summary>
internal static class AutofsMaps
{
    private const string FsType = "fstype=";

    /// <returns>What an entry of a map mounts from a network; null where it is all of this machine.</returns>
    /// <param name="words">The fields of the entry.</param>
    /// <param name="type">What the master map says of all its entries; null where it says nothing.</param>
    public static string? Network(IReadOnlyList<string> words, string? type)
    {
        foreach (var word in words.Skip(1))
        {
            if (word.StartsWith('-'))
            {
                type = TypeOf(word) ?? type;
            }
            else if (!word.StartsWith('/') && type != "autofs" && IsNetwork(word, type))
            {
                return $"{words[0]} {word}";
            }
        }

        return null;
    }

    /// <summary>The type that options name; null where they name none.</summary>
    public static string? TypeOf(string options) =>
        Array.Find(options.TrimStart('-').Split(','), option => option.StartsWith(FsType, StringComparison.Ordinal))?[FsType.Length..];

    /// <returns>The file that a map is in, or what it is where that is no file; both null for a map that is part of autofs (-hosts, -null).</returns>
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
            || (colon == 0 && type == "fuse" && location.IndexOf('#', StringComparison.Ordinal) is > 1 and var end && NetworkTypes.IsNetworkType(location[1..end]));
    }
}
