using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cos;

/// <summary>The content of /etc/thpc/cos-credentials.toml.</summary>
/// <param name="Unknown">Names of keys and tables that have no meaning here, without those that may be a secret.</param>
internal sealed record CosCredentialsFile(string? SecretId, string? SecretKey, string? Token, IReadOnlyList<string> Unknown)
{
    private const UnixFileMode GroupAndOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // A longer name may be a key in the wrong place; messages must not show it.
    private const int MaxShownName = 20;

    private static readonly string[] Names = ["secret_id", "secret_key", "token"];

    /// <returns>Null if the file does not exist.</returns>
    /// <exception cref="AgentException">COS_CREDENTIALS. The message never contains a value from the file.</exception>
    public static CosCredential? Read(NodeRoot root)
    {
        var path = root.CosCredentials;
        if (FileStatus.Read(path) is not { } status)
        {
            return FileStatus.Read(root.On(NodePaths.CosCredentials), link: true) is null
                ? null
                : throw new AgentException(Refusal(Messages.BrokenLink));
        }

        if (status.Kind != FileKind.Regular)
        {
            throw new AgentException(Refusal(Host.Messages.NotRegular(path, RegularFile.Describe(status.Kind)!)));
        }

        if ((status.Permissions & (uint)GroupAndOthers) != 0)
        {
            throw new AgentException(Refusal(Messages.OpenToOthers(path), Hints.RestrictCredentialsFile));
        }

        if (status.UserId != 0)
        {
            throw new AgentException(Refusal(Messages.NotOwnedByRoot(path), Hints.OwnCredentialsFile));
        }

        return Parse(path, RegularFile.ReadText(path) ?? "").ToCredential(path);
    }

    /// <param name="path">Named in messages.</param>
    /// <exception cref="AgentException">COS_CREDENTIALS.</exception>
    public static CosCredentialsFile Parse(string path, string text)
    {
        List<ConfigDiagnostic> diagnostics = [];
        if (TomlText.Parse(text, path, diagnostics)?.AsTable is not { } table)
        {
            // Only the place: the diagnostic may quote the line, which may hold a key.
            throw new AgentException(Refusal($"{diagnostics[0].Origin}: " + Messages.NotToml));
        }

        string? Text(string key) => table.GetValueOrDefault(key) is not { } node ? null
            : node.Value as string
                ?? throw new AgentException(Refusal($"{node.Origin}: " + Messages.ValueNotString));
        var (id, key, token) = (Text(Names[0]), Text(Names[1]), Text(Names[2]));
        return new CosCredentialsFile(id, key, token, [.. table.Where(item => !Names.Contains(item.Key))
            .Select(item => item.Value.AsTable is null ? item.Key : $"[{item.Key}]").Where(name => name.Length <= MaxShownName)]);
    }

    /// <param name="path">Named in messages.</param>
    /// <exception cref="AgentException">COS_CREDENTIALS: a key is missing.</exception>
    public CosCredential ToCredential(string path) => this is { SecretId: { Length: > 0 } id, SecretKey: { Length: > 0 } key }
        ? new CosCredential(id, key, string.IsNullOrEmpty(Token) ? null : Token, path)
        : throw new AgentException(Refusal(Messages.Lacks(path, Missing()) + UnknownNames()));

    private LocalizedText Missing() =>
        string.IsNullOrEmpty(SecretId) ? string.IsNullOrEmpty(SecretKey) ? Messages.IdAndKey : Names[0] : Names[1];

    /// <returns>A clause that lists unknown keys and tables; empty if there is none.</returns>
    private LocalizedText UnknownNames() =>
        Unknown.Count == 0 ? "" : Messages.UnknownKeys(TerminalText.OneLine(string.Join(", ", Unknown.Take(5))));

    private static Error Refusal(LocalizedText message, LocalizedText? hint = null) =>
        new(ErrorCode.CosCredentials, message, hint ?? Hints.CredentialsFileFormat);
}
