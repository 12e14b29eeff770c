using System.CommandLine;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Mount;
using Thpc.NodeAgent.Stages.Mount.Fstab;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`guard`: removes mounts that this agent wrote on another machine. Runs early in boot, before remote mounts.</summary>
internal static class GuardCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "print the removed mount points as JSON" };

    public static Command Create()
    {
        var command = new Command("guard", AgentCommand.Describe(
            "Remove fstab entries and units of another machine.",
            "Removes only what this agent wrote on another machine that this one is a clone of. Runs early in boot, "
                + "before remote mounts. Needs no network and no configuration.",
            "thpc-node-agent guard"))
        {
            Json,
        };
        command.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse).Root, parse.GetValue(Json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(NodeRoot root, bool json, CancellationToken cancel)
    {
        GlobalOptions.RequireRoot("guard");
        var machine = MachineFingerprint.Read(root);
        List<PersistedMount> foreign = machine is null ? []
            : [.. PersistedMount.Read(root, FstabWriter.Read(root)).Where(item => item.IsForeign(null, machine))];
        if (foreign.Count > 0)
        {
            using var runLock = RunLock.Acquire(root, "guard", TimeProvider.System.GetUtcNow());
            var writer = new FstabWriter(root);
            var done = await CloneGuard.RemoveAsync(foreign, root, writer, _ => false, cancel);
            StateFiles.AddGuardNote(root, done);
            Action<string> print = json ? TerminalOutput.WriteErrorLine : TerminalOutput.WriteLine;
            print(done);
            await writer.ReloadAsync(print, cancel);
        }

        if (json)
        {
            JsonOutput.Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteTexts("removed", foreign.Select(item => item.LocalPath));
                writer.WriteEndObject();
            });
        }

        return ExitCode.Done;
    }
}
