namespace Thpc.NodeAgent.Errors;

/// <summary>All error codes, grouped by the part of the agent that reports them.</summary>
internal sealed partial record ErrorCode
{
    // The agent and the node.
    public static readonly ErrorCode ConfigInvalid = new(
        "CONFIG_INVALID",
        new("The configuration, a flag or an input file contains invalid values.", "配置、命令行参数或输入文件中有无效内容。"),
        new(
            "Correct each problem listed here, then run `thpc-node-agent config check`.",
            "请修正此处列出的各个问题，然后运行 `thpc-node-agent config check` 检查。"));

    public static readonly ErrorCode NotRoot = new(
        "NOT_ROOT",
        new(
            "The command changes the node or reads files that only root can read, and it was not run as root.",
            "该命令会修改节点或读取仅 root 可读的文件，但未以 root 身份运行。"),
        new(
            "Run the command as root, or inspect only, with --root DIR and --dry-run.",
            "请以 root 身份运行该命令；如仅需查看，可加 --root DIR 和 --dry-run。"));

    public static readonly ErrorCode Busy = new(
        "BUSY",
        new("Another run of the agent is in progress and holds this node's lock.", "本节点上另一次运行正在进行，并持有锁。"),
        new(
            "Wait for the other run with `thpc-node-agent status --wait`, then try again.",
            "请用 `thpc-node-agent status --wait` 等待其结束后重试。"));

    public static readonly ErrorCode Interrupted = new(
        "INTERRUPTED",
        new("The run was stopped by a signal or killed before it finished.", "运行尚未完成就被信号中止或被强制终止。"),
        new(
            "Run `thpc-node-agent bootstrap` again; it continues with the steps that are not done.",
            "请重新运行 `thpc-node-agent bootstrap`，它会继续执行尚未完成的步骤。"));

    public static readonly ErrorCode Internal = new(
        "INTERNAL",
        new("The agent failed with an error that it does not handle.", "程序因未处理的错误而失败。"),
        new(
            "This is a bug in the agent: report it with /var/lib/thpc-node-agent/report.json and the log.",
            "这是程序自身的缺陷：请附上 /var/lib/thpc-node-agent/report.json 和日志反馈。"));

    public static readonly ErrorCode NoSpace = new(
        "NO_SPACE",
        new("A file could not be written: its file system is full, or a quota is used up.", "文件无法写入：文件系统已满或配额已用尽。"),
        new("Free space on the file system named above, then run again.", "请清理上面所述文件系统的空间后重新运行。"));

    public static readonly ErrorCode FileAccess = new(
        "FILE_ACCESS",
        new("A file on the node could not be read or written.", "节点上的文件无法读取或写入。"),
        new(
            "Check that the file system named above is mounted (read-write for a write) and that the file is not immutable (`lsattr`).",
            "请检查上面所述文件系统是否已挂载（写入时须为读写方式），以及文件是否被设为不可修改（`lsattr`）。"));

    public static readonly ErrorCode NodeNotReady = new(
        "NODE_NOT_READY",
        new("No bootstrap has succeeded on this node since it booted.", "本节点启动以来没有任何一次 bootstrap 成功。"),
        new(
            "Find the cause with `thpc-node-agent status`, correct it, then run `systemctl restart thpc-node-agent`.",
            "请用 `thpc-node-agent status` 查看原因，修复后执行 `systemctl restart thpc-node-agent`。"));

    public static readonly ErrorCode NisUnbound = new(
        "NIS_UNBOUND",
        new(
            "ypbind is running, but no NIS server answers it: cluster users cannot be resolved on this node.",
            "ypbind 正在运行，但没有 NIS 服务器应答：本节点无法解析集群用户。"),
        new(
            "Check the server in /etc/yp.conf, the domain in /etc/defaultdomain, and that this node reaches the server's port 111.",
            "请检查 /etc/yp.conf 中的服务器、/etc/defaultdomain 中的域名，以及本节点能否访问该服务器的 111 端口。"));

    // Tencent Cloud Object Storage.
    public static readonly ErrorCode CosUnreachable = new(
        "COS_UNREACHABLE",
        new(
            "COS could not be reached: its name did not resolve, the connection failed, or no answer came in time.",
            "无法访问对象存储 COS：域名无法解析、连接失败或等待超时。"),
        new(
            "Check the node's DNS, route and security group for COS, and the region in script_path.",
            "请检查节点到对象存储 COS 的 DNS、路由和安全组，以及 script_path 中的地域。"));

    public static readonly ErrorCode CosTls = new(
        "COS_TLS",
        new("The TLS certificate of the COS endpoint was rejected.", "COS 访问地址出示的 TLS 证书未通过校验。"),
        new(
            "Check the node's clock and CA certificates, and that no proxy answers in place of COS.",
            "请检查节点的时钟和 CA 证书，并确认没有代理代替 COS 应答。"));

    public static readonly ErrorCode CosForbidden = new(
        "COS_FORBIDDEN",
        new(
            "COS refused the request: the credentials do not permit reading the script, or the signature was rejected.",
            "COS 拒绝了请求：凭证无权读取该脚本，或签名未被接受。"),
        new(
            "Grant the node's role name/cos:GetObject on the script, and check the node's clock.",
            "请为节点的实例角色授予该脚本的 name/cos:GetObject 权限，并检查节点的时钟。"));

    public static readonly ErrorCode CosNotFound = new(
        "COS_NOT_FOUND",
        new("The script does not exist at script_path.", "script_path 所指的位置没有该脚本。"),
        new(
            "Check the bucket, the region and the key in script_path; upload the script if it is missing.",
            "请检查 script_path 中的存储桶、地域和对象键；如脚本不存在，请上传。"));

    public static readonly ErrorCode CosServerError = new(
        "COS_SERVER_ERROR",
        new("COS returned a server error on every attempt until the time limit.", "COS 返回服务端错误，在时限内多次重试仍未成功。"),
        new(
            "Run again; if it fails again, contact Tencent Cloud with the request id.",
            "请重新运行；如仍失败，请提供 request id 联系腾讯云。"));

    public static readonly ErrorCode CosCorrupt = new(
        "COS_CORRUPT",
        new("The CRC-64 of the downloaded file differs from the one that COS reports.", "下载文件的 CRC-64 与 COS 返回的不一致。"),
        new(
            "Run again; if it fails again, upload the script again and check for a proxy that changes responses.",
            "请重新运行；如仍失败，请重新上传脚本，并检查是否有代理篡改了响应。"));

    public static readonly ErrorCode CosCredentials = new(
        "COS_CREDENTIALS",
        new("No usable credentials were found for signing requests to COS.", "没有可用于签名 COS 请求的凭证，或凭证不可用。"),
        new(
            "Bind a CAM role to the instance, or provide keys in the environment or in /etc/thpc/cos-credentials.toml (root, 0600).",
            "请为实例绑定 CAM 角色，或通过环境变量、/etc/thpc/cos-credentials.toml（root、0600）提供密钥。"));

    // Init scripts.
    public static readonly ErrorCode ScriptTooLarge = new(
        "SCRIPT_TOO_LARGE",
        new("The init script is larger than 16 MiB.", "初始化脚本超过 16 MiB。"),
        new(
            "Keep the init script under 16 MiB; download larger files from within the script.",
            "请将初始化脚本控制在 16 MiB 以内；较大的文件请在脚本中下载。"));

    public static readonly ErrorCode ScriptNoShebang = new(
        "SCRIPT_NO_SHEBANG",
        new("The init script does not begin with `#!/`, so its interpreter is unknown.", "初始化脚本不以 `#!/` 开头，无法确定解释器。"),
        new(
            "Begin the script's first line with `#!/bin/bash` or the interpreter that it needs; nothing may precede it.",
            "请以 `#!/bin/bash` 或所需的解释器作为脚本首行的开头，其前面不能有任何内容。"));

    public static readonly ErrorCode ScriptBadFormat = new(
        "SCRIPT_BAD_FORMAT",
        new(
            "The init script has a byte-order mark or CRLF line endings, or its first line has a NUL byte or no end.",
            "初始化脚本带有字节序标记（BOM）、使用 CRLF 换行，或首行含 NUL 字节或没有换行符。"),
        new(
            "Save the script as UTF-8 without byte-order mark and with LF line endings (`dos2unix`), then upload it again.",
            "请将脚本保存为不带 BOM 的 UTF-8、LF 换行（`dos2unix`），然后重新上传。"));

    public static readonly ErrorCode ScriptInterpreterMissing = new(
        "SCRIPT_INTERPRETER_MISSING",
        new("The interpreter in the script's first line does not exist on this node.", "脚本首行指定的解释器在本节点上不存在。"),
        new(
            "Install the interpreter in the image, or name an existing one in the script's first line.",
            "请在镜像中安装该解释器，或在脚本首行改用已有的解释器。"));

    public static readonly ErrorCode ScriptHashMismatch = new(
        "SCRIPT_HASH_MISMATCH",
        new("The script's SHA-256 differs from sha256 in the configuration.", "脚本的 SHA-256 与配置中的 sha256 不一致。"),
        new(
            "If the change was intended, update sha256 in the configuration; otherwise find out who changed the script.",
            "如属有意修改，请更新配置中的 sha256；否则请查明是谁修改了脚本。"));

    public static readonly ErrorCode ScriptSignature = new(
        "SCRIPT_SIGNATURE",
        new(
            "The init script has no valid signature by an allowed signer (script.allowed_signers); it was not run.",
            "初始化脚本没有许可签名者（script.allowed_signers）的有效签名，因此未执行。"),
        new(
            "Sign the script in COS: `ssh-keygen -Y sign -n thpc-init-script -f KEY SCRIPT`; if you did not change it, find out who did.",
            "请对 COS 中的脚本签名：`ssh-keygen -Y sign -n thpc-init-script -f KEY SCRIPT`；如果脚本并非由您修改，请查明是谁修改的。"));

    public static readonly ErrorCode ScriptFailed = new(
        "SCRIPT_FAILED",
        new("The init script exited with a code other than 0, or was ended by a signal.", "初始化脚本以非 0 退出码结束，或被信号终止。"),
        new(
            "Read /var/log/thpc-node-agent/init-script-N.log; `thpc-node-agent script run` repeats the script by hand.",
            "请查看 /var/log/thpc-node-agent/init-script-N.log；可用 `thpc-node-agent script run` 手动重跑。"));

    public static readonly ErrorCode ScriptTimeout = new(
        "SCRIPT_TIMEOUT",
        new(
            "The init script, including its download, did not finish within its timeout and was ended.",
            "初始化脚本（含下载）未在超时时间内执行完，已被终止。"),
        new(
            "Raise the script's timeout (at most 1200 seconds, including the download) or make it faster; its log shows its progress.",
            "请调大脚本的超时时间（最长 1200 秒，含下载）或缩短其执行时间；日志中可看到执行进度。"));

    public static readonly ErrorCode ScriptDeadlock = new(
        "SCRIPT_DEADLOCK",
        new(
            "The init script waited with systemctl for a unit that starts only after the agent; it was ended.",
            "初始化脚本通过 systemctl 等待某个单元，而 systemd 要在本程序的单元完成之后才会启动它；脚本已被终止。"),
        new(
            "Add `--no-block` to the call in the script (`systemctl --no-block restart UNIT`): systemd starts the unit after the agent.",
            "请在脚本的该调用中加上 `--no-block`（`systemctl --no-block restart UNIT`）：本程序完成后 systemd 会启动该单元。"));

    public static readonly ErrorCode ScriptRebootLoop = new(
        "SCRIPT_REBOOT_LOOP",
        new(
            "The init script was started in two boots and finished in neither; the third boot does not run it.",
            "初始化脚本已在两次启动中开始执行且均未结束；第三次启动不再执行。"),
        new(
            "Make `reboot` the script's last command, with no wait after it; then run `thpc-node-agent bootstrap --force`.",
            "请将 `reboot` 作为脚本的最后一条命令，其后不要等待；然后运行 `thpc-node-agent bootstrap --force`。"));

    public static readonly ErrorCode ScriptNested = new(
        "SCRIPT_NESTED",
        new(
            "The command was called by an init script and would wait for the run that waits for this script.",
            "该命令由初始化脚本调用，会等待正在等待该脚本结束的那次运行。"),
        new(
            "Remove the call from the script; run later work with `systemd-run sh -c 'thpc-node-agent status --wait; COMMAND'`.",
            "请从脚本中删除该调用；需在之后执行的操作请用 `systemd-run sh -c 'thpc-node-agent status --wait; COMMAND'`。"));

    // Packages.
    public static readonly ErrorCode PackagesMissing = new(
        "PACKAGES_MISSING",
        new(
            "Packages required by this role are missing and were not, or could not be, installed.",
            "缺少该节点角色所需的软件包，且此处不安装或未能安装。"),
        new(
            "Install the packages named above in the image, or remove /root/thpc_preinstalled.json so that they are installed at boot.",
            "请在镜像中安装上面列出的软件包，或删除 /root/thpc_preinstalled.json 以便在启动时安装。"));

    public static readonly ErrorCode PackagesFailed = new(
        "PACKAGES_FAILED",
        new("The package manager failed, or the node has no supported package manager.", "包管理器执行失败，或系统中没有受支持的包管理器。"),
        new(
            "Read the package manager's output above; check the node's repositories and network.",
            "请查看上面包管理器的输出，并检查节点的软件源和网络。"));

    public static readonly ErrorCode PackagesDatabase = new(
        "PACKAGES_DATABASE",
        new(
            "The database of installed packages is damaged or empty, so packages can neither be checked nor installed.",
            "已安装软件包的数据库损坏或为空，因此无法检查或安装软件包。"),
        new(
            "Repair the database (`rpm --rebuilddb`; dpkg keeps a copy in /var/backups), or use another image; then run again.",
            "请修复数据库（`rpm --rebuilddb`；dpkg 的副本在 /var/backups），或更换镜像；然后重新运行。"));

    // Mounts.
    public static readonly ErrorCode MountUnreachable = new(
        "MOUNT_UNREACHABLE",
        new("The storage server does not accept connections on its port.", "存储服务端的端口无法连接。"),
        new(
            "Check that the server is running and that the security group allows this node to reach that port.",
            "请检查服务端是否正在运行，以及安全组是否允许本节点访问该端口。"));

    public static readonly ErrorCode MountDenied = new(
        "MOUNT_DENIED",
        new("The server does not permit this node to mount the file system.", "服务端不允许本节点挂载该文件系统。"),
        new(
            "Add this node's address to the file system's permission group, with read and write access.",
            "请将本节点的 IP 地址加入文件系统的权限组，并授予读写权限。"));

    public static readonly ErrorCode MountNotFound = new(
        "MOUNT_NOT_FOUND",
        new("The server has no such export or directory.", "服务端没有该导出路径或目录。"),
        new(
            "Check remote_path against the file system's mount target in the console.",
            "请对照控制台中文件系统的挂载点检查 remote_path。"));

    public static readonly ErrorCode MountTimeout = new(
        "MOUNT_TIMEOUT",
        new("A storage server, or a file system mounted from it, did not answer in time.", "存储服务端或其挂载未在时限内响应。"),
        new(
            "Check the server's state: it accepts connections but does not answer. Then run again.",
            "服务端接受连接但不响应：请检查其状态后重新运行。"));

    public static readonly ErrorCode MountHelperMissing = new(
        "MOUNT_HELPER_MISSING",
        new(
            "The client for this kind of storage is not installed, or does not match the running kernel.",
            "节点上没有该类存储的客户端，或客户端与当前内核不匹配。"),
        new(
            "Run `thpc-node-agent packages install`, or install the client in the image.",
            "请运行 `thpc-node-agent packages install`，或在镜像中预装客户端。"));

    public static readonly ErrorCode MountConflict = new(
        "MOUNT_CONFLICT",
        new(
            "Another file system is mounted at this path, or another entry mounts one there.",
            "该路径已挂载其他文件系统，或另有配置项要在此挂载。"),
        new(
            "Unmount the other file system or choose another local_path; nothing was changed.",
            "请卸载该处已有的文件系统，或改用其他 local_path；未做任何改动。"));

    public static readonly ErrorCode MountBusy = new(
        "MOUNT_BUSY",
        new("The mount is in use by processes or by other mounts below it.", "有进程或其下的其他挂载正在使用该挂载。"),
        new("End the processes that use it, then try again.", "请结束占用它的进程后重试。"));

    public static readonly ErrorCode MountUnsafePath = new(
        "MOUNT_UNSAFE_PATH",
        new(
            "The mount point is in a system directory, or users other than root can redirect it.",
            "挂载点位于系统目录中，或可被 root 以外的用户改指他处。"),
        new(
            "Choose a local_path such as /data that stays outside system directories and whose parent directories belong to root.",
            "请使用独立的 local_path（例如 /data）：不指向系统目录，且上级目录属于 root。"));

    public static readonly ErrorCode MountFailed = new(
        "MOUNT_FAILED",
        new("Mounting or unmounting failed for a reason that no other code covers.", "挂载或卸载失败，原因不属于其他错误码。"),
        new(
            "Read the output of mount above and the kernel log (`dmesg | tail`); check mount_option.",
            "请查看上面 mount 的输出和内核日志（`dmesg | tail`），并检查 mount_option。"));

    public static readonly ErrorCode MountMissing = new(
        "MOUNT_MISSING",
        new("Configured storage is not mounted.", "应挂载的存储没有挂载。"),
        new("Run `thpc-node-agent bootstrap`: it mounts what is missing.", "请运行 `thpc-node-agent bootstrap`，它会挂载缺失的存储。"));

    public static readonly ErrorCode MountStale = new(
        "MOUNT_STALE",
        new("The mount is stale: the server no longer recognises it.", "挂载已失效：服务端已不再识别该挂载。"),
        new(
            "Run `thpc-node-agent storage verify --repair`: it remounts if no process uses the mount. A replaced export causes this.",
            "请运行 `thpc-node-agent storage verify --repair`：无进程使用时会重新挂载。常见原因是导出目录被替换。"));

    public static readonly ErrorCode MountDead = new(
        "MOUNT_DEAD",
        new("The FUSE daemon of the mount has exited.", "该挂载的 FUSE 守护进程已退出。"),
        new(
            "Run `thpc-node-agent storage verify --repair` to remount; the daemon's own log shows why it exited.",
            "请运行 `thpc-node-agent storage verify --repair` 重新挂载；退出原因请查看该守护进程自身的日志。"));

    public static readonly ErrorCode MountReadOnly = new(
        "MOUNT_READ_ONLY",
        new("The mount is read-only but is configured read-write.", "挂载变为只读，与配置不符。"),
        new(
            "Find the cause in the kernel log (`dmesg | tail`), then remount with `thpc-node-agent storage verify --repair`.",
            "请在内核日志（`dmesg | tail`）中查找原因，然后用 `thpc-node-agent storage verify --repair` 重新挂载。"));

    public static readonly ErrorCode StorageNotFound = new(
        "STORAGE_NOT_FOUND",
        new("The cluster has no storage at this path.", "该路径上没有集群的存储。"),
        new("Run `thpc-node-agent storage list` to see this node's storage.", "请用 `thpc-node-agent storage list` 查看本节点的存储。"));

    // fstab and units.
    public static readonly ErrorCode FstabInvalid = new(
        "FSTAB_INVALID",
        new("/etc/fstab cannot be parsed, or cannot hold the line to be written.", "/etc/fstab 无法解析，或无法容纳要写入的行。"),
        new(
            "Correct /etc/fstab by hand: `findmnt --verify` names the lines.",
            "请手动修正 /etc/fstab：`findmnt --verify` 会指出有问题的行。"));

    public static readonly ErrorCode FstabWrite = new(
        "FSTAB_WRITE",
        new("/etc/fstab could not be replaced, or systemd could not reload it.", "/etc/fstab 无法更新，或 systemd 未能重新加载。"),
        new(
            "Check that /etc is writable and has free space, and that fstab is not immutable (`lsattr /etc/fstab`).",
            "请检查 /etc 可写且有剩余空间，以及 fstab 未被设为不可修改（`lsattr /etc/fstab`）。"));

    public static readonly ErrorCode FstabMissing = new(
        "FSTAB_MISSING",
        new("The storage is mounted, but the next boot will not mount it.", "存储当前已挂载，但下次启动时不会自动挂载。"),
        new(
            "Run `thpc-node-agent storage verify --repair` to write the missing entry.",
            "请运行 `thpc-node-agent storage verify --repair` 写入缺失的配置。"));

    public static readonly ErrorCode FstabDuplicate = new(
        "FSTAB_DUPLICATE",
        new("Several fstab lines or mount units have the same mount point.", "fstab 中有多行或多个 mount unit 使用同一挂载点。"),
        new("Keep one of them, and remove the others by hand.", "请只保留其中一个，并手动删除其余的。"));

    public static readonly ErrorCode FstabOtherCluster = new(
        "FSTAB_OTHER_CLUSTER",
        new(
            "An fstab line or a unit was written for another cluster or another machine.",
            "fstab 中的行或 unit 是为其他集群或其他机器写入的。"),
        new(
            "Remove it with `thpc-node-agent bootstrap` or `storage verify --repair`; at boot, run `thpc-node-agent guard` before mounts.",
            "请用 `thpc-node-agent bootstrap` 或 `storage verify --repair` 移除；启动时请在挂载之前运行 `thpc-node-agent guard`。"));

    // Images of nodes.
    public static readonly ErrorCode ImageRefused = new(
        "IMAGE_REFUSED",
        new("An image cannot be made from a manager node.", "不能用管控节点制作镜像。"),
        new(
            "Make the image from a COMPUTE or LOGIN node: nodes created from a manager's image would act as managers.",
            "请用 COMPUTE 或 LOGIN 节点制作镜像：由管控节点镜像创建的节点会以管控节点的身份运行。"));

    public static readonly ErrorCode ImageBackup = new(
        "IMAGE_BACKUP",
        new("The backup of the files to be removed could not be written.", "待删除文件的备份无法写入。"),
        new(
            "Read the output above and check that `tar` and `gzip` are installed; nothing was removed.",
            "请查看上面的输出，并确认已安装 `tar` 和 `gzip`；未删除任何内容。"));

    public static readonly ErrorCode ImageDropIn = new(
        "IMAGE_DROPIN",
        new("A program in /etc/thpc/image-prep.d failed or is not trusted.", "/etc/thpc/image-prep.d 中的程序执行失败或不可信。"),
        new(
            "Correct the program: owner root, mode 0755, done within 600 seconds. Then run `thpc-node-agent image prep` again.",
            "请修正该程序：属主为 root、权限 0755、600 秒内完成；然后重新运行 `thpc-node-agent image prep`。"));

    /// <summary>Every code, in the order of the documentation.</summary>
    // Last in the file: static fields are initialised in the order of the text.
    public static IReadOnlyList<ErrorCode> All { get; } =
    [
        ConfigInvalid, NotRoot, Busy, Interrupted, Internal, NoSpace, FileAccess, NodeNotReady, NisUnbound,
        CosUnreachable, CosTls, CosForbidden, CosNotFound, CosServerError, CosCorrupt, CosCredentials,
        ScriptTooLarge, ScriptNoShebang, ScriptBadFormat, ScriptInterpreterMissing, ScriptHashMismatch, ScriptSignature,
        ScriptFailed, ScriptTimeout, ScriptDeadlock, ScriptRebootLoop, ScriptNested,
        PackagesMissing, PackagesFailed, PackagesDatabase,
        MountUnreachable, MountDenied, MountNotFound, MountTimeout, MountHelperMissing, MountConflict, MountBusy, MountUnsafePath,
        MountFailed, MountMissing, MountStale, MountDead, MountReadOnly, StorageNotFound,
        FstabInvalid, FstabWrite, FstabMissing, FstabDuplicate, FstabOtherCluster,
        ImageRefused, ImageBackup, ImageDropIn,
    ];
}
