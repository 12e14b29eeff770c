using System.Text;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>The locations of Slurm's configuration and keys, and the paths that the configuration names.</summary>
internal static class SlurmFiles
{
    // --sysconfdir of Debian, EPEL and OpenHPC (/etc/slurm*), of builds from source (PREFIX/etc), and of sites' own prefixes.
    public const string Directories = "/etc/slurm* /opt/slurm*/etc /opt/slurm*/*/etc /usr/local/slurm*/etc /usr/local/etc/slurm*";

    /// <summary>Includes the shared directory that a build from source uses by default.</summary>
    public const string AllDirectories = Directories + " /usr/local/etc";

    private const string ServerOption = "--conf-server";
    private static readonly string[] Extensions = [".conf", ".key", ".yaml", ".pem", ".jwks"];

    // Suffixes that editors, package managers and people give to copies.
    private static readonly string[] CopySuffixes =
    [
        ".bak", ".old", ".orig", ".save", ".saved", ".backup", ".copy", ".rpmsave", ".rpmnew", ".rpmorig",
        ".dpkg-old", ".dpkg-dist", ".dpkg-bak", ".dpkg-new",
    ];

    // Prefixes of Slurm's files in a shared directory.
    private static readonly string[] Prefixes = ["slurm", "jwt_hs256.key", "cgroup.conf", "gres.conf", "topology."];

    /// <summary>Whether a file in a directory of Slurm is a configuration, a key, or a copy of one. Examples do not count.</summary>
    public static bool IsConfiguration(string name)
    {
        foreach (var ending in Extensions)
        {
            if (name.LastIndexOf(ending, StringComparison.Ordinal) is > 0 and var at && IsCopySuffix(name[(at + ending.Length)..]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same for a shared directory: only names that slurm.conf(5) and related pages use.</summary>
    public static bool IsOwnConfiguration(string name) =>
        Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)) && IsConfiguration(name);

    /// <summary>Whether the suffix of a file name marks the file itself or a copy: empty, ~, .bak, .rpmsave, .20260301, -1.</summary>
    public static bool IsCopySuffix(string rest)
    {
        if (rest is "" or "~" or ".swp")
        {
            return true;
        }

        foreach (var ending in CopySuffixes)
        {
            if (rest.StartsWith(ending, StringComparison.Ordinal)
                && (rest.Length == ending.Length || !char.IsAsciiLetter(rest[ending.Length])))
            {
                return true;
            }
        }

        return rest.Length > 1 && rest[0] is '.' or '-' or '_' && char.IsAsciiDigit(rest[1]);
    }

    /// <summary>The line without the option --conf-server of slurmd(8) and sackd(8); other options stay.</summary>
    public static string WithoutServer(string line)
    {
        if (line.TrimStart().StartsWith('#'))
        {
            return line;
        }

        for (int at; (at = line.IndexOf(ServerOption, StringComparison.Ordinal)) >= 0;)
        {
            var end = at + ServerOption.Length;
            while (end < line.Length && line[end] is ' ' or '\t' or '=')
            {
                end++;
            }

            while (end < line.Length && !char.IsWhiteSpace(line[end]) && line[end] is not ('"' or '\''))
            {
                end++;
            }

            // Remove one adjacent blank too.
            if (end < line.Length && line[end] is ' ' or '\t')
            {
                end++;
            }
            else if (at > 0 && line[at - 1] is ' ' or '\t')
            {
                at--;
            }

            line = line[..at] + line[end..];
        }

        return line;
    }

    /// <summary>The path that slurm.conf sets for a key (case-insensitive); null if absent or not a plain path.</summary>
    public static string? PathOf(string text, string key)
    {
        string? found = null;
        foreach (var line in text.Split('\n'))
        {
            var content = line.Split('#')[0].Trim();
            if (content.StartsWith(key, StringComparison.OrdinalIgnoreCase) && content[key.Length..].TrimStart() is ['=', .. var value])
            {
                found = value.Trim().Trim('"');
            }
        }

        return PlainPath(found);
    }

    /// <summary>The paths after NAME= anywhere in a text, such as jwt_key= in AuthAltParameters.</summary>
    public static List<string> FindPaths(string text, string name)
    {
        List<string> paths = [];
        foreach (var line in text.Split('\n'))
        {
            if (!line.TrimStart().StartsWith('#') && line.IndexOf(name + "=", StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
            {
                var value = line[(at + name.Length + 1)..];
                if (PlainPath(value.Split(',', ' ', '\t', '"', '\'', ';', '\r')[0]) is { } path)
                {
                    paths.Add(path);
                }
            }
        }

        return paths;
    }

    /// <summary>The text of every slurm.conf in the image.</summary>
    public static List<string> Configurations(ImageNode node)
    {
        List<string> texts = [];
        foreach (var directory in AllDirectories.Split(' '))
        {
            foreach (var entry in TraceFinder.Match(node, directory + "/slurm.conf", note: null))
            {
                if (node.Tree.Read(entry.Path) is { } bytes)
                {
                    texts.Add(Encoding.Latin1.GetString(bytes));
                }
            }
        }

        return texts;
    }

    /// <summary>
    /// The path without trailing slash; null if it contains %h or %n (node names) or characters with a meaning in patterns.
    /// </summary>
    private static string? PlainPath(string? path) =>
        path is ['/', not '/', ..] && path.IndexOfAny(['%', '*', ' ']) < 0
        && LocalPath.ValidateForm(OctalEscape.FromBytes(path.TrimEnd('/'))) is null ? path.TrimEnd('/') : null;
}
