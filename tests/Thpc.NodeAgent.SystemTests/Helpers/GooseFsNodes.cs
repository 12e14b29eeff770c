using System.Net;
using System.Net.Sockets;

namespace Thpc.NodeAgent.SystemTests.Helpers;

/// <summary>Adds a stand-in for the GooseFS client to nodes.</summary>
internal static class GooseFsNodes
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Installs the client in a directory, with files that the masters serve.</summary>
    public static TemporaryNode AddGooseFs(this TemporaryNode node, string home = "/usr/local/goosefs")
    {
        Needs.Program("bindfs");
        node.Write($"{home}/conf/goosefs-site.properties", "# mine\n");
        node.Write($"{home}/backing/file", "from the masters\n");
        node.Write($"{home}/backing/sub/deep", "from a directory\n");
        File.SetUnixFileMode(
            node.Write(
                $"{home}/integration/fuse/bin/goosefs-fuse",
                File.ReadAllText(Path.Combine(Repository.Root, "tests/goosefs-standin/goosefs-fuse"))), Executable);
        return node;
    }

    /// <returns>A listener that accepts connections until it is disposed.</returns>
    public static TcpListener Listen(string address, int port)
    {
        var listener = new TcpListener(IPAddress.Parse(address), port);
        Assert.True(SpinWait.SpinUntil(IsStarted, TimeSpan.FromSeconds(30)), $"{address}:{port} is in use");
        return listener;

        // A process that another test has just started has the listeners of this one, also those closed since, until it calls exec.
        bool IsStarted()
        {
            try
            {
                listener.Start();
                return true;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                return false;
            }
        }
    }
}
