using System.Text.Json;
using System.Text.Json.Serialization;

namespace Thpc.NodeAgent.Reporting;

/// <summary>Report to text and back.</summary>
internal static class ReportJson
{
    public static byte[] Write(Report report) => [.. JsonSerializer.SerializeToUtf8Bytes(report, ReportJsonContext.Default.Report), (byte)'\n'];

    /// <returns>Null where the text is no report, or one with holes.</returns>
    public static Report? Read(ReadOnlySpan<byte> text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ReportJsonContext.Default.Report) is { } report && IsWhole(report) ? report : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // The serializer lets nulls into lists, and numbers pass for outcomes.
    private static bool IsWhole(Report report) =>
        Enum.IsDefined(report.Outcome)
        && report.Warnings.All(warning => warning is not null)
        && report.Stages.All(stage => stage is not null && Enum.IsDefined(stage.Outcome)
            && stage.Steps.All(step => step is not null && Enum.IsDefined(step.Outcome) && step.Notes.All(note => note is not null)));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
