using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration.Api;

/// <summary>What the vendor's API says, alone or in the Response that its answers wrap it in.</summary>
internal static class ApiResponse
{
    public const string Wrapper = "Response";

    /// <returns>What is inside, or the root itself; null after a complaint, where it is an error of the API.</returns>
    public static ConfigNode? Open(ConfigNode root, ICollection<ConfigDiagnostic> diagnostics)
    {
        var answer = Member(root, Wrapper) ?? root;
        if (Member(answer, "Error") is not { Value: not "" } error)
        {
            return answer;
        }

        var words = string.Join(": ", from key in (string[])["Code", "Message"] let word = Member(error, key)?.Value as string where word is not null select word);
        diagnostics.Add(new ConfigDiagnostic(error.Origin, $"this is an error of the API ({words}), not its answer; ask it again"));
        return null;
    }

    public static ConfigNode? Member(ConfigNode node, string key) => node.AsTable?.GetValueOrDefault(key);
}
