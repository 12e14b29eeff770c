using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Thpc.NodeAgent.Reporting;

/// <summary>Report to text and back.</summary>
internal static class ReportJson
{
    /// <summary>Letters of every language stay letters, for people look into JSON too.</summary>
    public static readonly JavaScriptEncoder Letters = LettersButTheReplacement();

    private static readonly ReportJsonContext Context = new(new JsonSerializerOptions(ReportJsonContext.Default.Options) { Encoder = Letters });

    public static byte[] Write(Report report) => [.. JsonSerializer.SerializeToUtf8Bytes(report, Context.Report), (byte)'\n'];

    /// <returns>Null where the text is no report, or one with holes.</returns>
    public static Report? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            // A list that is absent is null, whatever its initialiser says.
            var report = JsonSerializer.Deserialize(text, Context.Report);
            report = report is null ? null : report with { Warnings = report.Warnings ?? [], Stages = report.Stages ?? [] };
            return report is not null && IsWhole(report) ? report : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JavaScriptEncoder LettersButTheReplacement()
    {
        var settings = new TextEncoderSettings(UnicodeRanges.All);

        // What is no character is written as an escape of this one: so it is read and written again as the same.
        settings.ForbidCharacter('\uFFFD');
        return JavaScriptEncoder.Create(settings);
    }

    // The serializer lets nulls into lists, and numbers pass for outcomes.
    private static bool IsWhole(Report report) =>
        Enum.IsDefined(report.Outcome)
        && IsWhole(report.Error)
        && report.Warnings.All(warning => warning is not null)
        && report.Stages.All(stage => stage is not null && Enum.IsDefined(stage.Outcome) && IsWhole(stage.Error)
            && stage.Steps.All(step => step is not null && Enum.IsDefined(step.Outcome) && IsWhole(step.Error) && step.Notes.All(note => note is not null)));

    private static bool IsWhole(ErrorReport? error) => error?.Autopsy is not { } diagnostics
        || (diagnostics.Findings.Concat(diagnostics.LastLines).All(line => line is not null)
            && diagnostics.Processes.All(process => process is not null && process.NetworkFiles.All(file => file is not null)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
