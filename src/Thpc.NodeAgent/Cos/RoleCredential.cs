using System.Text.Json;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cos;

/// <summary>What the metadata service says of a role's credential: JSON with Code, TmpSecretId, TmpSecretKey, Token, ExpiredTime.</summary>
internal static class RoleCredential
{
    private const long MaxTime = 253402300799; // the end of year 9999

    /// <param name="origin">Of the credential, for messages.</param>
    /// <returns>The credential, or why there is none.</returns>
    public static (CosCredential? Credential, string? Problem) Parse(string text, string origin)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            var answer = document.RootElement;
            if (answer.ValueKind != JsonValueKind.Object)
            {
                return (null, "the answer is no JSON object");
            }

            string? Text(string name) =>
                answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } found ? found : null;
            if (Text("Code") != "Success")
            {
                var message = Text("Message") is { } words ? $", {OutputText.OneLine(words)}" : "";
                return (null, $"the answer's Code is {OutputText.OneLine(Text("Code") ?? "missing")}{message}");
            }

            return Text("TmpSecretId") is { } id && Text("TmpSecretKey") is { } key && Text("Token") is { } token
                ? (new CosCredential(id, key, token, origin) { Expires = Time(answer) }, null)
                : (null, "the answer lacks TmpSecretId, TmpSecretKey or Token");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Half a surrogate pair as an escape is well-formed JSON and yet no string.
            return (null, "the answer is no JSON, or has an escape that is no character");
        }
    }

    private static DateTimeOffset? Time(JsonElement answer) =>
        answer.TryGetProperty("ExpiredTime", out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seconds)
            && seconds is > 0 and <= MaxTime
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
