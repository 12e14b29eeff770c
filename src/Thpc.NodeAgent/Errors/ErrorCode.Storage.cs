namespace Thpc.NodeAgent.Errors;

/// <summary>Of mounts and of what brings them back at boot.</summary>
internal sealed partial record ErrorCode
{
    public static readonly ErrorCode MountUnreachable = new(
        "MOUNT_UNREACHABLE",
        new("The storage's server does not take connections on its port.", "存储服务端的端口无法连接。"),
        new("Check that the server runs and that the security group lets this node reach it on that port.", "请检查服务端是否运行，以及安全组是否允许本节点访问该端口。"));

    public static readonly ErrorCode MountDenied = new(
        "MOUNT_DENIED",
        new("The server does not let this node mount it.", "服务端不允许本节点挂载。"),
        new("Add this node's address to the file system's permission group, read and write.", "请将本节点的 IP 地址加入文件系统的权限组，并授予读写权限。"));

    public static readonly ErrorCode MountNotFound = new(
        "MOUNT_NOT_FOUND",
        new("The server has no such export or directory.", "服务端没有该导出路径或目录。"),
        new("Check remote_path against the file system's mount target in the console.", "请对照控制台中文件系统的挂载点检查 remote_path。"));

    public static readonly ErrorCode MountTimeout = new(
        "MOUNT_TIMEOUT",
        new("A server, or what is mounted from it, did not answer in time.", "服务端或其挂载未在时限内响应。"),
        new("The server accepts connections but does not answer; look at its state, then run again.", "服务端接受连接但不响应：请检查其状态后重新运行。"));

    public static readonly ErrorCode MountHelperMissing = new(
        "MOUNT_HELPER_MISSING",
        new("The client for this kind of storage is not on the node, or does not fit its kernel.", "节点上没有该类存储的客户端，或客户端与内核不匹配。"),
        new("Run `thpc-node-agent packages install`, or bake the client into the image.", "请运行 `thpc-node-agent packages install`，或在镜像中预装客户端。"));

    public static readonly ErrorCode MountConflict = new(
        "MOUNT_CONFLICT",
        new("Something else is mounted there, or is to be mounted there by another line.", "该位置已挂载其他内容，或另有配置行要在此挂载。"),
        new("Unmount what is there or choose another local_path; nothing was touched.", "请卸载该处已有的挂载，或改用其他 local_path；未做任何改动。"));

    public static readonly ErrorCode MountBusy = new(
        "MOUNT_BUSY",
        new("Processes, or other mounts below it, use the mount.", "有进程或其下的其他挂载正在使用该挂载。"),
        new("End the processes that use it, then try again.", "请结束占用它的进程后重试。"));

    public static readonly ErrorCode MountUnsafePath = new(
        "MOUNT_UNSAFE_PATH",
        new(
            "The mount point is in a system directory, or users other than root can redirect it.",
            "挂载点位于系统目录中，或可被 root 以外的用户改指他处。"),
        new("Choose a local_path of its own, such as /data, that leads nowhere into the system's directories, below directories that are root's.", "请使用独立的 local_path，例如 /data，不得指向系统目录，且上级目录须属于 root。"));

    public static readonly ErrorCode MountFailed = new(
        "MOUNT_FAILED",
        new("Mounting or unmounting failed for a reason that no other code names.", "挂载或卸载失败，原因不属于其他错误码。"),
        new("Read mount's words above and the kernel log (`dmesg | tail`); check mount_option.", "请查看上面 mount 的输出和内核日志（`dmesg | tail`），并检查 mount_option。"));

    public static readonly ErrorCode MountMissing = new(
        "MOUNT_MISSING",
        new("Nothing is mounted where storage should be.", "应挂载存储的位置没有挂载。"),
        new("Run `thpc-node-agent bootstrap`: it mounts what is missing.", "请运行 `thpc-node-agent bootstrap`，它会挂载缺失的部分。"));

    public static readonly ErrorCode MountStale = new(
        "MOUNT_STALE",
        new("The mount is stale: the server no longer knows what was mounted.", "挂载已失效：服务端已不认识当初挂载的内容。"),
        new("The server no longer knows it, as after its export was replaced: `thpc-node-agent storage verify --repair` mounts it anew where nobody uses it.", "服务端已不认识该挂载（例如导出目录被替换）：`thpc-node-agent storage verify --repair` 会在无人使用时重新挂载。"));

    public static readonly ErrorCode MountDead = new(
        "MOUNT_DEAD",
        new("The FUSE daemon behind the mount is gone.", "挂载背后的 FUSE 进程已不存在。"),
        new("Its daemon has died: `thpc-node-agent storage verify --repair` mounts it anew; see the daemon's own log.", "其守护进程已退出：`thpc-node-agent storage verify --repair` 会重新挂载；请查看该进程自身的日志。"));

    public static readonly ErrorCode MountReadOnly = new(
        "MOUNT_READ_ONLY",
        new("The mount is read-only and should not be.", "挂载变为只读，与配置不符。"),
        new("See the kernel log for why (`dmesg | tail`); `thpc-node-agent storage verify --repair` mounts it anew where nobody uses it.", "请在内核日志（`dmesg | tail`）中查找原因；`thpc-node-agent storage verify --repair` 会在无人使用时重新挂载。"));

    public static readonly ErrorCode StorageNotFound = new(
        "STORAGE_NOT_FOUND",
        new("No storage of the cluster is at that path.", "该路径上没有集群的存储。"),
        new("`thpc-node-agent storage list` shows what this node has.", "`thpc-node-agent storage list` 可列出本节点的存储。"));

    public static readonly ErrorCode FstabInvalid = new(
        "FSTAB_INVALID",
        new("/etc/fstab cannot be understood, or cannot hold what is to be written.", "/etc/fstab 无法解析，或无法容纳要写入的内容。"),
        new("Correct /etc/fstab by hand: `findmnt --verify` names the lines.", "请手动修正 /etc/fstab：`findmnt --verify` 会指出有问题的行。"));

    public static readonly ErrorCode FstabWrite = new(
        "FSTAB_WRITE",
        new("/etc/fstab could not be replaced, or systemd not be told of it.", "/etc/fstab 无法更新，或未能通知 systemd。"),
        new("Check that /etc is writable, has space, and that fstab is not immutable (`lsattr /etc/fstab`).", "请检查 /etc 可写且有剩余空间，以及 fstab 未被设为不可修改（`lsattr /etc/fstab`）。"));

    public static readonly ErrorCode FstabMissing = new(
        "FSTAB_MISSING",
        new("The storage is mounted now, and the next boot will not bring it back.", "存储当前已挂载，但下次启动时不会自动挂载。"),
        new("`thpc-node-agent storage verify --repair` writes it.", "`thpc-node-agent storage verify --repair` 会写入缺失的行。"));

    public static readonly ErrorCode FstabDuplicate = new(
        "FSTAB_DUPLICATE",
        new("Several lines of fstab or mount units are for the same place.", "fstab 中有多行或多个 mount unit 指向同一位置。"),
        new("Keep one of them, and remove the others by hand.", "请只保留其中一个，并手动删除其余的。"));

    public static readonly ErrorCode FstabOtherCluster = new(
        "FSTAB_OTHER_CLUSTER",
        new("A line of fstab or a unit was written for another cluster or another machine.", "fstab 中的行或 unit 是为其他集群或其他机器写入的。"),
        new("`thpc-node-agent bootstrap` or `storage verify --repair` takes it out; run `thpc-node-agent guard` at boot, before anything is mounted.", "`thpc-node-agent bootstrap` 或 `storage verify --repair` 会将其移除；请在启动时、挂载之前运行 `thpc-node-agent guard`。"));
}
