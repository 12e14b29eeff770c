using System.CommandLine;

namespace Thpc.NodeAgent.Cli;

/// <summary>`storage`: the cluster's storage on this live node.</summary>
internal static class StorageCommand
{
    public static Command Create() => new("storage", "List, add, remove or verify storage of this live node.")
    {
        StorageListCommand.Create(),
        StorageAddCommand.Create(),
        StorageRemoveCommand.Create(),
        StorageVerifyCommand.Create(),
    };
}
