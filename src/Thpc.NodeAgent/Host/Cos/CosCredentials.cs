using Thpc.NodeAgent.Config;
using Tomlyn;

namespace Thpc.NodeAgent.Host.Cos;

/// <summary>Finds the key pair that COS requests are signed with.</summary>
internal sealed class CosCredentials(CosCredentialSource source, NodeRoot root, MetadataService metadata, IReadOnlyDictionary<string, string> environment)
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <returns>Null for unsigned requests. With `auto`: environment, then file, then role, then none.</returns>
    /// <exception cref="AgentException">COS_CREDENTIALS: the source asked for gives none, or is not safe to use.</exception>
    public async Task<CosCredential?> FindAsync(Action<string> note, CancellationToken cancel)
    {
        var found = await LookAsync(note, cancel);

        // Such a one cannot be sent, and what fails to send it might quote it.
        return found is null || new[] { found.SecretId, found.SecretKey, found.Token ?? "" }.All(text => text.All(c => c is > ' ' and <= '~'))
            ? found
            : throw Missing($"the {found} has a character that no key has, such as a blank or a line end");
    }

    private async Task<CosCredential?> LookAsync(Action<string> note, CancellationToken cancel)
    {
        switch (source)
        {
            case CosCredentialSource.Anonymous:
                return null;
            case CosCredentialSource.Environment:
                return FromEnvironment() ?? throw Missing("TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY are not set in the environment");
            case CosCredentialSource.File:
                return FromFile() ?? throw Missing("/etc/thpc/cos-credentials.toml does not exist");
            case CosCredentialSource.Role:
                return await metadata.GetRoleCredentialAsync(cancel);
            default:
                if (FromEnvironment() is { } given)
                {
                    return given;
                }

                if (FromFile() is { } kept)
                {
                    return kept;
                }

                try
                {
                    return await metadata.GetRoleCredentialAsync(cancel);
                }
                catch (AgentException e)
                {
                    note($"no credential in environment, file or role ({e.Message}): asking without a signature");
                    return null;
                }
        }
    }

    private CosCredential? FromEnvironment()
    {
        string? Value(string name) => environment.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
        return Value("TENCENTCLOUD_SECRET_ID") is { } id && Value("TENCENTCLOUD_SECRET_KEY") is { } key
            ? new CosCredential(id, key, Value("TENCENTCLOUD_TOKEN"), "environment")
            : null;
    }

    private CosCredential? FromFile()
    {
        var path = root.CosCredentials;
        if (!File.Exists(path))
        {
            return null;
        }

        if ((File.GetUnixFileMode(path) & Others) != 0)
        {
            throw new AgentException(ErrorCode.CosCredentials, $"{path} can be read or written by others than root", new("Run `chmod 600` on it; if others could read it for a while, change the keys.", "请对其执行 `chmod 600`；如曾被他人可读，请更换密钥。"));
        }

        if (FileOwner.IsNotRoot(path))
        {
            throw new AgentException(ErrorCode.CosCredentials, $"{path} does not belong to root", new("Run `chown root:root` on it, after making sure of what it says.", "请在确认其内容后执行 `chown root:root`。"));
        }

        CosCredentialsFile? file;
        try
        {
            file = TomlSerializer.Deserialize(File.ReadAllText(path), CosCredentialsContext.Default.CosCredentialsFile);
        }
        catch (Exception e) when (e is TomlException or ArgumentException)
        {
            // The exception's own text may quote the line, and the line is a key. Tomlyn 2.10 has the other one where the file ends in an escape.
            throw new AgentException(ErrorCode.CosCredentials, $"{path}{(e is TomlException { Line: { } line } ? $":{line}" : "")}: this is not TOML", new("Write secret_id = \"…\" and secret_key = \"…\", and token = \"…\" for a temporary pair.", "请填写 secret_id = \"…\" 和 secret_key = \"…\"；临时密钥还需填写 token = \"…\"。"));
        }

        return file is { SecretId: { Length: > 0 } id, SecretKey: { Length: > 0 } key }
            ? new CosCredential(id, key, string.IsNullOrEmpty(file.Token) ? null : file.Token, path)
            : throw Missing($"{path} lacks secret_id or secret_key");
    }

    private static AgentException Missing(string message) => new(ErrorCode.CosCredentials, message);
}
