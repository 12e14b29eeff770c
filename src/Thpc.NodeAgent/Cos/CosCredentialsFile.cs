using System.Text.Json.Serialization;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Serialization;
using Tomlyn.Syntax;

namespace Thpc.NodeAgent.Cos;

/// <summary>The content of /etc/thpc/cos-credentials.toml.</summary>
internal sealed class CosCredentialsFile
{
    private const UnixFileMode GroupAndOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // A longer name may be a key in the wrong place; messages must not show it.
    private const int MaxShownName = 20;

    public string? SecretId { get; set; }

    public string? SecretKey { get; set; }

    public string? Token { get; set; }

    /// <returns>Null if the file does not exist.</returns>
    /// <exception cref="AgentException">COS_CREDENTIALS. The message never contains a value from the file.</exception>
    public static CosCredential? Read(NodeRoot root)
    {
        var path = root.CosCredentials;
        if (FileStatus.Read(path) is not { } status)
        {
            return FileStatus.Read(root.On(NodePaths.CosCredentials), link: true) is null
                ? null
                : throw new AgentException(Refusal($"{NodePaths.CosCredentials} is a symbolic link whose target does not exist"));
        }

        if (status.Kind != FileKind.Regular)
        {
            throw new AgentException(Refusal($"{path} is {RegularFile.Describe(status.Kind)}, not a regular file"));
        }

        if ((status.Permissions & (uint)GroupAndOthers) != 0)
        {
            throw new AgentException(Refusal($"users other than root can read or write {path}", Hints.RestrictCredentialsFile));
        }

        if (status.UserId != 0)
        {
            throw new AgentException(Refusal($"{path} is not owned by root", Hints.OwnCredentialsFile));
        }

        var text = RegularFile.ReadText(path) ?? "";
        var file = Parse(path, text);
        return file is { SecretId: { Length: > 0 } id, SecretKey: { Length: > 0 } key }
            ? new CosCredential(id, key, string.IsNullOrEmpty(file.Token) ? null : file.Token, path)
            : throw new AgentException(Refusal($"{path} lacks {Missing(file)}{UnknownNames(text)}"));
    }

    /// <param name="path">Named in messages.</param>
    /// <exception cref="AgentException">COS_CREDENTIALS.</exception>
    public static CosCredentialsFile? Parse(string path, string text)
    {
        try
        {
            return TomlSerializer.Deserialize(text, CosCredentialsContext.Default.CosCredentialsFile);
        }
        catch (Exception e) when (IsTomlError(e))
        {
            // The exception's message may quote the line, which may hold a key.
            var line = e is TomlException { Line: { } number } ? $":{number}" : "";
            var problem = Document(text) is not null ? "the value is not a string in quotes" : "the file is not valid TOML";
            throw new AgentException(Refusal($"{path}{line}: {problem}"));
        }
    }

    // Tomlyn 2.10 throws ArgumentException if the file ends inside an escape sequence.
    private static bool IsTomlError(Exception e) => e is TomlException or ArgumentException;

    /// <returns>Null if the text is not valid TOML.</returns>
    private static DocumentSyntax? Document(string text)
    {
        try
        {
            return SyntaxParser.Parse(text) is { HasErrors: false } document ? document : null;
        }
        catch (Exception e) when (IsTomlError(e))
        {
            return null;
        }
    }

    private static string Missing(CosCredentialsFile? file) =>
        string.IsNullOrEmpty(file?.SecretId)
            ? string.IsNullOrEmpty(file?.SecretKey) ? "secret_id and secret_key" : "secret_id"
            : "secret_key";

    /// <returns>A clause that lists unknown keys and tables; empty if there is none.</returns>
    private static string UnknownNames(string text)
    {
        if (Document(text) is not { } document)
        {
            return "";
        }

        string[] known = ["secret_id", "secret_key", "token"];
        List<string> names =
        [
            .. document.KeyValues.Select(item => item.Key?.ToString().Trim() ?? "").Except(known)
                .Where(name => name.Length is > 0 and <= MaxShownName),
            .. document.Tables.Select(table => $"[{table.Name?.ToString().Trim()}]").Where(name => name.Length is > 2 and <= MaxShownName),
        ];
        return names.Count == 0 ? "" : $"; it has unknown keys: {TerminalText.OneLine(string.Join(", ", names.Take(5)))}";
    }

    private static Error Refusal(string message, LocalizedText? hint = null) =>
        new(ErrorCode.CosCredentials, message, hint ?? Hints.CredentialsFileFormat);
}

[TomlSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[TomlSerializable(typeof(CosCredentialsFile))]
internal sealed partial class CosCredentialsContext : TomlSerializerContext;
