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
    private static readonly Option<string?> AtPath = new("--local-path") { Description = "mount point", HelpName = "DIR" };
    private static readonly Option<string?> Remote = new("--remote-path")
    {
        Description = "mount target, such as 172.30.3.90:/; for GooseFS the directory in it",
        HelpName = "TARGET",
    };
    private static readonly Option<string?> Protocol = new("--protocol")
    {
        Description = "protocol of CFS",
        HelpName = "\"NFS 3.0\"|\"NFS 4.0\"|TURBO",
    };
    private static readonly Option<string?> StorageType = new("--storage-type")
    {
        Description = "storage type of CFS, for information only",
        HelpName = "SD|HP|TB|TP",
    };
    private static readonly Option<string?> MountOption = new("--mount-option")
    {
        Description = "mount options of CFS, in place of the defaults of the protocol",
        HelpName = "OPTIONS",
    };
    private static readonly Option<string?> FileSystemId = new("--file-system-id")
    {
        Description = "file system ID, for information only",
        HelpName = "ID",
    };
    private static readonly Option<string[]> Masters = new("--masters")
    {
        Description = "master address of GooseFS or GooseFSx; can be repeated",
        HelpName = "HOST:PORT",
    };
    private static readonly Option<string?> From = new("--from")
    {
        Description = "file in the format of the API: one option, a StorageOption, or a DescribeClusterStorageOption answer; "
            + "- is standard input",
        HelpName = "FILE",
    };

    // --json FILE is what --from was called; the command has no arguments, so a word after --json can be nothing else.
    private static readonly Option<string?> Json = new("--json")
    {
        Description = "print the report, or the plan, as JSON; with FILE: same as --from FILE",
        HelpName = "[FILE]",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<bool> Persist = new("--persist")
    {
        Description = "also write the storage to the configuration, so that the next bootstrap keeps it",
    };
    private static readonly Option<bool> MountOverOpt = new("--mount-over-opt", "--force")
    {
        Description = "mount over /opt even if programs run from it",
    };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "print the plan, change nothing" };

    public static Command Create()
    {
        var command = new Command("add", AgentCommand.Describe(
            "Mount storage now and at every boot.",
            "Takes the storage from options or from --from. Without either, takes what is configured and not mounted. "
                + "Storage with --masters is GooseFS, or GooseFSx if it is below /goosefsx/; other storage is CFS. Storage "
                + "that is already mounted stays as it is. If anything conflicts, nothing is changed.",
            "thpc-node-agent storage add --local-path /data --remote-path 172.30.3.90:/ --protocol \"NFS 4.0\" --persist"))
        {
            AtPath, Remote, Protocol, StorageType, MountOption, FileSystemId, Masters, From, Persist, MountOverOpt, DryRun, Json,
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
        var file = parse.GetValue(From) ?? parse.GetValue(Json);
        var json = parse.GetResult(Json) is not null && parse.GetValue(Json) is null;
        if (flags is not null && file is not null)
        {
            throw new AgentException(
                ErrorCode.ConfigInvalid, Messages.FileAndOptions, Hints.FileOrFlags);
        }

        if (parse.GetValue(From) is not null && parse.GetValue(Json) is not null)
        {
            throw new AgentException(ErrorCode.ConfigInvalid, Messages.TwoFiles, Hints.OneFile);
        }

        var dryRun = parse.GetValue(DryRun);
        if (!dryRun)
        {
            GlobalOptions.RequireRoot("storage add");
        }

        using var runLock = dryRun ? null : RunLock.Acquire(globals.Root, "storage add", TimeProvider.System.GetUtcNow());
        List<string> warnings = [];
        var given = flags ?? (file is null ? null : Parse(file, warnings));
        var loaded = globals.LoadConfig(new ConfigOverrides { Storage = given });
        var context = DriverContext.Create(loaded.Config, globals.Root);
        var stage = new MountStage(context, given is null ? loaded.Config.Storage : loaded.Added)
        {
            MountOverOpt = parse.GetValue(MountOverOpt),
        };
        var plan = given is not null && loaded.Added.Count == 0
            ? StagePlan.Nothing("the input contains no storage that can be mounted")
            : await stage.PlanAsync(cancel);
        plan = plan with { Warnings = [.. loaded.Warnings, .. warnings, .. plan.Warnings] };
        if (!dryRun && plan.Steps.Select(step => step.Refusal).OfType<Error>().ToList() is { Count: > 0 } refusals)
        {
            throw new AgentException(
                refusals[0].Code, LocalizedText.Join("\n", [.. refusals.Select(refusal => refusal.Text)]), refusals[0].Hint);
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
            ? await DryRunOutput.PrintAsync([planned], [], json, cancel)
            : await SingleStageRun.RunAsync(globals, planned, loaded.Config.Cluster, json ? RunOutput.PrintJson : RunOutput.Print, cancel);
    }

    private static ConfigNode Parse(string file, List<string> warnings)
    {
        List<ConfigDiagnostic> diagnostics = [];
        return StorageOptionJson.Parse(ConfigFileReader.ReadInput(file), file, diagnostics, warnings)
            ?? throw new AgentException(ErrorCode.ConfigInvalid, ConfigDiagnostic.Join(diagnostics), Hints.StorageJson);
    }
}
