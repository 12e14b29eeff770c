using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;

namespace Thpc.NodeAgent.Reporting;

/// <summary>Serialises reports to JSON and parses them.</summary>
internal static class ReportJson
{
    /// <summary>An encoder that does not escape letters of any language, because people read the JSON too.</summary>
    public static readonly JavaScriptEncoder Letters = CreateEncoder();

    private static readonly ReportJsonContext Context =
        new(new JsonSerializerOptions(ReportJsonContext.Default.Options) { Encoder = Letters });

    public static byte[] Write(Report report) => [.. JsonSerializer.SerializeToUtf8Bytes(report, Context.Report), (byte)'\n'];

    public static byte[] Write(BootReport boot) => [.. JsonSerializer.SerializeToUtf8Bytes(boot, Context.BootReport), (byte)'\n'];

    /// <returns>Null if the text is not a complete report.</returns>
    public static Report? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            // The serializer sets an absent list to null, despite its initialiser.
            var report = JsonSerializer.Deserialize(text, Context.Report);
            report = report is null ? null : report with { Warnings = report.Warnings ?? [], Stages = report.Stages ?? [] };
            return report is not null && IsComplete(report) ? report : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JavaScriptEncoder CreateEncoder()
    {
        var settings = new TextEncoderSettings(UnicodeRanges.All);

        // Half a surrogate pair is written as the escape of U+FFFD. Escaping U+FFFD too makes a report the same after reading and writing.
        settings.ForbidCharacter('\uFFFD');
        return JavaScriptEncoder.Create(settings);
    }

    // The serializer accepts nulls in lists and undefined numbers as outcomes.
    private static bool IsComplete(Report report) =>
        Enum.IsDefined(report.Outcome)
        && IsComplete(report.Error)
        && report.Warnings.All(warning => warning is not null)
        && report.Addresses?.Any(address => address is null) != true
        && report.Packages?.Any(package => package is null) != true
        && report.Mounts?.Any(mount => mount is null) != true
        && report.Boot?.Links.Any(link => link is null) != true
        && report.Stages.All(stage => stage is not null
            && Enum.IsDefined(stage.Outcome)
            && IsComplete(stage.Error)
            && stage.Steps.All(step => step is not null
                && Enum.IsDefined(step.Outcome)
                && IsComplete(step.Error)
                && step.Notes.All(note => note is not null)));

    private static bool IsComplete(ErrorReport? error) => error?.Diagnostics is not { } diagnostics
        || (diagnostics.Findings.Concat(diagnostics.LastLines).All(line => line is not null)
            && diagnostics.Processes.All(process => process is not null && process.NetworkFiles.All(file => file is not null)));
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
