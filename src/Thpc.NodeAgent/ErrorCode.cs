namespace Thpc.NodeAgent;

/// <summary>A stable name for a kind of failure, with the hint that fits it in general.</summary>
internal sealed record ErrorCode(string Name, string Hint)
{
    // errno, which .NET hands on as HResult.
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    public static readonly ErrorCode ConfigInvalid = new("CONFIG_INVALID", "Correct the lines named above; `thpc-node-agent config check` says when all is well.");
    public static readonly ErrorCode NotRoot = new("NOT_ROOT", "Run it as root, or with --root DIR and --dry-run to look only.");
    public static readonly ErrorCode Busy = new("BUSY", "Wait for the other run with `thpc-node-agent status --wait`, then try again.");
    public static readonly ErrorCode Interrupted = new("INTERRUPTED", "Run `thpc-node-agent bootstrap` again: it goes on with what is missing.");
    public static readonly ErrorCode Internal = new("INTERNAL", "This is a bug in the agent: report it with /var/lib/thpc-node-agent/report.json and the log.");
    public static readonly ErrorCode NoSpace = new("NO_SPACE", "Free space on the file system named above, then run again.");
    public static readonly ErrorCode FileAccess = new("FILE_ACCESS", "Check that the file system named above is mounted read-write and that nothing made the file immutable (`lsattr`).");

    public static readonly ErrorCode CosUnreachable = new("COS_UNREACHABLE", "Check the node's DNS, route and security group towards COS, and the region in script_path.");
    public static readonly ErrorCode CosTls = new("COS_TLS", "Check the node's clock and CA certificates, and that no proxy answers in place of COS.");
    public static readonly ErrorCode CosForbidden = new("COS_FORBIDDEN", "Allow name/cos:GetObject on the script to the node's role, and check the node's clock.");
    public static readonly ErrorCode CosNotFound = new("COS_NOT_FOUND", "Check the bucket, the region and the key in script_path; upload the script if it is missing.");
    public static readonly ErrorCode CosServerError = new("COS_SERVER_ERROR", "COS itself failed; run again, and quote the request id to the vendor if it stays.");
    public static readonly ErrorCode CosCorrupt = new("COS_CORRUPT", "Run again; if it stays, upload the script anew and look for a proxy that changes answers.");
    public static readonly ErrorCode CosCredentials = new("COS_CREDENTIALS", "Bind a CAM role to the instance, or give keys by environment or /etc/thpc/cos-credentials.toml (root, 0600).");

    public static readonly ErrorCode ScriptTooLarge = new("SCRIPT_TOO_LARGE", "Keep the init script under 16 MiB; let it download what is larger.");
    public static readonly ErrorCode ScriptNoShebang = new("SCRIPT_NO_SHEBANG", "Begin the script with `#!/bin/bash`, or the interpreter that it needs, as its very first bytes.");
    public static readonly ErrorCode ScriptBadFormat = new("SCRIPT_BAD_FORMAT", "Save the script as UTF-8 without byte-order mark and with LF line ends (`dos2unix`), then upload it again.");
    public static readonly ErrorCode ScriptInterpreterMissing = new("SCRIPT_INTERPRETER_MISSING", "Install the interpreter in the image, or name one that exists in the script's first line.");
    public static readonly ErrorCode ScriptHashMismatch = new("SCRIPT_HASH_MISMATCH", "If the change was meant, put the new sha256 into the configuration; otherwise find out who changed the script.");
    public static readonly ErrorCode ScriptFailed = new("SCRIPT_FAILED", "Read /var/log/thpc-node-agent/init-script-N.log; `thpc-node-agent script run` repeats it by hand.");
    public static readonly ErrorCode ScriptTimeout = new("SCRIPT_TIMEOUT", "Raise the script's timeout (at most 1200 seconds, the download included) or make it faster; its log shows how far it came.");

    public static readonly ErrorCode PackagesMissing = new("PACKAGES_MISSING", "Install what is named above in the image, or remove /root/thpc_preinstalled.json so that it is installed at boot.");
    public static readonly ErrorCode PackagesFailed = new("PACKAGES_FAILED", "Read the package manager's words above; check the node's repositories and network.");

    public static readonly ErrorCode MountUnreachable = new("MOUNT_UNREACHABLE", "Check that the server runs and that the security group lets this node reach it on that port.");
    public static readonly ErrorCode MountDenied = new("MOUNT_DENIED", "Add this node's address to the file system's permission group, read and write.");
    public static readonly ErrorCode MountNotFound = new("MOUNT_NOT_FOUND", "Check remote_path against the file system's mount target in the console.");
    public static readonly ErrorCode MountTimeout = new("MOUNT_TIMEOUT", "The server accepts connections but does not answer; look at its state, then run again.");
    public static readonly ErrorCode MountHelperMissing = new("MOUNT_HELPER_MISSING", "Run `thpc-node-agent packages install`, or bake the client into the image.");
    public static readonly ErrorCode MountConflict = new("MOUNT_CONFLICT", "Unmount what is there or choose another local_path; nothing was touched.");
    public static readonly ErrorCode MountBusy = new("MOUNT_BUSY", "End the processes that use it, then try again.");
    public static readonly ErrorCode MountUnsafePath = new("MOUNT_UNSAFE_PATH", "Choose a local_path of its own, such as /data, that leads nowhere into the system's directories.");
    public static readonly ErrorCode MountFailed = new("MOUNT_FAILED", "Read mount's words above and the kernel log (`dmesg | tail`); check mount_option.");
    public static readonly ErrorCode MountMissing = new("MOUNT_MISSING", "Run `thpc-node-agent bootstrap`: it mounts what is missing.");
    public static readonly ErrorCode MountStale = new("MOUNT_STALE", "The server no longer knows it, as after its export was replaced: `thpc-node-agent storage verify --repair` mounts it anew where nobody uses it.");
    public static readonly ErrorCode MountDead = new("MOUNT_DEAD", "Its daemon has died: `thpc-node-agent storage verify --repair` mounts it anew; see the daemon's own log.");
    public static readonly ErrorCode MountReadOnly = new("MOUNT_READ_ONLY", "See the kernel log for why (`dmesg | tail`); `thpc-node-agent storage verify --repair` mounts it anew where nobody uses it.");
    public static readonly ErrorCode StorageNotFound = new("STORAGE_NOT_FOUND", "`thpc-node-agent storage list` shows what this node has.");
    public static readonly ErrorCode FstabMissing = new("FSTAB_MISSING", "`thpc-node-agent storage verify --repair` writes it.");
    public static readonly ErrorCode FstabOtherCluster = new("FSTAB_OTHER_CLUSTER", "`thpc-node-agent bootstrap` or `storage verify --repair` takes it out; run `thpc-node-agent guard` at boot, before anything is mounted.");
    public static readonly ErrorCode FstabInvalid = new("FSTAB_INVALID", "Correct /etc/fstab by hand: `findmnt --verify` names the lines.");
    public static readonly ErrorCode FstabWrite = new("FSTAB_WRITE", "Check that /etc is writable, has space, and that fstab is not immutable (`lsattr /etc/fstab`).");

    public static readonly ErrorCode ImageRefused = new("IMAGE_REFUSED", "Make the image from a COMPUTE or LOGIN node: nodes made from a manager would take themselves for one.");
    public static readonly ErrorCode ImageBackup = new("IMAGE_BACKUP", "See the words above, and that `tar` and `gzip` are installed; nothing was removed.");
    public static readonly ErrorCode ImageDropIn = new("IMAGE_DROPIN", "Correct the program in /etc/thpc/image-prep.d: root's, mode 0755, done within 600 seconds; then run `thpc-node-agent image prep` again.");

    /// <summary>Every code there is.</summary>
    public static IReadOnlyList<ErrorCode> All { get; } =
    [
        ConfigInvalid, NotRoot, Busy, Interrupted, Internal, NoSpace, FileAccess,
        CosUnreachable, CosTls, CosForbidden, CosNotFound, CosServerError, CosCorrupt, CosCredentials,
        ScriptTooLarge, ScriptNoShebang, ScriptBadFormat, ScriptInterpreterMissing, ScriptHashMismatch, ScriptFailed, ScriptTimeout,
        PackagesMissing, PackagesFailed,
        MountUnreachable, MountDenied, MountNotFound, MountTimeout, MountHelperMissing, MountConflict, MountBusy, MountUnsafePath, MountFailed, MountMissing,
        MountStale, MountDead, MountReadOnly, StorageNotFound,
        FstabInvalid, FstabWrite, FstabMissing, FstabOtherCluster,
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
