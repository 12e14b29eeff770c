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

/// <summary>/etc/thpc/cos-credentials.toml.</summary>
internal sealed class CosCredentialsFile
{
    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // Longer names could be keys that somebody has put in the wrong place.
    private const int MaxShownName = 20;

    private static readonly LocalizedText Form = new(
        "Write secret_id = \"…\" and secret_key = \"…\", and token = \"…\" for a temporary pair.",
        "请填写 secret_id = \"…\" 和 secret_key = \"…\"；临时密钥还需填写 token = \"…\"。");

    public string? SecretId { get; set; }

    public string? SecretKey { get; set; }

    public string? Token { get; set; }

    /// <returns>Null where there is no such file.</returns>
    /// <exception cref="AgentException">COS_CREDENTIALS. Never with a value of the file.</exception>
    public static CosCredential? Read(NodeRoot root)
    {
        var path = root.CosCredentials;
        if (FileStatus.Read(path) is not { } status)
        {
            return FileStatus.Read(root.On(NodePaths.CosCredentials), link: true) is null ? null : throw Refusal($"{NodePaths.CosCredentials} is a link that leads nowhere");
        }

        if (status.Kind != FileKind.Regular)
        {
            throw Refusal($"{path} is {RegularFile.Describe(status.Kind)}, and no regular file");
        }

        if ((status.Permissions & (uint)OfOthers) != 0)
        {
            throw Refusal($"{path} can be read or written by others than root", new("Run `chmod 600` on it; if others could read it for a while, change the keys.", "请对其执行 `chmod 600`；如曾被他人可读，请更换密钥。"));
        }

        if (status.UserId != 0)
        {
            throw Refusal($"{path} does not belong to root", new("Run `chown root:root` on it, after making sure of what it says.", "请在确认其内容后执行 `chown root:root`。"));
        }

        var text = RegularFile.ReadText(path) ?? "";
        var file = Parse(path, text);
        return file is { SecretId: { Length: > 0 } id, SecretKey: { Length: > 0 } key }
            ? new CosCredential(id, key, string.IsNullOrEmpty(file.Token) ? null : file.Token, path)
            : throw Refusal($"{path} lacks {Missing(file)}{Others(text)}");
    }

    private static CosCredentialsFile? Parse(string path, string text)
    {
        try
        {
            return TomlSerializer.Deserialize(text, CosCredentialsContext.Default.CosCredentialsFile);
        }
        catch (Exception e) when (IsOfToml(e))
        {
            // The exception's own text may quote the line, and the line is a key.
            var line = e is TomlException { Line: { } number } ? $":{number}" : "";
            throw Refusal($"{path}{line}: {(Document(text) is not null ? "this value is no text in quotes" : "this is not TOML")}");
        }
    }

    // Tomlyn 2.10 has the other one where the file ends in an escape.
    private static bool IsOfToml(Exception e) => e is TomlException or ArgumentException;

    /// <returns>Null where it is no TOML.</returns>
    private static DocumentSyntax? Document(string text)
    {
        try
        {
            return SyntaxParser.Parse(text) is { HasErrors: false } document ? document : null;
        }
        catch (Exception e) when (IsOfToml(e))
        {
            return null;
        }
    }

    private static string Missing(CosCredentialsFile? file) =>
        string.IsNullOrEmpty(file?.SecretId) ? string.IsNullOrEmpty(file?.SecretKey) ? "secret_id and secret_key" : "secret_id" : "secret_key";

    /// <summary>The names that it has and that mean nothing.</summary>
    private static string Others(string text)
    {
        if (Document(text) is not { } document)
        {
            return "";
        }

        string[] known = ["secret_id", "secret_key", "token"];
        List<string> names =
        [
            .. document.KeyValues.Select(item => item.Key?.ToString().Trim() ?? "").Except(known).Where(name => name.Length is > 0 and <= MaxShownName),
            .. document.Tables.Select(table => $"[{table.Name?.ToString().Trim()}]").Where(name => name.Length is > 2 and <= MaxShownName),
        ];
        return names.Count == 0 ? "" : $"; it has {OutputText.OneLine(string.Join(", ", names.Take(5)))}, which mean nothing there";
    }

    private static AgentException Refusal(string message, LocalizedText? hint = null) => new(ErrorCode.CosCredentials, message, hint ?? Form);
}

[TomlSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[TomlSerializable(typeof(CosCredentialsFile))]
internal sealed partial class CosCredentialsContext : TomlSerializerContext;
