using System.CommandLine;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Cli;

/// <summary>`guard`: removes mounts that this agent wrote on another machine. Runs early in boot, before remote mounts.</summary>
internal static class GuardCommand
{
    public static Command Create()
    {
        var command = new Command("guard", AgentCommand.Describe(
            "Remove fstab entries and units of another machine.",
            "Removes only what this agent wrote on another machine that this one is a clone of. Runs early in boot, "
                + "before remote mounts. Needs no network and no configuration.",
            "thpc-node-agent guard"));
        command.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse).Root, cancel));
        return command;
    }

    private static async Task<int> RunAsync(NodeRoot root, CancellationToken cancel)
    {
        GlobalOptions.RequireRoot("guard");
        if (MachineFingerprint.Read(root) is not { } machine)
        {
            return ExitCode.Done;
        }

        var foreign = PersistedMount.Read(root, FstabWriter.Read(root)).Where(item => item.IsForeign(null, machine)).ToList();
        if (foreign.Count == 0)
        {
            return ExitCode.Done;
        }

        using var runLock = RunLock.Acquire(root, "guard", TimeProvider.System.GetUtcNow());
        var writer = new FstabWriter(root);
        var done = await CloneGuard.RemoveAsync(foreign, root, writer, _ => false, cancel);
        StateFiles.AddGuardNote(root, done);
        TerminalOutput.WriteLine(done);
        await writer.ReloadAsync(TerminalOutput.WriteLine, cancel);
        return ExitCode.Done;
    }
}
