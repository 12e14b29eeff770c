using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Signatures;

/// <summary>What is wrong with the signature of a script, a key, or the file of allowed signers.</summary>
internal static class Messages
{
    public static LocalizedText NotTrusted(string path, LocalizedText problem) => new(
        $"{path} is not trusted: {problem.English}", $"{path} 不可信：{problem.Chinese}");

    public static LocalizedText NotReadable(string path, string reason) => new($"{path} cannot be read: {reason}", $"无法读取 {path}：{reason}");

    public static LocalizedText NoFile { get; } = new("the file does not exist", "该文件不存在");

    public static LocalizedText FileTooLarge(int megabytes) => new($"the file is larger than {megabytes} MiB", $"该文件大于 {megabytes} MiB");

    public static LocalizedText NotValid(string script, LocalizedText reason) => new(
        $"{script}: the signature is not valid: {reason.English}", $"{script}：签名无效：{reason.Chinese}");

    public static LocalizedText NoSignature(string script, LocalizedText reason) => new(
        $"{script} has no signature: {reason.English}", $"{script} 没有签名：{reason.Chinese}");

    public static LocalizedText OtherNamespace(string found, string expected) => new(
        $"its namespace is {found}, not {expected}", $"其命名空间是 {found}，而不是 {expected}");

    public static LocalizedText KeyRefused(string key, LocalizedText reason, string path) => new(
        $"the key {key} {reason.English} in {path}", $"{path} 中的密钥 {key} 不可用：{reason.Chinese}");

    public static LocalizedText NotListed { get; } = new("is not listed", "没有列出该密钥");

    public static LocalizedText NamespaceRefused(string purpose, int line) => new(
        $"is not allowed for the namespace {purpose} (line {line})", $"不允许用于命名空间 {purpose}（第 {line} 行）");

    public static LocalizedText NotYetValid(string time, int line, string now) => new(
        $"is not valid before {time} (line {line}); the time now is {now}", $"在 {time} 之前无效（第 {line} 行）；当前时间是 {now}");

    public static LocalizedText NoLongerValid(string time, int line, string now) => new(
        $"was valid until {time} (line {line}); the time now is {now}", $"有效期到 {time} 为止（第 {line} 行）；当前时间是 {now}");

    public static LocalizedText OtherContent(string signer) => new(
        $"{signer} signed other content than this script", $"{signer} 签名的内容与此脚本不同");

    public static LocalizedText Line(int number) => new($"line {number}", $"第 {number} 行");

    public static LocalizedText NulCharacter { get; } = new("contains a NUL character", "含有 NUL 字符");

    public static LocalizedText NoKey { get; } = new(
        "has no key; the format is PRINCIPALS [OPTIONS] TYPE KEY", "没有密钥；格式为 PRINCIPALS [OPTIONS] TYPE KEY");

    public static LocalizedText KeyNotBase64 { get; } = new("the key is not valid Base64", "密钥不是有效的 Base64");

    public static LocalizedText OtherType(string type, string named) => new(
        $"the key has the type {type}, but the line names {named}", $"密钥的类型是 {type}，但该行写的是 {named}");

    public static LocalizedText NoKeyAfterPrincipals { get; } = new("has no key after the principals", "签名者名称之后没有密钥");

    public static LocalizedText InvalidPrincipals { get; } = new("the principals are not a list of names", "签名者部分不是名称列表");

    public static LocalizedText Authority { get; } = new(
        "certificates (cert-authority) are not supported; list the keys instead", "不支持证书（cert-authority）；请直接列出密钥");

    public static LocalizedText UnknownOption(string word) => new(
        $"\"{word}\" is neither an option nor a key type", $"\"{word}\" 既不是选项也不是密钥类型");

    public static LocalizedText RepeatedOption(string name) => new(
        $"{name} occurs twice, or its quotes are not closed", $"{name} 出现了两次，或其引号没有闭合");

    public static LocalizedText NoSeparator(string name) => new(
        $"{name} must be followed by a comma or a space", $"{name} 之后必须是逗号或空格");

    public static LocalizedText EmptyPeriod { get; } = new(
        "valid-before is not later than valid-after", "valid-before 不晚于 valid-after");

    public static LocalizedText NotTime(string name, string text) => new(
        $"{name}=\"{text}\" is not a time; use YYYYMMDD or YYYYMMDDHHMM[SS], with a Z at its end for UTC",
        $"{name}=\"{text}\" 不是时间；请用 YYYYMMDD 或 YYYYMMDDHHMM[SS]，UTC 时间以 Z 结尾");

    public static LocalizedText HardwareKey(string type) => new(
        $"keys of hardware tokens ({type}) are not supported; create one with `ssh-keygen -t ed25519`",
        $"不支持硬件令牌的密钥（{type}）；请用 `ssh-keygen -t ed25519` 创建密钥");

    public static LocalizedText RsaBits(int bits, int min, int max) => new(
        $"the RSA key has {bits} bits; it must have {min} to {max}", $"RSA 密钥有 {bits} 位；必须为 {min} 到 {max} 位");

    public static LocalizedText Ed25519Length { get; } = new("the Ed25519 key does not have 32 bytes", "Ed25519 密钥的长度不是 32 字节");

    public static LocalizedText NotOnCurve { get; } = new(
        "the ECDSA key is not a point on its curve", "ECDSA 密钥不是其曲线上的点");

    public static LocalizedText KeyType(string type) => new(
        $"keys of the type {type} are not supported; create one with `ssh-keygen -t ed25519`",
        $"不支持 {type} 类型的密钥；请用 `ssh-keygen -t ed25519` 创建密钥");

    public static LocalizedText RsaAlgorithm(string algorithm) => new(
        $"the algorithm is {algorithm}; RSA keys must sign with rsa-sha2-256 or rsa-sha2-512",
        $"算法是 {algorithm}；RSA 密钥必须用 rsa-sha2-256 或 rsa-sha2-512 签名");

    public static LocalizedText OtherAlgorithm(string algorithm, string type) => new(
        $"the algorithm {algorithm} does not match the key type {type}", $"算法 {algorithm} 与密钥类型 {type} 不符");

    public static LocalizedText NotVersion1 { get; } = new("not an SSH signature of version 1", "不是版本 1 的 SSH 签名");

    public static LocalizedText HashUnsupported(string hash) => new(
        $"its hash is {hash}; it must be sha256 or sha512", $"其哈希算法是 {hash}；必须是 sha256 或 sha512");

    public static LocalizedText NotSignature { get; } = new(
        "it does not begin and end like an SSH signature", "其开头和结尾不符合 SSH 签名的格式");

    public static LocalizedText UnequalLines { get; } = new("its lines differ in length", "其各行长度不一致");

    public static LocalizedText NotBase64 { get; } = new("it is not valid Base64", "不是有效的 Base64");

    public static LocalizedText TooShort { get; } = new("the data ends too early", "数据不完整");

    public static LocalizedText InvalidNumber { get; } = new(
        "a number is not positive or not in its shortest form", "有一个数不是正数，或不是最短形式");

    public static LocalizedText ExtraBytes { get; } = new("extra bytes follow the data", "数据之后还有多余的字节");
}
