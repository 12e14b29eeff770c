using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Cos;

/// <summary>Finds the key pair that COS requests are signed with.</summary>
internal sealed class CosCredentials(CosCredentialSource source, NodeRoot root, MetadataService metadata, IReadOnlyDictionary<string, string> environment)
{
    private const string IdName = "TENCENTCLOUD_SECRET_ID";
    private const string KeyName = "TENCENTCLOUD_SECRET_KEY";
    private const string TokenName = "TENCENTCLOUD_TOKEN";

    /// <param name="limit">How long the metadata service may be waited for.</param>
    /// <returns>Null for unsigned requests. With `auto`: environment, then file, then role, then none.</returns>
    /// <exception cref="AgentException">COS_CREDENTIALS: the source gives none although it should, is not safe to use, or does not answer.</exception>
    public async Task<CosCredential?> FindAsync(TimeSpan limit, Action<string> note, CancellationToken cancel)
    {
        var found = source switch
        {
            CosCredentialSource.Anonymous => null,
            CosCredentialSource.Environment => FromEnvironment() ?? throw Missing($"{IdName} and {KeyName} are not set in the environment"),
            CosCredentialSource.File => FromFile() ?? throw Missing("/etc/thpc/cos-credentials.toml does not exist"),
            CosCredentialSource.Role => await FromRoleAsync(limit, note, cancel),
            _ => FromEnvironment() ?? FromFile() ?? await FromRoleOrNoneAsync(limit, note, cancel),
        };
        if (found is not null && Validate(found) is { } problem)
        {
            throw Missing($"the {found} {problem}");
        }

        return found;
    }

    /// <summary>Such keys cannot be sent, and what fails to send one might quote it; or nobody has them.</summary>
    private static string? Validate(CosCredential found)
    {
        foreach (var (name, text) in (ReadOnlySpan<(string, string)>)[("secret id", found.SecretId), ("secret key", found.SecretKey), ("token", found.Token ?? "")])
        {
            if (text.Length > 0 && (text[0] is '"' or '\'' || text[^1] is '"' or '\''))
            {
                return $"has a {name} in quotes: they would be a part of it";
            }

            if (!text.All(c => c is > ' ' and <= '~'))
            {
                return $"has a {name} with a character that no key has, such as a blank or a line end";
            }
        }

        return null;
    }

    private async Task<CosCredential> FromRoleAsync(TimeSpan limit, Action<string> note, CancellationToken cancel) =>
        metadata.IsOff ? throw Missing("the metadata service is switched off in the configuration (metadata.endpoint), so no role can be asked for")
        : await metadata.GetRoleCredentialAsync(limit, note, cancel) ?? throw Missing("no role is bound to this instance, says the metadata service");

    /// <summary>None only where it is known that there is none: what does not answer might have one.</summary>
    private async Task<CosCredential?> FromRoleOrNoneAsync(TimeSpan limit, Action<string> note, CancellationToken cancel)
    {
        var found = metadata.IsOff ? null : await metadata.GetRoleCredentialAsync(limit, note, cancel);
        if (found is null)
        {
            var role = metadata.IsOff ? "and the metadata service is switched off (metadata.endpoint)" : "and no role is bound to this instance";
            note($"no credential in the environment or in a file, {role}: asking without a signature");
        }

        return found;
    }

    private CosCredential? FromEnvironment()
    {
        string? Value(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
        return (Value(IdName), Value(KeyName), Value(TokenName)) switch
        {
            ({ } id, { } key, var token) => new CosCredential(id, key, token, "environment"),
            (null, null, null) => null,
            ({ }, null, _) => throw Missing($"{IdName} is set in the environment, and {KeyName} is not"),
            (null, { }, _) => throw Missing($"{KeyName} is set in the environment, and {IdName} is not"),
            (null, null, { }) => throw Missing($"{TokenName} is set in the environment, and {IdName} and {KeyName} are not"),
        };
    }

    private CosCredential? FromFile() => CosCredentialsFile.Read(root);

    private static AgentException Missing(string message) => new(ErrorCode.CosCredentials, message);
}
