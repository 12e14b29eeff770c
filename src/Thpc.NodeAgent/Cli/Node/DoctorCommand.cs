using System.CommandLine;
using System.Text.Json;
using Thpc.NodeAgent.Bootstrap;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Doctor;
using Thpc.NodeAgent.Doctor.Checks;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Reporting;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cli;

/// <summary>`doctor`: runs all checks and prints what to fix.</summary>
internal static class DoctorCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "print as JSON" };

    public static Command Create()
    {
        var command = new Command("doctor", AgentCommand.Describe(
            "Find out why this node does not come up.",
            "Checks everything that a bootstrap needs and changes nothing. Prints a line for each check: ok, warn or "
                + "fail, and what to do. Takes at most five seconds, even if servers are down. Exit code 5 if a check "
                + "failed; a warning is no failure.",
            "thpc-node-agent doctor"))
        {
            Json,
        };
        command.OnRun((parse, cancel) => RunAsync(GlobalOptions.From(parse), parse.GetValue(Json), cancel));
        return command;
    }

    private static async Task<int> RunAsync(GlobalOptions globals, bool json, CancellationToken cancel)
    {
        var (results, cluster) = await CheckAsync(globals, CheckRunner.Limit, cancel);
        if (json)
        {
            JsonOutput.Write(writer => Write(writer, results));
        }
        else
        {
            TerminalOutput.Write(ToText(globals, results, cluster, Terminal.Columns));
        }

        return results.Any(result => result.Verdict == Verdict.Fail) ? ExitCode.CheckFoundProblems : ExitCode.Done;
    }

    /// <summary>For the support bundle.</summary>
    /// <param name="text">Receives the output of `doctor`.</param>
    /// <returns>The output of `doctor --json`.</returns>
    public static async Task<string> JsonAsync(GlobalOptions globals, TimeSpan limit, Action<string> text, CancellationToken cancel)
    {
        var (results, cluster) = await CheckAsync(globals, limit, cancel);
        text(ToText(globals, results, cluster, columns: null));
        return JsonOutput.ToText(writer => Write(writer, results));
    }

    private static string ToText(GlobalOptions globals, IReadOnlyList<CheckResult> results, ClusterSettings? cluster, int? columns)
    {
        var node = NodeLine.Write(
            cluster?.RoleName,
            cluster?.Id,
            MachineIdentity.HostName(globals.Root),
            Readiness.LastReport(globals.Root)?.InstanceId,
            Doctor.Hints.Checked(NodeLine.Time(TimeProvider.System.GetUtcNow(), TimeZoneInfo.Local)),
            globals.Language);
        return DoctorText.Write(results, node, columns, globals.Language);
    }

    /// <returns>The results, and the cluster; null if the configuration is invalid.</returns>
    private static async Task<(IReadOnlyList<CheckResult> Results, ClusterSettings? Cluster)> CheckAsync(
        GlobalOptions globals, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            var loaded = globals.LoadConfig();
            using var context = new DoctorContext(
                globals.Root, loaded.Config, globals.ConfigName, loaded.Warnings, GlobalOptions.Environment);
            return (await CheckRunner.RunAsync(AllChecks.Create(context), limit, cancel), loaded.Config.Cluster);
        }
        catch (AgentException e)
        {
            // Without a valid configuration only the checks that need none are run.
            Check[] checks = [NodeChecks.LastRun(globals.Root), NodeChecks.Space(globals.Root), NodeChecks.Units(globals.Root)];
            return ([CheckResult.FromError("configuration", e.Error), .. await CheckRunner.RunAsync(checks, limit, cancel)], null);
        }
    }

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<CheckResult> results) => writer.WriteObjects(results, result =>
    {
        writer.WriteString("check", result.Check);
        writer.WriteString("verdict", DoctorText.Word(result.Verdict));
        writer.WriteString("message", result.Message);
        writer.WriteString("message_zh", result.Text.Chinese);
        writer.WriteString("fix", result.Fix?.English);
        writer.WriteString("fix_zh", result.Fix?.Chinese);
        writer.WriteString("code", result.Code?.Name);
    });
}
