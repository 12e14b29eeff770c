using System.CommandLine;

namespace Thpc.NodeAgent.Cli;

internal static class PackagesCommand
{
    public static Command Create() => new("packages", "todo");
}
