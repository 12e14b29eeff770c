using System.Net;
using System.Net.Sockets;

namespace Thpc.NodeAgent.Tests.Support;

/// <summary>Nodes with the stand-in for GooseFS's client, and a master that answers.</summary>
internal static class GooseFsNodes
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Unpacks the client at this home, with a file in what the masters have.</summary>
    public static TemporaryNode AddGooseFs(this TemporaryNode node, string home = "/usr/local/goosefs")
    {
        Needs.Program("bindfs");
        node.Write($"{home}/conf/goosefs-site.properties", "# mine\n");
        node.Write($"{home}/backing/file", "from the masters\n");
        node.Write($"{home}/backing/sub/deep", "from a directory\n");
        File.SetUnixFileMode(node.Write($"{home}/integration/fuse/bin/goosefs-fuse", File.ReadAllText(Path.Combine(Agent.Repository, "tests/goosefs-standin/goosefs-fuse"))), Executable);
        return node;
    }

    /// <summary>Takes connections until it is disposed.</summary>
    public static TcpListener Listen(string address, int port)
    {
        var listener = new TcpListener(IPAddress.Parse(address), port);
        listener.Start();
        return listener;
    }
}
