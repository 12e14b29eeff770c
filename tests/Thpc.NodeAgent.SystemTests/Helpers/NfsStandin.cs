using System.Net;
using System.Net.Sockets;

namespace Thpc.NodeAgent.SystemTests.Helpers;

/// <summary>NFS without the kernel's client: a stand-in for mount.nfs mounts a tmpfs, which the agent sees as nfs4.</summary>
internal static class NfsStandin
{
    /// <summary>What mount.nfs does: its first two arguments are source and directory.</summary>
    public const string Mount = "mount -i -n -t tmpfs -o size=64k \"$1\" \"$2\"\n";

    /// <returns>A server that accepts connections, until it is disposed.</returns>
    public static TcpListener Serve()
    {
        var server = new TcpListener(IPAddress.Parse("127.0.98.4"), 0);
        server.Start();
        return server;
    }

    /// <returns>The configuration of a mount of this server.</returns>
    public static string Storage(TcpListener server, string localPath) =>
        $"[[cfs]]\nlocal_path = \"{localPath}\"\nremote_path = \"127.0.98.4:/\"\nprotocol = \"NFS 4.0\"\n"
            + $"mount_option = \"vers=4.0,port={((IPEndPoint)server.LocalEndpoint).Port}\"\n";

    /// <summary>Runs a script as <see cref="MountNamespace.RunAsync"/> does, with the stand-in.</summary>
    public static Task<string> RunAsync(TemporaryNode node, string script, string helper = Mount)
    {
        Needs.Program("clang");
        Needs.Program("mount.nfs");
        node.Write("/mount.nfs", "#!/bin/sh\nexec 2>/dev/null\n" + helper);
        return MountNamespace.RunAsync(node, $"""
            clang -O1 -shared -fPIC -o "$node/mounts.so" '{Repository.Root}/tests/kill/mounts.c'
            chmod 755 "$node/mount.nfs"; mount --bind "$node/mount.nfs" "$(command -v mount.nfs)"
            export LD_PRELOAD=$node/mounts.so

            """ + script);
    }
}
