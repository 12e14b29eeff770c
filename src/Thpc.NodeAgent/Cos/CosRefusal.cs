using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cos;

/// <summary>What COS means by 403, told apart by the answer's Code and Message (COS document "Error Codes").</summary>
/// <param name="Reason">One clause for the message.</param>
/// <param name="IsClock">Signed by another clock, it may be accepted.</param>
internal sealed record CosRefusal(string Reason, LocalizedText Hint, bool IsClock = false)
{
    private static readonly CosRefusal WrongKey = new("the secret key is not the one of this secret id", new(
        "Correct the secret key, or take a pair that belongs together, where the message says that the credential is from.",
        "请在消息所示的凭证来源处修正 SecretKey，或改用成对的密钥。"));

    private static readonly CosRefusal UnknownId = new("COS does not know this secret id", new(
        "Use a pair that exists and is enabled in CAM; a temporary pair needs its token too.",
        "请使用在 CAM 中存在且已启用的密钥；临时密钥还需要 token。"));

    private static readonly CosRefusal Expired = new("the temporary credential has expired", new(
        "Get a new temporary pair, or bind a CAM role to the instance, whose credentials are renewed.",
        "请重新获取临时密钥，或为实例绑定会自动续期的 CAM 实例角色。"));

    private static readonly CosRefusal Clock = new("this node's clock and COS's differ too much", new(
        "Set the clock: `chronyc makestep`, or `timedatectl set-ntp true`.",
        "请校准时钟：`chronyc makestep` 或 `timedatectl set-ntp true`。"), IsClock: true);

    private static readonly CosRefusal UrlExpired = new("the presigned URL has expired", new(
        "Presign the URL again, for longer, and put it into script_path; cos:// with a role needs none.",
        "请重新生成有效期更长的预签名 URL 并写入 script_path；使用实例角色的 cos:// 则无需预签名。"));

    private static readonly CosRefusal Denied = new("the credential may not read this object", new(
        "Allow name/cos:GetObject on the script to whom the message names (`cam policy` prints the policy), and look at the bucket's own policy.",
        "请为消息所示的身份授予该脚本的 name/cos:GetObject 权限（`cam policy` 可输出策略），并检查存储桶策略。"));

    private static readonly CosRefusal Unsigned = new("the object is not public", new(
        "Bind a CAM role to the instance or give keys, and set cos.credentials to their source.",
        "请为实例绑定 CAM 实例角色或提供密钥，并将 cos.credentials 设为其来源。"));

    /// <param name="code">The answer's Code; null where it has none, as to HEAD.</param>
    /// <param name="isSigned">By the agent.</param>
    /// <returns>Null where the answer does not tell.</returns>
    public static CosRefusal? From(string? code, string? message, bool isSigned) => code switch
    {
        "SignatureDoesNotMatch" => WrongKey,
        "InvalidAccessKeyId" => UnknownId,
        "ExpiredToken" => Expired,
        "RequestTimeTooSkewed" => Clock,
        "AccessDenied" when message == "Request has expired" => isSigned ? Clock : UrlExpired,
        "AccessDenied" => isSigned ? Denied : Unsigned,
        _ => null,
    };
}
