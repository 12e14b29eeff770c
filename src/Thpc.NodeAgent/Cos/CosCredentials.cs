using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Network;

namespace Thpc.NodeAgent.Cos;

/// <summary>Finds the key pair that COS requests are signed with.</summary>
internal sealed class CosCredentials(
    CosCredentialSource source, NodeRoot root, MetadataService metadata, IReadOnlyDictionary<string, string> environment)
{
    private const string IdName = "TENCENTCLOUD_SECRET_ID";
    private const string KeyName = "TENCENTCLOUD_SECRET_KEY";
    private const string TokenName = "TENCENTCLOUD_TOKEN";

    /// <param name="limit">How long to wait for the metadata service.</param>
    /// <returns>Null for unsigned requests. `auto` tries environment, file, role, in this order.</returns>
    /// <exception cref="AgentException">COS_CREDENTIALS: the source has no credential, is not safe to use, or does not answer.</exception>
    public async Task<CosCredential?> FindAsync(TimeSpan limit, Action<string> note, CancellationToken cancel)
    {
        var found = source switch
        {
            CosCredentialSource.Anonymous => null,
            CosCredentialSource.Environment => FromEnvironment()
                ?? throw new AgentException(Missing(Messages.NotSet(IdName, KeyName))),
            CosCredentialSource.File => FromFile() ?? throw new AgentException(Missing(Messages.NoFile)),
            CosCredentialSource.Role => await FromRoleAsync(limit, note, cancel),
            _ => FromEnvironment() ?? FromFile() ?? await FromRoleOrNoneAsync(limit, note, cancel),
        };
        if (found is not null && Validate(found) is { } problem)
        {
            throw new AgentException(Missing(Messages.Unusable(found.Description, problem)));
        }

        return found;
    }

    /// <summary>
    /// Finds keys that no header can carry (an error of the HTTP client might quote them), and keys in quotes, which COS never issues.
    /// </summary>
    /// <returns>A clause that follows "the credential"; null if the key pair can be used.</returns>
    private static LocalizedText? Validate(CosCredential found)
    {
        foreach (var (name,
            text) in (ReadOnlySpan<(string, string)>)[("secret id", found.SecretId), ("secret key", found.SecretKey),
                ("token", found.Token ?? "")])
        {
            if (text.Length > 0 && (text[0] is '"' or '\'' || text[^1] is '"' or '\''))
            {
                return Messages.InQuotes(name);
            }

            if (!text.All(c => c is > ' ' and <= '~'))
            {
                return Messages.InvalidCharacter(name);
            }
        }

        return null;
    }

    private async Task<CosCredential> FromRoleAsync(TimeSpan limit, Action<string> note, CancellationToken cancel) =>
        metadata.IsOff
            ? throw new AgentException(Missing(Messages.MetadataOff))
            : await RoleCredentials.GetAsync(metadata, limit, note, cancel)
                ?? throw new AgentException(Missing(Messages.NoRole));

    /// <returns>Null only if no role is bound for certain. A service that does not answer is an error: a role may be bound.</returns>
    private async Task<CosCredential?> FromRoleOrNoneAsync(TimeSpan limit, Action<string> note, CancellationToken cancel)
    {
        var found = metadata.IsOff ? null : await RoleCredentials.GetAsync(metadata, limit, note, cancel);
        if (found is null)
        {
            var role =
                metadata.IsOff ? "and the metadata service is switched off (metadata.endpoint)" : "and no role is bound to this instance";
            note($"no credential in the environment or in a file, {role}: sending unsigned requests");
        }

        return found;
    }

    private CosCredential? FromEnvironment()
    {
        string? Value(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
        return (Value(IdName), Value(KeyName), Value(TokenName)) switch
        {
            ({ } id, { } key, var token) => new CosCredential(id, key, token, Messages.Environment),
            (null, null, null) => null,
            ({ }, null, _) => throw new AgentException(Missing(Messages.OneNotSet(IdName, KeyName))),
            (null, { }, _) => throw new AgentException(Missing(Messages.OneNotSet(KeyName, IdName))),
            (null, null, { }) => throw new AgentException(Missing(Messages.OnlyToken(TokenName, IdName, KeyName))),
        };
    }

    private CosCredential? FromFile() => CosCredentialsFile.Read(root);

    private static Error Missing(LocalizedText message) => new(ErrorCode.CosCredentials, message);
}
