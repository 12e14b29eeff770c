using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Turns a full disk into NO_SPACE.</summary>
internal static class DiskSpace
{
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static void Guard(string path, Action write)
    {
        try
        {
            write();
        }
        catch (IOException e) when (Error.From(e).Code == ErrorCode.NoSpace)
        {
            throw new AgentException(ErrorCode.NoSpace, Messages.Writing(path, Reason(e)), inner: e);
        }
    }

    // .NET appends the path: "No space left on device : '/var/lib/x'".
    private static string Reason(IOException e) => e.Message.Split(" : '", 2)[0];
}
