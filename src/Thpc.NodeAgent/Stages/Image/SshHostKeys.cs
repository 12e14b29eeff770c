using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Finds the ssh server's host keys, and whether the image creates new ones at boot.</summary>
internal static class SshHostKeys
{
    private const StringSplitOptions SplitOptions = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
    private const string Folder = "/etc/ssh";
    private const string Config = "/etc/ssh/sshd_config";
    private static readonly string[] Units = [NodePaths.Units, "/usr/lib/systemd/system", "/lib/systemd/system"];

    // KeyPrograms that create host keys: sshd-keygen (Fedora family), sshd-gen-keys-start (SUSE), ssh-keygen -A (Debian 13, Arch).
    private static readonly string[] KeyPrograms = ["ssh-keygen", "sshd-keygen", "sshd-gen-keys", "dpkg-reconfigure openssh-server"];

    public static void Find(ImageScanner scanner)
    {
        var texts = Configurations(scanner);
        List<string> kept = [.. Paths(texts, "TrustedUserCAKeys").Concat(Paths(texts, "RevokedKeys")).Select(Stem)];
        scanner.RemoveFiles(Folder, "ssh host key", name => IsHostKey(name) && !kept.Contains($"{Folder}/{Stem(name)}"), deep: false);
        foreach (var path in Paths(texts, "HostKey"))
        {
            var isDefault = TreePath.Parent(path) == Folder && IsHostKey(TreePath.Name(path));
            if (!isDefault && scanner.Node.Tree.Inspect(path) is { Status.Kind: FileKind.Regular })
            {
                scanner.Note(
                    $"{TreePath.Display(path)} is an ssh host key that sshd_config names: kept, because nothing creates a new one there");
            }
        }

        if (HasServer(scanner) && FindWarning(scanner) is { } warning)
        {
            scanner.Note(warning);
        }
    }

    /// <summary>
    /// Whether a file name is ssh_host_TYPE_key, or its public key or certificate (ssh-keygen(1), -A). CA keys do not count.
    /// </summary>
    public static bool IsHostKey(string name)
    {
        var stem = Stem(name);
        return stem == "ssh_host_key"
            || (stem.StartsWith("ssh_host_", StringComparison.Ordinal) && stem.EndsWith("_key", StringComparison.Ordinal)
                && stem.Length > "ssh_host__key".Length && !stem.Split('_').Contains("ca"));
    }

    private static string Stem(string name) =>
        name.EndsWith("-cert.pub", StringComparison.Ordinal) ? name[..^9]
        : name.EndsWith(".pub", StringComparison.Ordinal) ? name[..^4] : name;

    private static List<string> Configurations(ImageScanner scanner)
    {
        List<string> texts = [];
        foreach (var entry in (TreeEntry?[])[scanner.Node.Tree.Inspect(Config), .. scanner.Node.Tree.List(Config + ".d")])
        {
            if (entry is not null && scanner.Read(entry.Path) is { } text)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    private static List<string> Paths(List<string> texts, string key)
    {
        List<string> paths = [];
        foreach (var line in texts.SelectMany(text => text.Split('\n')))
        {
            if (line.Trim().Split([' ', '\t', '='], 2, SplitOptions) is [var first, ['/', ..] path]
                && first.Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                paths.Add(path.Trim('"'));
            }
        }

        return paths;
    }

    private static bool HasServer(ImageScanner scanner) =>
        scanner.Node.Tree.Inspect("/usr/sbin/sshd") is not null
        || scanner.Node.Tree.List(Folder).Any(entry => IsHostKey(TreePath.Name(entry.Path)));

    /// <summary>A warning if no program of the image creates host keys at boot; otherwise null.</summary>
    private static string? FindWarning(ImageScanner scanner)
    {
        var tree = scanner.Node.Tree;
        if (tree.Inspect("/usr/bin/cloud-init") is not null && tree.Inspect("/etc/cloud/cloud-init.disabled") is null)
        {
            return null; // its module cc_ssh creates them
        }

        string? firstBootUnit = null;
        foreach (var unit in Units.SelectMany(tree.List).Where(entry => entry.Path.EndsWith(".service", StringComparison.Ordinal)))
        {
            if (scanner.Read(unit.Path) is { } text && RunsKeyProgram(text, "Exec") && !IsMasked(scanner, unit.Path))
            {
                if (!text.Contains("ConditionFirstBoot=yes", StringComparison.Ordinal) || IsFirstBoot(scanner))
                {
                    return null;
                }

                firstBootUnit = unit.Path;
            }
        }

        foreach (var script in (string[])["/etc/rc.local", "/etc/rc.d/rc.local"])
        {
            if (scanner.Read(script) is { } text && RunsKeyProgram(text, ""))
            {
                return null;
            }
        }

        const string Advice = "sshd does not start on nodes without them: install cloud-init, or add a unit that runs `ssh-keygen -A`";
        return firstBootUnit is null
            ? $"nothing in this image creates new ssh host keys, and {Advice}"
            : $"{TreePath.Display(firstBootUnit)} creates ssh host keys only at first boot (ConditionFirstBoot), but nodes of this image"
                + $" have an /etc/machine-id, so none of their boots counts as the first; {Advice}";
    }

    private static bool RunsKeyProgram(string text, string key)
    {
        foreach (var line in text.Split('\n'))
        {
            var content = line.TrimStart();
            if (!content.StartsWith('#') && content.StartsWith(key, StringComparison.Ordinal)
                && Array.Exists(KeyPrograms, program => content.Contains(program, StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>machine-id(5): the first boot is one with the file missing or "uninitialized". An empty file does not count.</summary>
    private static bool IsFirstBoot(ImageScanner scanner) =>
        scanner.Node.Tree.Inspect("/etc/machine-id") is null
        || scanner.Read("/etc/machine-id")?.StartsWith("uninitialized", StringComparison.Ordinal) == true;

    private static bool IsMasked(ImageScanner scanner, string unit)
    {
        var path = $"{Units[0]}/{TreePath.Name(unit)}";
        return scanner.Node.Tree.Inspect(path) is { Status.Kind: FileKind.Link }
            && TraceFinder.TryResolve(scanner.Node, path) == "/dev/null";
    }
}
