using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Reads the rpm database of an unpacked image with this machine's rpm. Nothing of the image is executed and nothing is written into it.
/// rpm reads a temporary copy in memory, without privileges and network, because the data is not trusted.
/// </summary>
internal static class ForeignRpm
{
    // /usr/lib/sysimage/rpm: SUSE since 15, Fedora since 36; /var/lib/rpm: all others.
    private static readonly string[] Folders = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"];

    // The main file of each rpm backend: sqlite, ndb, bdb (lib/backend in rpm's source).
    private static readonly string[] Databases = ["rpmdb.sqlite", "Packages.db", "Packages"];

    private const string NobodyId = "65534";

    // Enters the tree first, because a mount on /tmp may hide it. rpm needs a writable database directory even for reading.
    private const string Script = $$"""
        cd -P -- "$1" && mount -t tmpfs -o size=2g,mode=0700,uid={{NobodyId}} rpm /tmp || exit 126
        shift
        while [ "$1" != rpm ]; do cp -- "./$1" /tmp/ || exit 126; shift; done
        chown -R {{NobodyId}}:{{NobodyId}} /tmp && cd / || exit 126
        shift
        HOME=/ exec setpriv --reuid={{NobodyId}} --regid={{NobodyId}} --clear-groups --no-new-privs --inh-caps=-all rpm --dbpath /tmp "$@"
        """;

    /// <param name="query">A command whose first word is rpm.</param>
    /// <exception cref="AgentException">PACKAGES_FAILED: the image has no rpm database, or this machine cannot read it.</exception>
    public static IReadOnlyList<string> Command(NodeRoot root, IReadOnlyList<string> query)
    {
        using var tree = new RootedFileTree(root);
        foreach (var folder in Folders)
        {
            List<string> files = [];
            foreach (var entry in tree.List(TreePath.FromText(root.Resolve(folder))))
            {
                // Only regular files with known names: a FIFO would block, a link may lead out, another name could be an option.
                if (entry.Status is { Kind: FileKind.Regular } && TreePath.Name(entry.Path) is var name && IsDatabaseFile(name))
                {
                    files.Add(name);
                }
            }

            if (Databases.Any(files.Contains))
            {
                return ProgramFinder.Find(new NodeRoot("/"), "rpm") is null
                    ? throw new AgentException(Unreadable(Messages.NoRpmHere))
                    : NativeMethods.EffectiveUserId() != 0
                        ? throw new AgentException(Unreadable(Messages.OnlyRoot))
                    : ["unshare", "--mount", "--net", "--ipc", "--", "sh", "-c", Script, "sh", root.Locate(folder), .. files, .. query];
            }
        }

        throw new AgentException(Unreadable(Messages.NoRpmDatabase(Folders[0], Folders[1])));
    }

    /// <summary>rpmdb.sqlite-wal; Packages.db, Index.db; Packages, Providename and so on.</summary>
    private static bool IsDatabaseFile(string name) =>
        name is "rpmdb.sqlite" or "rpmdb.sqlite-wal" or "rpmdb.sqlite-shm"
        || (char.IsAsciiLetterUpper(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '.'));

    /// <returns>PACKAGES_FAILED.</returns>
    public static Error Unreadable(LocalizedText why) =>
        new(ErrorCode.PackagesFailed, Messages.ImageUnreadable(why), Hints.ImageDatabase);
}
