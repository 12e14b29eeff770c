using System.Text.Json;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cos;

/// <summary>Reads the metadata service's answer about a role: JSON with Code, TmpSecretId, TmpSecretKey, Token, ExpiredTime.</summary>
internal static class RoleCredentialJson
{
    private const long MaxTime = 253402300799; // the end of year 9999

    /// <param name="origin">Where the credential was found, for messages.</param>
    /// <returns>The credential, or a clause that explains why there is none.</returns>
    public static (CosCredential? Credential, LocalizedText? Problem) Parse(string text, LocalizedText origin)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var answer = document.RootElement;
            if (answer.ValueKind != JsonValueKind.Object)
            {
                return (null, Messages.AnswerNotObject);
            }

            string? Text(string name) =>
                answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                    && value.GetString() is { Length: > 0 } found ? found : null;
            if (Text("Code") != "Success")
            {
                var message = Text("Message") is { } explanation ? $", {TerminalText.OneLine(explanation)}" : "";
                return (null, Messages.AnswerCode(TerminalText.OneLine(Text("Code") ?? "missing")) + message);
            }

            return Text("TmpSecretId") is { } id && Text("TmpSecretKey") is { } key && Text("Token") is { } token
                ? (new CosCredential(id, key, token, origin) { Expires = Time(answer) }, null)
                : (null, Messages.AnswerIncomplete);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // An escaped lone surrogate is well-formed JSON, but GetString cannot decode it.
            return (null, Messages.AnswerNotJson);
        }
    }

    private static DateTimeOffset? Time(JsonElement answer) =>
        answer.TryGetProperty("ExpiredTime", out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seconds)
            && seconds is > 0 and <= MaxTime
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
