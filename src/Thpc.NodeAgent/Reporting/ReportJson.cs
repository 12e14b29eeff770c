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
            return JsonSerializer.Deserialize(text, Context.Report);
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
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.Never, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Report))]
internal sealed partial class ReportJsonContext : JsonSerializerContext;
