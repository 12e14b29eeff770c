using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Keys and traces of people.</summary>
internal static class LoginOperations
{
    private static readonly string[] Histories =
    [
        ".bash_history", ".zsh_history", ".zhistory", ".sh_history", ".ash_history", ".history", ".tcsh_history", ".local/share/fish/fish_history",
        ".python_history", ".irb_history", ".node_repl_history", ".php_history", ".Rhistory", ".gdb_history", ".lesshst", ".viminfo", ".vim/.netrwhist",
        ".mysql_history", ".mariadb_history", ".psql_history", ".sqlite_history", ".rediscli_history", ".mongo_history", ".wget-hsts",
    ];

    public static Operation Root { get; } = new("ssh", true, "every file under /root/.ssh", find => find.RemoveContent("/root/.ssh", "ssh key or host of root"));

    public static Operation Users { get; } = new("users-ssh", false, "every file under .ssh of every user", find =>
    {
        foreach (var home in find.Homes())
        {
            find.RemoveContent(TreePath.Join(home, ".ssh"), "ssh key or host of a user");
        }
    });

    private const string ServerKeysDo = "the ssh server's own keys; says where nothing makes new ones at the next boot";

    public static Operation ServerKeys { get; } = new("ssh-host-keys", false, ServerKeysDo, SshHostKeys.Find);

    public static Operation History { get; } = new("history", false, "what root and users typed into shells and other tools; a shell that is open writes its own again when it ends", find =>
    {
        foreach (var path in find.Homes().Prepend("/root").SelectMany(home => Histories.Select(name => TreePath.Join(home, name))))
        {
            // A history that leads to /dev/null keeps nothing.
            if (find.Node.Tree.Inspect(path) is { Status.Kind: FileKind.Regular } file)
            {
                find.Remove(file, "history");
            }
        }
    });
}
