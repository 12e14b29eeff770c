using System.CommandLine;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Packages;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`packages check` and `packages install`.</summary>
internal static class PackagesCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };
    private static readonly Option<bool> ResultJson = new("--json") { Description = "print the report, or the plan, as JSON" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "print the plan, change nothing" };

    public static Command Create()
    {
        var check = new Command("check", AgentCommand.Describe(
            "List required packages and those that are missing.",
            "Checks what role, scheduler and storage need, for this node and for nodes made from its image. Ignores "
                + "the marker /root/thpc_preinstalled.json. Exit code 5 if something is missing.",
            "thpc-node-agent packages check --json")) { Json };
        check.OnRun((parse, cancel) => CheckAsync(GlobalOptions.From(parse), parse.GetValue(Json), cancel));
        var install = new Command("install", AgentCommand.Describe(
            "Install missing packages, even if the marker exists.",
            "The marker is /root/thpc_preinstalled.json; bootstrap installs nothing if it exists.",
            "thpc-node-agent packages install --dry-run")) { DryRun, ResultJson };
        install.OnRun((parse, cancel) =>
            InstallAsync(GlobalOptions.From(parse), parse.GetValue(DryRun), parse.GetValue(ResultJson), cancel));
        return new Command("packages", "Check or install the packages that this node needs.") { check, install };
    }

    private static async Task<int> CheckAsync(GlobalOptions globals, bool json, CancellationToken cancel)
    {
        var loaded = globals.LoadConfig();
        var check = await new PackagesStage(loaded.Config, globals.Root).CheckAsync(cancel);
        if (json)
        {
            JsonOutput.Write(writer => Write(writer, check));
        }
        else
        {
            var text = new StringBuilder();
            var width = check.Items.Select(item => item.Need.Purpose.Length).DefaultIfEmpty().Max() + 2;
            foreach (var item in check.Items)
            {
                var state = item.Installed is { } installed ? $"{installed.Name} {installed.Version}" : "missing";
                text.Append(item.Installed is null ? "✗ " : "✓ ")
                    .Append(item.Need.Name.PadRight(24)).Append(item.Need.Purpose.PadRight(width)).AppendLine(state);
            }

            check.Warnings.ToList().ForEach(warning => text.Append("warning: ").AppendLine(warning));
            if (check.Interrupted.Count > 0)
            {
                text.Append("✗ ").AppendLine(PackageCheck.DescribeInterrupted(check.Interrupted));
            }

            check.Obstacles.ToList().ForEach(obstacle => text.Append("✗ ").AppendLine(obstacle));
            var needed = $"{check.Items.Count} packages that a {loaded.Config.Cluster.RoleName} node needs";
            text.AppendLine(check.Missing.Count == 0
                ? $"{check.System} has all {needed}."
                : $"{check.System} lacks {check.Missing.Count} of {needed}: run `thpc-node-agent packages install`.");
            TerminalOutput.Write(text.ToString());
        }

        return check.Problems.Count == 0 ? ExitCode.Done : ExitCode.CheckFoundProblems;
    }

    private static async Task<int> InstallAsync(GlobalOptions globals, bool dryRun, bool json, CancellationToken cancel)
    {
        var loaded = globals.LoadConfig();
        var stage = new PackagesStage(loaded.Config, globals.Root) { IgnoreMarker = true };
        if (dryRun)
        {
            return await DryRunOutput.PrintAsync([stage], loaded.Warnings, json, cancel);
        }

        GlobalOptions.RequireRoot("packages install");
        using var runLock = RunLock.Acquire(globals.Root, "packages install", TimeProvider.System.GetUtcNow());
        return await SingleStageRun.RunAsync(globals, stage, loaded.Config.Cluster, json ? RunOutput.PrintJson : RunOutput.Print, cancel);
    }

    private static void Write(Utf8JsonWriter writer, PackageCheck check)
    {
        writer.WriteStartObject();
        writer.WriteString("system", check.System);
        writer.WriteString("manager", check.Family.Program());
        writer.WriteObjects("packages", check.Items, item =>
        {
            writer.WriteString("name", item.Need.Name);
            writer.WriteString("purpose", item.Need.Purpose);
            writer.WriteString("installed", item.Installed?.Name);
            writer.WriteString("version", item.Installed?.Version);
        });
        writer.WriteTexts("problems", check.Problems);
        writer.WriteEndObject();
    }
}
