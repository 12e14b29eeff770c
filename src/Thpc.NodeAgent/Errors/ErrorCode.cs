namespace Thpc.NodeAgent.Errors;

/// <summary>A stable name for a kind of failure. scripts/docs.sh writes docs/errors.md from this table.</summary>
/// <param name="Meaning">What has happened.</param>
/// <param name="Hint">What to do about it in general.</param>
internal sealed partial record ErrorCode(string Name, LocalizedText Meaning, LocalizedText Hint)
{
    // errno, which .NET hands on as HResult.
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    public static readonly ErrorCode ConfigInvalid = new(
        "CONFIG_INVALID",
        new("The configuration, a flag or a file that was given says what cannot be meant.", "配置、参数或指定的文件有误。"),
        new("Correct the lines named above; `thpc-node-agent config check` says when all is well.", "请修正上面列出的各行；`thpc-node-agent config check` 可检查是否已全部正确。"));

    public static readonly ErrorCode NotRoot = new(
        "NOT_ROOT",
        new("The command changes the node or reads what is root's alone, and was not run by root.", "该命令会修改节点或读取仅 root 可读的内容，但未以 root 身份运行。"),
        new("Run it as root, or with --root DIR and --dry-run to look only.", "请以 root 身份运行；如仅需查看，可加 --root DIR 和 --dry-run。"));

    public static readonly ErrorCode Busy = new(
        "BUSY",
        new("Another run of the agent holds the lock of this node.", "本节点上已有另一次运行占用锁。"),
        new("Wait for the other run with `thpc-node-agent status --wait`, then try again.", "请用 `thpc-node-agent status --wait` 等待其结束后重试。"));

    public static readonly ErrorCode Interrupted = new(
        "INTERRUPTED",
        new("The run was told to end, or was killed, before it was done.", "运行在完成之前被要求中止或被强制终止。"),
        new("Run `thpc-node-agent bootstrap` again: it goes on with what is missing.", "请重新运行 `thpc-node-agent bootstrap`，它会继续完成尚未完成的部分。"));

    public static readonly ErrorCode Internal = new(
        "INTERNAL",
        new("The agent met something that its authors had not thought of.", "程序遇到了未预料到的情况。"),
        new("This is a bug in the agent: report it with /var/lib/thpc-node-agent/report.json and the log.", "这是程序自身的缺陷：请附上 /var/lib/thpc-node-agent/report.json 和日志反馈。"));

    public static readonly ErrorCode NoSpace = new(
        "NO_SPACE",
        new("A file could not be written: its file system is full, or a quota is used up.", "文件无法写入：文件系统已满或配额已用尽。"),
        new("Free space on the file system named above, then run again.", "请清理上面所述文件系统的空间后重新运行。"));

    public static readonly ErrorCode FileAccess = new(
        "FILE_ACCESS",
        new("A file of the node could not be read or written.", "节点上的文件无法读取或写入。"),
        new("Check that the file system named above is mounted, read-write where it was to be written to, and that nothing made the file immutable (`lsattr`).", "请检查上面所述文件系统是否已挂载（需要写入时应为读写方式），以及文件是否被设为不可修改（`lsattr`）。"));

    public static readonly ErrorCode NodeNotReady = new(
        "NODE_NOT_READY",
        new("No bootstrap has succeeded on this node since it booted.", "本节点自启动以来没有任何一次 bootstrap 成功。"),
        new("`thpc-node-agent status` shows why; mend that, then `systemctl restart thpc-node-agent`.", "请用 `thpc-node-agent status` 查看原因；修复后执行 `systemctl restart thpc-node-agent`。"));

    public static readonly ErrorCode NisUnbound = new(
        "NIS_UNBOUND",
        new("ypbind runs, and no NIS server answers it: users of the cluster do not resolve on this node.", "ypbind 正在运行，但没有 NIS 服务器应答：本节点无法解析集群用户。"),
        new("Check the server and the domain in /etc/yp.conf and /etc/defaultdomain, and that this node reaches the server's port 111.", "请检查 /etc/yp.conf 和 /etc/defaultdomain 中的服务器与域名，以及本节点能否访问该服务器的 111 端口。"));

    /// <summary>Every code there is. Worked out when asked: the parts of this type are initialised in no order that could be relied on.</summary>
    public static IReadOnlyList<ErrorCode> All =>
    [
        ConfigInvalid, NotRoot, Busy, Interrupted, Internal, NoSpace, FileAccess, NodeNotReady, NisUnbound,
        CosUnreachable, CosTls, CosForbidden, CosNotFound, CosServerError, CosCorrupt, CosCredentials,
        ScriptTooLarge, ScriptNoShebang, ScriptBadFormat, ScriptInterpreterMissing, ScriptHashMismatch, ScriptSignature,
        ScriptFailed, ScriptTimeout, ScriptDeadlock, ScriptRebootLoop, ScriptNested,
        PackagesMissing, PackagesFailed, PackagesDatabase,
        MountUnreachable, MountDenied, MountNotFound, MountTimeout, MountHelperMissing, MountConflict, MountBusy, MountUnsafePath, MountFailed, MountMissing,
        MountStale, MountDead, MountReadOnly, StorageNotFound,
        FstabInvalid, FstabWrite, FstabMissing, FstabDuplicate, FstabOtherCluster,
        ImageRefused, ImageBackup, ImageDropIn,
    ];

    /// <summary>What an exception means to an operator; those that nobody expected are bugs, and keep their stack.</summary>
    /// <param name="interrupted">Whether the run was told to end: a cancellation without that is a limit that nobody made a sentence of.</param>
    public static AgentException Describe(Exception exception, bool interrupted = false) => exception switch
    {
        AgentException e => e,
        OperationCanceledException when interrupted => new AgentException(Interrupted, "the run was interrupted"),
        IOException e when e.HResult is NoSpaceLeft or QuotaExceeded => new AgentException(NoSpace, e.Message, inner: e),
        IOException or UnauthorizedAccessException => new AgentException(FileAccess, exception.Message, inner: exception),
        _ => new AgentException(Internal, exception.ToString(), inner: exception),
    };

    public override string ToString() => Name;
}
