using System.CommandLine;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Mount;

namespace Thpc.NodeAgent.Cli;

/// <summary>`storage verify`.</summary>
internal static class StorageVerifyCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };
    private static readonly Option<bool> Repair = new("--repair")
    {
        Description = "repair storage that is not in use: mount, remount, write fstab",
    };

    public static Command Create()
    {
        var command = new Command("verify", AgentCommand.Describe(
            "Check that storage is mounted, responds and is in fstab.",
            "Checks source, type, response and write access, and compares configuration, mount table and fstab. "
                + "Prints a line for each problem; then exit code 5.",
            "thpc-node-agent storage verify --repair"))
        {
            Repair, Json,
        };
        command.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse), parse.GetValue(Repair), parse.GetValue(Json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(GlobalOptions globals, bool repair, bool json, CancellationToken cancel)
    {
        var loaded = globals.LoadConfig();
        var findings = await Verification.RunAsync(DriverContext.Create(loaded.Config, globals.Root), Verification.Limit, cancel);
        if (repair && findings.Count > 0)
        {
            GlobalOptions.RequireRoot("storage verify --repair");
            using var runLock = RunLock.Acquire(globals.Root, "storage verify --repair", TimeProvider.System.GetUtcNow());
            var context = DriverContext.Create(loaded.Config, globals.Root);
            await SingleStageRun.RunAsync(
                globals,
                new MountStage(context, new StorageState(context).Known) { Repair = true },
                loaded.Config.Cluster,
                RunOutput.PrintError,
                cancel);
            findings = await Verification.RunAsync(context, Verification.Limit, cancel);
        }

        if (json)
        {
            ProblemOutput.WriteJson(findings.Select(finding => ((string?)finding.LocalPath, (Error?)finding.Problem)));
        }
        else
        {
            foreach (var (path, problem) in findings)
            {
                TerminalOutput.WriteLine(ProblemOutput.Line(path, problem, globals.Language));
                TerminalOutput.WriteLine($"  → {problem.Hint.In(globals.Language)}");
            }

            if (findings.Count == 0)
            {
                TerminalOutput.WriteLine("ok: the storage is as it should be");
            }
        }

        return findings.Count == 0 ? ExitCode.Done : ExitCode.CheckFoundProblems;
    }
}
