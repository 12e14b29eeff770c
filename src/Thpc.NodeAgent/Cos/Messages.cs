using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cos;

/// <summary>What is wrong with an object, an answer of COS, or a credential.</summary>
internal static class Messages
{
    public static LocalizedText NoDataFor(string seconds) => new(
        $"no data for {seconds} s during the download", $"下载过程中 {seconds} 秒没有收到数据");

    public static LocalizedText EndedDuringDownload(string seconds) => new(
        $"the script's limit of {seconds} s ended during the download", $"脚本的时限（{seconds} 秒）在下载过程中用完");

    public static LocalizedText EndedBeforeAnswer(string seconds) => new(
        $"the script's limit of {seconds} s ended before the server answered", $"脚本的时限（{seconds} 秒）在服务器应答之前用完");

    public static LocalizedText ThroughProxy(string request, string proxy) => new(
        $"{request} through the proxy {proxy}", $"{request}（经由代理 {proxy}）");

    public static LocalizedText Earlier(LocalizedText message) => new(
        $"; before that: {message.English}", $"；此前：{message.Chinese}");

    public static LocalizedText NoConnectionWithin(string seconds) => new(
        $"no connection within {seconds} s", $"在 {seconds} 秒内未能建立连接");

    public static LocalizedText NoLengthOrChecksum { get; } = new(
        "the answer has neither its length nor a checksum, so a truncated download could not be detected",
        "应答中既没有长度也没有校验和，无法发现下载是否被截断");

    public static LocalizedText ChecksumMismatch(string received, string announced) => new(
        $"the content's CRC-64 is {received}, the server announced {announced}", $"内容的 CRC-64 是 {received}，服务器声明的是 {announced}");

    public static LocalizedText TooLarge(string length, string max) => new(
        $"the content has at least {length} bytes; the maximum is {max}", $"内容至少有 {length} 字节，上限为 {max}");

    public static LocalizedText TlsFailed(LocalizedText reason) => new($"TLS failed: {reason.English}", $"TLS 失败：{reason.Chinese}");

    public static LocalizedText NoRedirects { get; } = new(": the agent does not follow redirects", "：本程序不跟随重定向");

    public static LocalizedText ClockSkew(string seconds) => new(
        $"; this node's clock differs from the server's by {seconds} s", $"；本节点的时钟与服务器相差 {seconds} 秒");

    public static LocalizedText RequestId(string id) => new($"request id {id}", $"请求 ID {id}");

    public static LocalizedText WrongKey { get; } = new(
        "the secret key does not belong to this secret id", "SecretKey 与该 SecretId 不匹配");

    public static LocalizedText UnknownId { get; } = new("COS does not know this secret id", "COS 中不存在该 SecretId");

    public static LocalizedText CredentialExpired { get; } = new("the temporary credential has expired", "临时凭证已过期");

    public static LocalizedText ClocksDiffer { get; } = new(
        "the clocks of this node and of COS differ too much", "本节点与 COS 的时钟相差过大");

    public static LocalizedText UrlExpired { get; } = new("the presigned URL has expired", "预签名 URL 已过期");

    public static LocalizedText ReadDenied { get; } = new("the credential may not read this object", "该凭证无权读取此对象");

    public static LocalizedText NotPublic { get; } = new("the object is not public", "该对象不是公有读");

    public static LocalizedText NotSigned { get; } = new("the request was not signed", "该请求没有签名");

    public static LocalizedText Environment { get; } = new("environment", "环境变量");

    public static LocalizedText Role(string name) => new($"role {name}", $"角色 {name}");

    public static LocalizedText CredentialOf(LocalizedText origin) => new(
        $"credential of {origin.English}", $"凭证（来源：{origin.Chinese}）");

    public static LocalizedText SignedBy(LocalizedText credential) => new(
        $"signed with the {credential.English}", $"签名所用的{credential.Chinese}");

    public static LocalizedText NotSet(string id, string key) => new(
        $"{id} and {key} are not set in the environment", $"环境变量中没有设置 {id} 和 {key}");

    public static LocalizedText OneNotSet(string present, string missing) => new(
        $"the environment sets {present} but not {missing}", $"环境变量设置了 {present}，但没有设置 {missing}");

    public static LocalizedText OnlyToken(string token, string id, string key) => new(
        $"the environment sets {token} but neither {id} nor {key}", $"环境变量设置了 {token}，但没有设置 {id} 和 {key}");

    public static LocalizedText NoFile { get; } = new(
        "/etc/thpc/cos-credentials.toml does not exist", "/etc/thpc/cos-credentials.toml 不存在");

    public static LocalizedText Unusable(LocalizedText credential, LocalizedText problem) => new(
        $"the {credential.English} {problem.English}", $"{credential.Chinese}不可用：{problem.Chinese}");

    public static LocalizedText InQuotes(string name) => new(
        $"has a {name} in quotes: remove the quotes", $"{name} 带有引号，请去掉引号");

    public static LocalizedText InvalidCharacter(string name) => new(
        $"has a {name} with an invalid character, such as a space or a line break", $"{name} 含有无效字符，例如空格或换行符");

    public static LocalizedText MetadataOff { get; } = new(
        "cannot get a role credential: the metadata service is switched off (metadata.endpoint)",
        "无法获取角色凭证：元数据服务已关闭（metadata.endpoint）");

    public static LocalizedText NoRole { get; } = new(
        "the metadata service reports that no role is bound to this instance", "元数据服务表明该实例没有绑定角色");

    public static LocalizedText NoRoleName(LocalizedText problem) => new(
        $"cannot get the bound role from the metadata service: {problem.English}", $"无法从元数据服务获取所绑定的角色：{problem.Chinese}");

    public static LocalizedText NoRoleCredential(string role, LocalizedText problem) => new(
        $"cannot get a credential of role {role} from the metadata service: {problem.English}",
        $"无法从元数据服务获取角色 {role} 的凭证：{problem.Chinese}");

    public static LocalizedText ExpiredAt(string time) => new($"its credential expired at {time}", $"其凭证已于 {time} 过期");

    public static LocalizedText AnswerNotObject { get; } = new("the answer is not a JSON object", "应答不是 JSON 对象");

    public static LocalizedText AnswerCode(string code) => new($"the answer's Code is {code}", $"应答的 Code 是 {code}");

    public static LocalizedText AnswerIncomplete { get; } = new(
        "the answer lacks TmpSecretId, TmpSecretKey or Token", "应答中缺少 TmpSecretId、TmpSecretKey 或 Token");

    public static LocalizedText AnswerNotJson { get; } = new(
        "the answer is not valid JSON, or has an escape sequence that is not a character", "应答不是有效的 JSON，或含有不是字符的转义序列");

    public static LocalizedText BrokenLink { get; } = new(
        "/etc/thpc/cos-credentials.toml is a symbolic link whose target does not exist",
        "/etc/thpc/cos-credentials.toml 是符号链接，但其目标不存在");

    public static LocalizedText OpenToOthers(string path) => new(
        $"users other than root can read or write {path}", $"root 以外的用户可以读写 {path}");

    public static LocalizedText NotOwnedByRoot(string path) => new($"{path} is not owned by root", $"{path} 的属主不是 root");

    public static LocalizedText Lacks(string path, LocalizedText names) => new(
        $"{path} lacks {names.English}", $"{path} 缺少 {names.Chinese}");

    public static LocalizedText IdAndKey { get; } = new("secret_id and secret_key", "secret_id 和 secret_key");

    public static LocalizedText UnknownKeys(string names) => new($"; it has unknown keys: {names}", $"；其中有未知的配置键：{names}");

    public static LocalizedText ValueNotString { get; } = new("the value is not a string in quotes", "其值不是带引号的字符串");

    public static LocalizedText NotToml { get; } = new("the file is not valid TOML", "该文件不是有效的 TOML");

    public static LocalizedText HostWithoutBucket(string host) => new(
        $"the host {host} does not name a bucket", $"主机名 {host} 中没有存储桶");
}
