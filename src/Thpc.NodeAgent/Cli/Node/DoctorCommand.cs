using System.CommandLine;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Doctor;
using Thpc.NodeAgent.Doctor.Checks;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.Cli;

/// <summary>`doctor`: why does this node not come up?</summary>
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
        var found = await ExamineAsync(globals, CheckRunner.Limit, cancel);
        if (json)
        {
            JsonOutput.Write(writer => Write(writer, found));
        }
        else
        {
            foreach (var diagnosis in found)
            {
                Console.WriteLine($"{Word(diagnosis.Verdict),-4}  {diagnosis.Check,-13}  {(diagnosis.Code is { } code ? $"{code} " : "")}{diagnosis.Measured.ReplaceLineEndings($"\n{"",21}")}");
                if (diagnosis.Remedy is { } remedy)
                {
                    Console.WriteLine($"{"",21}→ {remedy.In(globals.Language)}");
                }
            }
        }

        return found.Any(diagnosis => diagnosis.Verdict == Verdict.Fail) ? ExitCode.CheckFoundProblems : ExitCode.Done;
    }

    /// <summary>The same as JSON text, for a bundle.</summary>
    public static async Task<string?> JsonAsync(GlobalOptions globals, TimeSpan limit, CancellationToken cancel)
    {
        var found = await ExamineAsync(globals, limit, cancel);
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true, Encoder = ReportJson.Letters }))
        {
            Write(writer, found);
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    private static async Task<IReadOnlyList<CheckResult>> ExamineAsync(GlobalOptions globals, TimeSpan limit, CancellationToken cancel)
    {
        try
        {
            var loaded = globals.LoadConfig();
            using var context = new DoctorContext(globals.Root, loaded.Config, globals.ConfigName, loaded.Warnings, GlobalOptions.Environment);
            return await CheckRunner.RunAsync(AllChecks.Create(context), limit, cancel);
        }
        catch (AgentException e)
        {
            // Without a configuration there is no server to ask; what is of the node alone can be looked at all the same.
            return [CheckResult.FromException("configuration", e), .. await CheckRunner.RunAsync([NodeChecks.LastRun(globals.Root), NodeChecks.Space(globals.Root), NodeChecks.Units(globals.Root)], limit, cancel)];
        }
    }

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Ok => "ok",
        Verdict.Warn => "warn",
        _ => "fail",
    };

    private static void Write(Utf8JsonWriter writer, IReadOnlyList<CheckResult> found)
    {
        writer.WriteStartArray();
        foreach (var diagnosis in found)
        {
            writer.WriteStartObject();
            writer.WriteString("check", diagnosis.Check);
            writer.WriteString("verdict", Word(diagnosis.Verdict));
            writer.WriteString("measured", diagnosis.Measured);
            writer.WriteString("remedy", diagnosis.Remedy?.English);
            writer.WriteString("remedy_zh", diagnosis.Remedy?.Chinese);
            writer.WriteString("code", diagnosis.Code?.Name);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
