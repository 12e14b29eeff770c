using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration.Api;

/// <summary>Unwraps a response of the Tencent Cloud API from its Response object.</summary>
internal static class ApiResponse
{
    public const string Wrapper = "Response";

    /// <returns>The content of Response, or the root if there is none; null after a diagnostic if the response is an API error.</returns>
    public static ConfigNode? Open(ConfigNode root, ICollection<ConfigDiagnostic> diagnostics)
    {
        var answer = Member(root, Wrapper) ?? root;
        if (Member(answer, "Error") is not { Value: not "" } error)
        {
            return answer;
        }

        var words = string.Join(
            ": ",
            from key in (string[])["Code", "Message"] let word = Member(error, key)?.Value as string where word is not null select word);
        diagnostics.Add(new ConfigDiagnostic(error.Origin, Messages.ApiError(words)));
        return null;
    }

    public static ConfigNode? Member(ConfigNode node, string key) => node.AsTable?.GetValueOrDefault(key);
}
