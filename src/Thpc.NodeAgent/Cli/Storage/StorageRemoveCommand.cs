using System.CommandLine;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Cli;

/// <summary>`storage remove`.</summary>
internal static class StorageRemoveCommand
{
    private static readonly Argument<string> Path = new("LOCAL_PATH") { Description = "mount point" };
    private static readonly Option<bool> Lazy = new("--lazy")
    {
        Description = "detach even if busy or the server is down (umount -l); processes keep open files; unwritten data may be lost",
    };
    private static readonly Option<bool> Persist = new("--persist")
    {
        Description = "also remove it from the configuration; otherwise the next bootstrap mounts it again",
    };
    private static readonly Option<bool> Json = new("--json") { Description = "print the report, or the plan, as JSON" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "print the plan, change nothing" };

    public static Command Create()
    {
        var command = new Command("remove", AgentCommand.Describe(
            "Unmount storage and remove it from fstab or its unit.",
            "Refuses if the storage is in use and names the processes. Removes the directory if it is empty.",
            "thpc-node-agent storage remove /data --persist"))
        {
            Path, Lazy, Persist, DryRun, Json,
        };
        command.OnRun((parse, cancel) =>
            RunAsync(
                GlobalOptions.From(parse), LocalPath.Normalize(parse.GetValue(Path)!), parse.GetValue(Lazy), parse.GetValue(Persist),
                parse.GetValue(DryRun), parse.GetValue(Json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(
        GlobalOptions globals, string localPath, bool lazy, bool persist, bool dryRun, bool json, CancellationToken cancel)
    {
        if (!dryRun)
        {
            GlobalOptions.RequireRoot("storage remove");
        }

        var loaded = globals.LoadConfig();
        if (LocalPath.Validate(localPath) is { } problem)
        {
            throw new AgentException(ErrorCode.StorageNotFound, "ResourceNotFound.LocalPath: " + problem);
        }

        var stage = new RemoveStage(DriverContext.Create(loaded.Config, globals.Root), localPath, lazy);
        using var runLock = dryRun ? null : RunLock.Acquire(globals.Root, "storage remove", TimeProvider.System.GetUtcNow());
        var plan = await stage.PlanAsync(cancel);
        var configured = loaded.Config.Storage.Any(storage => storage.LocalPath == localPath);
        List<string> warnings = [.. plan.Warnings];
        if (configured && persist)
        {
            var edit = ConfigEdit.Prepare(globals, text => StorageToml.Remove(text, globals.ConfigName, localPath));
            plan = plan with { Steps = [.. plan.Steps, edit.Step($"remove {localPath} from {edit.File}", plan.Steps)] };
        }
        else if (configured)
        {
            warnings.Add($"the configuration still contains {localPath}, so the next bootstrap mounts it again; --persist removes it");
        }

        var planned = new PlannedStage(stage.Name, plan with { Warnings = warnings });
        return dryRun
            ? await DryRunOutput.PrintAsync([planned], [], json, cancel)
            : await SingleStageRun.RunAsync(globals, planned, loaded.Config.Cluster, json ? RunOutput.PrintJson : RunOutput.Print, cancel);
    }
}
