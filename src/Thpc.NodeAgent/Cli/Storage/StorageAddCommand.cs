using System.CommandLine;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Stages;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Cli;

/// <summary>`storage add`.</summary>
internal static class StorageAddCommand
{
    private static readonly Option<string?> AtPath = new("--local-path") { Description = "where it is mounted", HelpName = "DIR" };
    private static readonly Option<string?> Remote = new("--remote-path") { Description = "the mount target, such as 172.30.3.90:/; of GooseFS the directory in it", HelpName = "TARGET" };
    private static readonly Option<string?> Protocol = new("--protocol") { Description = "of CFS", HelpName = "\"NFS 3.0\"|\"NFS 4.0\"|TURBO" };
    private static readonly Option<string?> StorageType = new("--storage-type") { Description = "of CFS, for the record", HelpName = "SD|HP|TB|TP" };
    private static readonly Option<string?> MountOption = new("--mount-option") { Description = "of CFS, in place of the protocol's own", HelpName = "OPTIONS" };
    private static readonly Option<string?> FileSystemId = new("--file-system-id") { Description = "for the record", HelpName = "ID" };
    private static readonly Option<string[]> Masters = new("--masters") { Description = "of GooseFS and GooseFSx; may be given more than once", HelpName = "HOST:PORT" };
    private static readonly Option<string?> Json = new("--json") { Description = "what the API says: one option, a StorageOption, or a whole DescribeClusterStorageOption answer; - is standard input", HelpName = "FILE" };
    private static readonly Option<bool> Persist = new("--persist") { Description = "write it into the configuration too, so that the next bootstrap agrees" };
    private static readonly Option<bool> Force = new("--force") { Description = "mount over /opt although programs run from it" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "print what would be done, change nothing" };

    public static Command Create()
    {
        var command = new Command("add", AgentCommand.WithExample(
            "Mount storage on this live node and have it come back at boot. By flags, by --json, or without either what the configuration has and the node has not. With --masters it is GooseFS (below /goosefsx/: GooseFSx), else CFS. What is there is left; where anything conflicts, nothing is touched.",
            "thpc-node-agent storage add --local-path /data --remote-path 172.30.3.90:/ --protocol \"NFS 4.0\" --persist"))
        {
            AtPath, Remote, Protocol, StorageType, MountOption, FileSystemId, Masters, Json, Persist, Force, DryRun,
        };
        command.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse), parse, cancel));
        return command;
    }

    private static async Task<int> RunAsync(GlobalOptions globals, ParseResult parse, CancellationToken cancel)
    {
        var flags = new StorageFlags
        {
            LocalPath = parse.GetValue(AtPath),
            RemotePath = parse.GetValue(Remote),
            Protocol = parse.GetValue(Protocol),
            StorageType = parse.GetValue(StorageType),
            MountOption = parse.GetValue(MountOption),
            FileSystemId = parse.GetValue(FileSystemId),
            Masters = parse.GetValue(Masters) ?? [],
        }.ToNode();
        var json = parse.GetValue(Json);
        if (flags is not null && json is not null)
        {
            throw new AgentException(
                ErrorCode.ConfigInvalid, "storage add: --json and options of one storage are both given", Hints.JsonOrFlags);
        }

        var dryRun = parse.GetValue(DryRun);
        if (!dryRun)
        {
            GlobalOptions.RequireRoot("storage add");
        }

        using var runLock = dryRun ? null : RunLock.Acquire(globals.Root, "storage add", TimeProvider.System.GetUtcNow());
        List<string> warnings = [];
        var given = flags ?? (json is null ? null : Parse(json, warnings));
        var loaded = globals.LoadConfig(new ConfigOverrides { Storage = given });
        var context = DriverContext.Create(loaded.Config, globals.Root);
        var stage = new MountStage(context, given is null ? loaded.Config.Storage : loaded.Added) { Force = parse.GetValue(Force) };
        var plan = given is not null && loaded.Added.Count == 0
            ? StagePlan.Nothing("the input contains no storage that can be mounted")
            : await stage.PlanAsync(cancel);
        plan = plan with { Warnings = [.. loaded.Warnings, .. warnings, .. plan.Warnings] };
        if (!dryRun && plan.Steps.Select(step => step.Refusal).OfType<AgentException>().ToList() is { Count: > 0 } refusals)
        {
            throw new AgentException(refusals[0].Code, string.Join('\n', refusals.Select(refusal => refusal.Message)), refusals[0].Hint);
        }

        if (given is not null && parse.GetValue(Persist) && loaded.New.Count > 0)
        {
            var newPaths = loaded.New.Select(storage => storage.LocalPath).ToHashSet(StringComparer.Ordinal);
            var edit = ConfigEdit.Prepare(globals, text => StorageToml.Append(text, globals.ConfigName, given, newPaths.Contains));
            var step = edit.Step($"add {string.Join(", ", newPaths)} to {edit.File}", plan.Steps);
            plan = plan with { Steps = [.. plan.Steps, step] };
        }

        var planned = new PlannedStage(stage.Name, plan);
        return dryRun
            ? await DryRunOutput.PrintAsync([planned], [], cancel)
            : await SingleStageRun.RunAsync(globals, planned, loaded.Config.Cluster, Console.Out, cancel);
    }

    private static ConfigNode Parse(string file, List<string> warnings)
    {
        List<ConfigDiagnostic> diagnostics = [];
        return StorageOptionJson.Parse(ConfigFileReader.ReadInput(file), file, diagnostics, warnings)
            ?? throw new AgentException(ErrorCode.ConfigInvalid, string.Join('\n', diagnostics), Hints.StorageJson);
    }
}
