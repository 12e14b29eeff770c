using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Reads the rpm database of an unpacked image with this machine's rpm: nothing of the image is executed and nothing is written in it. rpm
/// gets a copy in memory, which is gone with it, and neither privileges nor network, for what it reads is a stranger's.
/// </summary>
internal static class ForeignRpm
{
    // /usr/lib/sysimage/rpm: SUSE since 15, Fedora since 36; /var/lib/rpm: all others.
    private static readonly string[] Folders = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"];

    // Of rpm's backends: sqlite, ndb, bdb (rpm's lib/backend).
    private static readonly string[] Databases = ["rpmdb.sqlite", "Packages.db", "Packages"];

    private const string Nobody = "65534";

    // The tree may itself lie below /tmp, so it is entered before /tmp is covered. rpm writes into the directory of its database even to read it.
    private const string Script = $$"""
        cd -P -- "$1" && mount -t tmpfs -o size=2g,mode=0700,uid={{Nobody}} rpm /tmp || exit 126
        shift
        while [ "$1" != rpm ]; do cp -- "./$1" /tmp/ || exit 126; shift; done
        chown -R {{Nobody}}:{{Nobody}} /tmp && cd / || exit 126
        shift
        HOME=/ exec setpriv --reuid={{Nobody}} --regid={{Nobody}} --clear-groups --no-new-privs --inh-caps=-all rpm --dbpath /tmp "$@"
        """;

    /// <param name="query">A command that begins with rpm.</param>
    /// <exception cref="AgentException">PACKAGES_FAILED: the image has no such database, or this machine cannot read it.</exception>
    public static IReadOnlyList<string> Command(NodeRoot root, IReadOnlyList<string> query)
    {
        using var tree = new RootedFileTree(root);
        foreach (var folder in Folders)
        {
            List<string> files = [];
            foreach (var entry in tree.List(TreePath.FromText(root.Resolve(folder))))
            {
                // A FIFO would be waited for, a link leads out, and another name could be an option of rpm.
                if (entry.Status is { Kind: FileKind.Regular } && TreePath.Name(entry.Path) is var name && IsOfDatabase(name))
                {
                    files.Add(name);
                }
            }

            if (Databases.Any(files.Contains))
            {
                return ProgramFinder.Find(new NodeRoot("/"), "rpm") is null
                    ? throw Unknown("this machine has no rpm to read its database with, and the image's own programs are not run")
                    : NativeMethods.EffectiveUserId() != 0 ? throw Unknown("only root can read its database apart from this machine")
                    : ["unshare", "--mount", "--net", "--ipc", "--", "sh", "-c", Script, "sh", root.Locate(folder), .. files, .. query];
            }
        }

        throw Unknown($"there is no database of rpm in {string.Join(" or ", Folders)}");
    }

    /// <summary>rpmdb.sqlite-wal; Packages.db, Index.db; Packages, Providename and so on.</summary>
    private static bool IsOfDatabase(string name) =>
        name is "rpmdb.sqlite" or "rpmdb.sqlite-wal" or "rpmdb.sqlite-shm"
        || (char.IsAsciiLetterUpper(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '.'));

    /// <returns>PACKAGES_FAILED.</returns>
    public static AgentException Unknown(string why) => new(
        ErrorCode.PackagesFailed,
        $"which packages the image has cannot be said: {why}",
        new("Install an rpm on this machine that can read the image's database, or prepare the image on a running node.", "请在本机安装能读取该镜像数据库的 rpm，或在运行中的节点上制作镜像。"));
}
