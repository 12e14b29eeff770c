using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Hints of the room Stages/Mount, in both languages.</summary>
internal static class Hints
{
    public static LocalizedText RestoreParentFileSystem { get; } = new(
        "Restore the file system that contains this directory, then try again.",
        "请先恢复该目录所在的文件系统，然后重试。");

    public static LocalizedText ChooseProtectedPath { get; } = new(
        "Choose a local_path whose parent directories belong to root and are not writable by others.",
        "请选择上级目录均属于 root 且其他用户不可写的 local_path。");

    public static LocalizedText MoveFileAway { get; } = new(
        "Move the file away, or choose another local_path. Nothing was changed.",
        "请移走该文件，或改用其他 local_path。未做任何改动。");

    public static LocalizedText CreateDirectory { get; } = new(
        "Create the directory by hand, or choose another local_path.",
        "请手动创建该目录，或改用其他 local_path。");

    public static LocalizedText EmptyDirectory { get; } = new(
        "Move these files away, or choose another local_path. Nothing was changed.",
        "请移走这些文件，或改用其他 local_path。未做任何改动。");

    public static LocalizedText StopProgramsInOpt { get; } = new(
        "Stop these programs or move them out of /opt, or mount anyway with --mount-over-opt. Nothing was changed.",
        "请停止这些程序或将其移出 /opt，也可以用 --mount-over-opt 强制挂载。未做任何改动。");

    public static LocalizedText UnmountOthersBelow { get; } = new(
        "Unmount these file systems, or choose another local_path. Nothing was changed.",
        "请卸载这些文件系统，或改用其他 local_path。未做任何改动。");

    public static LocalizedText MountOrRemove { get; } = new(
        "Run `thpc-node-agent storage verify --repair` to mount it, or `thpc-node-agent storage remove` to remove it.",
        "运行 `thpc-node-agent storage verify --repair` 可重新挂载，运行 `thpc-node-agent storage remove` 可将其移除。");

    public static LocalizedText UnmountByHand { get; } = new(
        "Unmount it by hand first. Nothing was changed.",
        "请先手动卸载。未做任何改动。");

    public static LocalizedText RemoveBootEntry { get; } = new(
        "Remove that entry by hand first, or the next boot mounts it again. Nothing was changed.",
        "请先手动删除该条目，否则下次启动时会再次挂载。未做任何改动。");

    public static LocalizedText CorrectBootEntry { get; } = new(
        "Correct or remove that entry, or choose another local_path. Nothing was changed.",
        "请修正或删除该条目，或改用其他 local_path。未做任何改动。");

    public static LocalizedText CorrectTypeAndVersion { get; } = new(
        "Correct the type and version of that entry, or remove it.",
        "请修正该条目的文件系统类型和协议版本，或将其删除。");

    public static LocalizedText RemoveFromAutomounter { get; } = new(
        "Remove the path from the automounter's map first. Nothing was changed.",
        "请先从 automounter 的映射中删除该路径。未做任何改动。");

    public static LocalizedText UnmountBelowFirst { get; } = new(
        "Remove the mounts below it first.",
        "请先移除其下的挂载。");

    public static LocalizedText WaitOrDetach { get; } = new(
        "Wait until its server or daemon answers, or detach it with `thpc-node-agent storage remove --lazy`.",
        "请等待其服务端或守护进程恢复响应，或用 `thpc-node-agent storage remove --lazy` 强制分离。");

    public static LocalizedText WaitOrDetachAndStopUsers { get; } = new(
        "Wait until the server answers, or detach with --lazy and stop the processes that use it.",
        "请等待服务端恢复响应，或用 --lazy 强制分离并结束占用它的进程。");

    public static LocalizedText ReadUmountOutput { get; } = new(
        "Read the output of umount above, or detach with --lazy.",
        "请查看上面 umount 的输出，或用 --lazy 强制分离。");

    public static LocalizedText CreateFstab { get; } = new(
        "Make /etc/fstab a regular file; it may be empty. Nothing was changed.",
        "请将 /etc/fstab 恢复为普通文件（可以为空）。未做任何改动。");

    public static LocalizedText AvoidUnusualCharacters { get; } = new(
        "Choose a path and mount options without unusual characters.",
        "请使用不含特殊字符的路径和挂载选项。");

    public static LocalizedText ReloadSystemd { get; } = new(
        "Run `systemctl daemon-reload`. If it fails, read `journalctl -b -p warning`.",
        "请运行 `systemctl daemon-reload`；如果失败，请查看 `journalctl -b -p warning`。");

    public static LocalizedText InstallLustreClient { get; } = new(
        "Install the Lustre client built for the running kernel, or boot the kernel it was built for.",
        "请安装与当前内核匹配的 Lustre 客户端，或启动该客户端对应的内核。");

    public static LocalizedText InstallGooseFsClient { get; } = new(
        "Unpack the vendor's client in the image, or set storage.goosefs_home to its directory.",
        "请在镜像中解压 GooseFS 客户端，或将 storage.goosefs_home 设为其所在目录。");

    public static LocalizedText InstallGooseFsxClient { get; } = new(
        "Install the GooseFSx client as its console describes, or set storage.goosefsx_installer.",
        "请按控制台指引安装 GooseFSx 客户端，或配置 storage.goosefsx_installer。");

    public static LocalizedText RunGooseFsxInstaller { get; } = new(
        "Run the command of storage.goosefsx_installer by hand and read its output.",
        "请手动运行 storage.goosefsx_installer 所配置的命令，并查看其输出。");
}
