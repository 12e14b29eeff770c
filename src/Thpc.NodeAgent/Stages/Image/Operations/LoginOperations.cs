using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Removes keys and histories of users.</summary>
internal static class LoginOperations
{
    private static readonly string[] Histories =
    [
        ".bash_history", ".zsh_history", ".zhistory", ".sh_history", ".ash_history", ".history", ".tcsh_history",
        ".local/share/fish/fish_history",
        ".python_history", ".irb_history", ".node_repl_history", ".php_history", ".Rhistory", ".gdb_history", ".lesshst", ".viminfo",
        ".vim/.netrwhist",
        ".mysql_history", ".mariadb_history", ".psql_history", ".sqlite_history", ".rediscli_history", ".mongo_history", ".wget-hsts",
    ];

    public static Operation Root { get; } = new("ssh", true, "every file under /root/.ssh", scanner =>
        scanner.RemoveContent("/root/.ssh", "ssh key or host of root"));

    public static Operation Users { get; } = new("users-ssh", false, "every file under .ssh of every user", scanner =>
    {
        foreach (var home in scanner.Homes())
        {
            scanner.RemoveContent(TreePath.Join(home, ".ssh"), "ssh key or host of a user");
        }
    });

    private const string ServerKeysDo = "the ssh server's host keys; warns if nothing creates new ones at the next boot";

    public static Operation ServerKeys { get; } = new("ssh-host-keys", false, ServerKeysDo, SshHostKeys.Find);

    private const string HistoryDoes =
        "histories of shells and other tools of root and users; an open shell writes its own again when it exits";

    public static Operation History { get; } = new("history", false, HistoryDoes, scanner =>
    {
        foreach (var path in scanner.Homes().Prepend("/root").SelectMany(home => Histories.Select(name => TreePath.Join(home, name))))
        {
            // Links stay: a history linked to /dev/null is empty.
            if (scanner.Node.Tree.Inspect(path) is { Status.Kind: FileKind.Regular } file)
            {
                scanner.Remove(file, "history");
            }
        }
    });
}
