namespace Thpc.NodeAgent.Errors;

/// <summary>Of making an image of a node.</summary>
internal sealed partial record ErrorCode
{
    public static readonly ErrorCode ImageRefused = new(
        "IMAGE_REFUSED",
        new("An image is not made of a manager node.", "不能用管控节点制作镜像。"),
        new("Make the image from a COMPUTE or LOGIN node: nodes made from a manager would take themselves for one.", "请用 COMPUTE 或 LOGIN 节点制作镜像：由管控节点镜像创建的节点会把自己当作管控节点。"));

    public static readonly ErrorCode ImageBackup = new(
        "IMAGE_BACKUP",
        new("The backup of what is to be removed could not be written.", "待删除内容的备份无法写入。"),
        new("See the words above, and that `tar` and `gzip` are installed; nothing was removed.", "请查看上面的输出，并确认已安装 `tar` 和 `gzip`；未删除任何内容。"));

    public static readonly ErrorCode ImageDropIn = new(
        "IMAGE_DROPIN",
        new("A program in /etc/thpc/image-prep.d failed, or is not to be trusted.", "/etc/thpc/image-prep.d 中的程序执行失败或不可信。"),
        new("Correct the program in /etc/thpc/image-prep.d: root's, mode 0755, done within 600 seconds; then run `thpc-node-agent image prep` again.", "请修正 /etc/thpc/image-prep.d 中的程序：属主为 root、权限 0755、600 秒内完成；然后重新运行 `thpc-node-agent image prep`。"));
}
