using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host;

/// <summary>The hints of this room and its sub-folders: files, network, signatures.</summary>
internal static class Hints
{
    public static LocalizedText CheckServerOrRaiseTimeout { get; } = new(
        "Check the server of this directory, or allow more time with --timeout.",
        "请检查该目录所在的文件服务器，或用 --timeout 延长时限。");

    public static LocalizedText NameReadableDirectory { get; } = new(
        "Name an existing directory that you may read.",
        "请指定已存在且有读权限的目录。");

    public static LocalizedText NameWritableFile { get; } = new(
        "Name a file in an existing directory that you may write to.",
        "请指定文件，其所在目录须已存在且有写权限。");

    public static LocalizedText RepairFileSystem { get; } = new(
        "Repair the file system that contains this file: its server does not answer.",
        "请修复该文件所在的文件系统：其服务器没有响应。");

    public static LocalizedText CompareMountTarget { get; } = new(
        "Compare remote_path and protocol with the mount target of the file system in the console.",
        "请对照控制台中该文件系统的挂载点信息检查 remote_path 和 protocol。");

    public static LocalizedText CheckClockOrRenewCertificate { get; } = new(
        "Check the node's clock (`date -u`). If it is right, renew the expired certificate: the server's, or an authority in the image.",
        "请检查节点时钟（`date -u`）。如时钟正确，请更新已过期的证书：服务器证书或镜像中的 CA 证书。");

    public static LocalizedText CorrectEndpoint { get; } = new(
        "Correct cos.endpoint or script_path, or find the proxy that answers in place of COS.",
        "请修正 cos.endpoint 或 script_path，或找出代替 COS 应答的代理。");

    public static LocalizedText InstallAuthority { get; } = new(
        "Install the server's certificate authority in the image. If it is installed, let the server send its intermediate certificate.",
        "请在镜像中安装服务器的 CA 证书。如已安装，请让服务器同时发送中间证书。");

    public static LocalizedText OwnSignersFile { get; } = new(
        "Check the keys in the file, then make root its owner and set mode 0644.",
        "请核对文件中的密钥，然后将属主设为 root、权限设为 0644。");

    public static LocalizedText WriteSignersFile { get; } = new(
        "Write one line for each signer: NAME namespaces=\"thpc-init-script\" TYPE KEY; see ssh-keygen(1), ALLOWED SIGNERS.",
        "请为每个签名者写一行：NAME namespaces=\"thpc-init-script\" TYPE KEY；参见 ssh-keygen(1) 的 ALLOWED SIGNERS。");

    /// <param name="ns">The namespace of the signature.</param>
    public static LocalizedText SignScript(string ns) => new(
        $"Sign the script: `ssh-keygen -Y sign -n {ns} -f KEY SCRIPT`, and store SCRIPT.sig beside it.",
        $"请对脚本签名：`ssh-keygen -Y sign -n {ns} -f KEY SCRIPT`，并将 SCRIPT.sig 放在脚本旁边。");
}
