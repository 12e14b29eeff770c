using System.Text;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Slurm's configuration and keys: where they are, and what they say of other files.</summary>
internal static class SlurmFiles
{
    // --sysconfdir of Debian, EPEL and OpenHPC (/etc/slurm*), of builds from source (PREFIX/etc), and of sites' own prefixes.
    public const string Directories = "/etc/slurm* /opt/slurm*/etc /opt/slurm*/*/etc /usr/local/slurm*/etc /usr/local/etc/slurm*";

    /// <summary>And where a build from source has it without a directory of its own.</summary>
    public const string AllDirectories = Directories + " /usr/local/etc";

    private const string Option = "--conf-server";
    private static readonly string[] Endings = [".conf", ".key", ".yaml", ".pem", ".jwks"];

    // What editors, package managers and people put behind the name of a copy.
    private static readonly string[] CopyEndings =
    [
        ".bak", ".old", ".orig", ".save", ".saved", ".backup", ".copy", ".rpmsave", ".rpmnew", ".rpmorig",
        ".dpkg-old", ".dpkg-dist", ".dpkg-bak", ".dpkg-new",
    ];

    // Of what Slurm reads in a directory that others use too.
    private static readonly string[] Beginnings = ["slurm", "jwt_hs256.key", "cgroup.conf", "gres.conf", "topology."];

    /// <summary>Whether a file in a directory of Slurm's alone is configuration or a key, or a copy of one; examples are not.</summary>
    public static bool IsConfiguration(string name)
    {
        foreach (var ending in Endings)
        {
            if (name.LastIndexOf(ending, StringComparison.Ordinal) is > 0 and var at && IsCopyEnding(name[(at + ending.Length)..]))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same in a directory that others use too: what slurm.conf(5) and its companions are called.</summary>
    public static bool IsOwnConfiguration(string name) =>
        Array.Exists(Beginnings, beginning => name.StartsWith(beginning, StringComparison.Ordinal)) && IsConfiguration(name);

    /// <summary>Whether what follows a file's name makes it that file or a copy of it: nothing, ~, .bak, .rpmsave, .20260301, -1.</summary>
    public static bool IsCopyEnding(string rest)
    {
        if (rest is "" or "~" or ".swp")
        {
            return true;
        }

        foreach (var ending in CopyEndings)
        {
            if (rest.StartsWith(ending, StringComparison.Ordinal)
                && (rest.Length == ending.Length || !char.IsAsciiLetter(rest[ending.Length])))
            {
                return true;
            }
        }

        return rest.Length > 1 && rest[0] is '.' or '-' or '_' && char.IsAsciiDigit(rest[1]);
    }

    /// <summary>A line without the server that slurmd or sackd has its configuration from (slurmd(8)); its other options stay.</summary>
    public static string WithoutServer(string line)
    {
        if (line.TrimStart().StartsWith('#'))
        {
            return line;
        }

        for (int at; (at = line.IndexOf(Option, StringComparison.Ordinal)) >= 0;)
        {
            var end = at + Option.Length;
            while (end < line.Length && line[end] is ' ' or '\t' or '=')
            {
                end++;
            }

            while (end < line.Length && !char.IsWhiteSpace(line[end]) && line[end] is not ('"' or '\''))
            {
                end++;
            }

            // One of the blanks around it goes too.
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

    /// <summary>The path that slurm.conf gives a key, which is of any case; null where it is none, or not a plain one.</summary>
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

        return Plain(found);
    }

    /// <summary>The paths that stand behind a name and = anywhere in a text, such as jwt_key= in AuthAltParameters.</summary>
    public static List<string> PathsBehind(string text, string name)
    {
        List<string> paths = [];
        foreach (var line in text.Split('\n'))
        {
            if (!line.TrimStart().StartsWith('#') && line.IndexOf(name + "=", StringComparison.OrdinalIgnoreCase) is >= 0 and var at)
            {
                var value = line[(at + name.Length + 1)..];
                if (Plain(value.Split(',', ' ', '\t', '"', '\'', ';', '\r')[0]) is { } path)
                {
                    paths.Add(path);
                }
            }
        }

        return paths;
    }

    /// <summary>The texts of every slurm.conf that the image has.</summary>
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

    /// <summary>%h and %n stand for names of nodes; blanks and stars have a meaning in patterns.</summary>
    private static string? Plain(string? path) =>
        path is ['/', not '/', ..] && path.IndexOfAny(['%', '*', ' ']) < 0
        && LocalPath.ValidateForm(OctalEscape.FromBytes(path.TrimEnd('/'))) is null ? path.TrimEnd('/') : null;
}
