using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>The ssh server's own keys, and what makes them again.</summary>
internal static class SshHostKeys
{
    private const StringSplitOptions Words = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
    private const string Folder = "/etc/ssh";
    private const string Config = "/etc/ssh/sshd_config";
    private static readonly string[] Units = [NodePaths.Units, "/usr/lib/systemd/system", "/lib/systemd/system"];

    // sshd-keygen of Fedora and its kin, sshd-gen-keys-start of SUSE, ssh-keygen -A of Debian 13 and Arch.
    private static readonly string[] Programs = ["ssh-keygen", "sshd-keygen", "sshd-gen-keys", "dpkg-reconfigure openssh-server"];

    public static void Find(ImageScanner find)
    {
        var texts = Configurations(find);
        List<string> spared = [.. Paths(texts, "TrustedUserCAKeys").Concat(Paths(texts, "RevokedKeys")).Select(Stem)];
        find.RemoveFiles(Folder, "ssh host key", name => IsHostKey(name) && !spared.Contains($"{Folder}/{Stem(name)}"), deep: false);
        foreach (var path in Paths(texts, "HostKey"))
        {
            var isDefault = TreePath.Parent(path) == Folder && IsHostKey(TreePath.Name(path));
            if (!isDefault && find.Node.Tree.Inspect(path) is { Status.Kind: FileKind.Regular })
            {
                find.Note($"{TreePath.Display(path)} is an ssh host key too (sshd_config): left, for nothing makes one there again");
            }
        }

        if (HasServer(find) && Missing(find) is { } missing)
        {
            find.Note(missing);
        }
    }

    /// <summary>ssh_host_TYPE_key, its public half and its certificate (ssh-keygen(1), -A); a key of a CA is none.</summary>
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

    private static List<string> Configurations(ImageScanner find)
    {
        List<string> texts = [];
        foreach (var entry in (TreeEntry?[])[find.Node.Tree.Inspect(Config), .. find.Node.Tree.List(Config + ".d")])
        {
            if (entry is not null && find.Read(entry.Path) is { } text)
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
            if (line.Trim().Split([' ', '\t', '='], 2, Words) is [var first, ['/', ..] path]
                && first.Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                paths.Add(path.Trim('"'));
            }
        }

        return paths;
    }

    private static bool HasServer(ImageScanner find) =>
        find.Node.Tree.Inspect("/usr/sbin/sshd") is not null || find.Node.Tree.List(Folder).Any(entry => IsHostKey(TreePath.Name(entry.Path)));

    /// <summary>What to know where no program of the image makes host keys at boot; null where one does.</summary>
    private static string? Missing(ImageScanner find)
    {
        var tree = find.Node.Tree;
        if (tree.Inspect("/usr/bin/cloud-init") is not null && tree.Inspect("/etc/cloud/cloud-init.disabled") is null)
        {
            return null; // its module ssh (cc_ssh)
        }

        string? onlyFirst = null;
        foreach (var unit in Units.SelectMany(tree.List).Where(entry => entry.Path.EndsWith(".service", StringComparison.Ordinal)))
        {
            if (find.Read(unit.Path) is { } text && Runs(text, "Exec") && !IsMasked(find, unit.Path))
            {
                if (!text.Contains("ConditionFirstBoot=yes", StringComparison.Ordinal) || IsFirstBoot(find))
                {
                    return null;
                }

                onlyFirst = unit.Path;
            }
        }

        foreach (var script in (string[])["/etc/rc.local", "/etc/rc.d/rc.local"])
        {
            if (find.Read(script) is { } text && Runs(text, ""))
            {
                return null;
            }
        }

        const string Then = "sshd does not start on nodes without them: install cloud-init, or add a unit that runs `ssh-keygen -A`";
        return onlyFirst is null
            ? $"nothing in this image makes ssh host keys again, and {Then}"
            : $"{TreePath.Display(onlyFirst)} makes ssh host keys at a first boot alone (ConditionFirstBoot), which the boot of a node"
                + $" of this image is not: its /etc/machine-id exists; {Then}";
    }

    private static bool Runs(string text, string key)
    {
        foreach (var line in text.Split('\n'))
        {
            var content = line.TrimStart();
            if (!content.StartsWith('#') && content.StartsWith(key, StringComparison.Ordinal)
                && Array.Exists(Programs, program => content.Contains(program, StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>machine-id(5): where there is no file, or it says so; one that is empty is another thing.</summary>
    private static bool IsFirstBoot(ImageScanner find) =>
        find.Node.Tree.Inspect("/etc/machine-id") is null
        || find.Read("/etc/machine-id")?.StartsWith("uninitialized", StringComparison.Ordinal) == true;

    private static bool IsMasked(ImageScanner find, string unit)
    {
        var path = $"{Units[0]}/{TreePath.Name(unit)}";
        return find.Node.Tree.Inspect(path) is { Status.Kind: FileKind.Link } && TraceFinder.Real(find.Node, path) == "/dev/null";
    }
}
