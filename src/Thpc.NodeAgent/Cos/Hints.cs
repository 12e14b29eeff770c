using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cos;

/// <summary>The hints of this room: what to do when an object of COS cannot be fetched.</summary>
internal static class Hints
{
    public static LocalizedText CorrectSecretKey { get; } = new(
        "Correct the secret key at the source that the message names.",
        "请在消息所示的凭证来源处修正 SecretKey。");

    public static LocalizedText UseKnownSecretId { get; } = new(
        "Use a key pair that exists and is enabled in CAM. A temporary key pair also needs its token.",
        "请使用在 CAM 中存在且已启用的密钥。临时密钥还需要 token。");

    public static LocalizedText RenewTemporaryKey { get; } = new(
        "Get a new temporary key pair, or bind a CAM role to the instance: the agent then renews credentials itself.",
        "请重新获取临时密钥，或为实例绑定 CAM 角色，由程序自动续期凭证。");

    public static LocalizedText SynchronizeClock { get; } = new(
        "Synchronize the node's clock: `chronyc makestep`, or `timedatectl set-ntp true`.",
        "请校准节点时钟：`chronyc makestep` 或 `timedatectl set-ntp true`。");

    public static LocalizedText RenewPresignedUrl { get; } = new(
        "Presign the URL again with a longer lifetime and put it into script_path, or use cos:// with a CAM role.",
        "请重新生成有效期更长的预签名 URL 并写入 script_path，或改用 cos:// 加 CAM 角色。");

    public static LocalizedText AllowGetObject { get; } = new(
        "Allow name/cos:GetObject for the identity in the message (`cam policy` prints the policy), and check the bucket policy.",
        "请为消息所示的身份授予 name/cos:GetObject 权限（`cam policy` 可输出策略），并检查存储桶策略。");

    public static LocalizedText ProvideCredentials { get; } = new(
        "Bind a CAM role to the instance or provide keys, and set cos.credentials to that source.",
        "请为实例绑定 CAM 角色或提供密钥，并将 cos.credentials 设为对应的来源。");

    public static LocalizedText CorrectHost { get; } = new(
        "Correct the host in script_path, or find the server that answers in place of COS.",
        "请修正 script_path 中的域名，或找出代替 COS 应答的服务器。");

    public static LocalizedText SendLengthOrPin { get; } = new(
        "Configure the server to send Content-Length, or set sha256 in the [[init_script]] section of this script.",
        "请让服务器返回 Content-Length，或在该脚本的 [[init_script]] 中设置 sha256。");

    public static LocalizedText UseBucketHost { get; } = new(
        "Use the bucket's own host in script_path: BUCKET-APPID.cos.REGION.myqcloud.com.",
        "请在 script_path 中使用存储桶自身的域名：BUCKET-APPID.cos.REGION.myqcloud.com。");

    public static LocalizedText CredentialsFileFormat { get; } = new(
        "Write secret_id = \"…\" and secret_key = \"…\" into the file; add token = \"…\" for a temporary key pair.",
        "请在文件中填写 secret_id = \"…\" 和 secret_key = \"…\"；临时密钥还需填写 token = \"…\"。");

    public static LocalizedText RestrictCredentialsFile { get; } = new(
        "Run `chmod 600` on the file. If other users could have read it, replace the keys.",
        "请对该文件执行 `chmod 600`。如其他用户可能读取过，请更换密钥。");

    public static LocalizedText OwnCredentialsFile { get; } = new(
        "Check the file's content, then run `chown root:root` on it.",
        "请核对文件内容，然后执行 `chown root:root`。");

    public static LocalizedText CheckMetadataService { get; } = new(
        "Run `curl http://metadata.tencentyun.com/latest/meta-data/` on the node. Outside the cloud, set metadata.endpoint = \"\".",
        "请在节点上执行 `curl http://metadata.tencentyun.com/latest/meta-data/`。不在云上时请设置 metadata.endpoint = \"\"。");

    public static LocalizedText CheckRole { get; } = new(
        "Check the CAM role that is bound to the instance: it must exist and trust the CVM service.",
        "请检查实例绑定的 CAM 角色：该角色必须存在，且信任云服务器服务。");
}
