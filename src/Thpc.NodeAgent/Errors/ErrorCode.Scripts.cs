namespace Thpc.NodeAgent.Errors;

/// <summary>Of getting scripts from COS, of running them, and of packages.</summary>
internal sealed partial record ErrorCode
{
    public static readonly ErrorCode CosUnreachable = new(
        "COS_UNREACHABLE",
        new("COS did not answer: its name does not resolve, the network refuses, or nothing came in time.", "对象存储 COS 无响应：域名无法解析、网络不通或等待超时。"),
        new("Check the node's DNS, route and security group towards COS, and the region in script_path.", "请检查节点到对象存储 COS 的 DNS、路由和安全组，以及 script_path 中的地域。"));

    public static readonly ErrorCode CosTls = new(
        "COS_TLS",
        new("The certificate that COS, or whatever stands in its place, showed was not accepted.", "COS（或代替其应答的一方）出示的证书未通过校验。"),
        new("Check the node's clock and CA certificates, and that no proxy answers in place of COS.", "请检查节点的时钟和 CA 证书，并确认没有代理代替 COS 应答。"));

    public static readonly ErrorCode CosForbidden = new(
        "COS_FORBIDDEN",
        new("COS refused the request: the credentials may not read the script, or the signature was not accepted.", "COS 拒绝了请求：凭证无权读取该脚本，或签名未被接受。"),
        new("Allow name/cos:GetObject on the script to the node's role, and check the node's clock.", "请为节点的实例角色授予该脚本的 name/cos:GetObject 权限，并检查节点的时钟。"));

    public static readonly ErrorCode CosNotFound = new(
        "COS_NOT_FOUND",
        new("The script is not where script_path says.", "script_path 所指的位置没有该脚本。"),
        new("Check the bucket, the region and the key in script_path; upload the script if it is missing.", "请检查 script_path 中的存储桶、地域和对象键；如脚本不存在，请上传。"));

    public static readonly ErrorCode CosServerError = new(
        "COS_SERVER_ERROR",
        new("COS answered with an error of its own, again and again until the time was over.", "COS 返回服务端错误，在时限内重试后仍未成功。"),
        new("COS itself failed; run again, and quote the request id to the vendor if it stays.", "COS 服务端异常：请重新运行；如仍未恢复，请提供 request id 联系腾讯云。"));

    public static readonly ErrorCode CosCorrupt = new(
        "COS_CORRUPT",
        new("What was downloaded is not what COS says it has: the CRC-64 differs.", "下载的内容与 COS 上的不一致：CRC-64 不同。"),
        new("Run again; if it stays, upload the script anew and look for a proxy that changes answers.", "请重新运行；如仍存在，请重新上传脚本，并检查是否有代理篡改应答。"));

    public static readonly ErrorCode CosCredentials = new(
        "COS_CREDENTIALS",
        new("There are no credentials to sign requests to COS with, or they cannot be used.", "没有可用于签名 COS 请求的凭证，或凭证不可用。"),
        new("Bind a CAM role to the instance, or give keys by environment or /etc/thpc/cos-credentials.toml (root, 0600).", "请为实例绑定 CAM 实例角色，或通过环境变量、/etc/thpc/cos-credentials.toml（root、0600）提供密钥。"));

    public static readonly ErrorCode ScriptTooLarge = new(
        "SCRIPT_TOO_LARGE",
        new("The init script is larger than 16 MiB.", "初始化脚本超过 16 MiB。"),
        new("Keep the init script under 16 MiB; let it download what is larger.", "请将初始化脚本控制在 16 MiB 以内；较大的内容由脚本自行下载。"));

    public static readonly ErrorCode ScriptNoShebang = new(
        "SCRIPT_NO_SHEBANG",
        new("The init script does not begin with `#!/`, so nobody knows what is to run it.", "初始化脚本不以 `#!/` 开头，无法确定由哪个解释器执行。"),
        new("Begin the script with `#!/bin/bash`, or the interpreter that it needs, as its very first bytes.", "请以 `#!/bin/bash` 或所需的解释器作为脚本的开头，前面不能有任何字节。"));

    public static readonly ErrorCode ScriptBadFormat = new(
        "SCRIPT_BAD_FORMAT",
        new("The init script begins with a byte-order mark, has CRLF line ends, or its first line has a NUL byte or no end.", "初始化脚本带有字节序标记（BOM），含有 CRLF 换行，或首行含 NUL 字节或过长。"),
        new("Save the script as UTF-8 without byte-order mark and with LF line ends (`dos2unix`), then upload it again.", "请将脚本保存为不带 BOM 的 UTF-8、LF 换行（`dos2unix`），然后重新上传。"));

    public static readonly ErrorCode ScriptInterpreterMissing = new(
        "SCRIPT_INTERPRETER_MISSING",
        new("The interpreter that the script's first line names is not on this node.", "脚本首行指定的解释器在本节点上不存在。"),
        new("Install the interpreter in the image, or name one that exists in the script's first line.", "请在镜像中安装该解释器，或在脚本首行改用已有的解释器。"));

    public static readonly ErrorCode ScriptHashMismatch = new(
        "SCRIPT_HASH_MISMATCH",
        new("The script is not the one that the configuration pins by sha256.", "脚本与配置中 sha256 指定的内容不一致。"),
        new("If the change was meant, put the new sha256 into the configuration; otherwise find out who changed the script.", "如属有意修改，请在配置中填写新的 sha256；否则请查明是谁修改了脚本。"));

    public static readonly ErrorCode ScriptSignature = new(
        "SCRIPT_SIGNATURE",
        new(
            "The init script has no valid signature of an allowed signer (script.allowed_signers); it did not run.",
            "初始化脚本必须签名（script.allowed_signers），但其旁边没有由许可签名者作出的有效签名；脚本未执行。"),
        new(
            "Sign the script as it is in COS, `ssh-keygen -Y sign -n thpc-init-script -f KEY SCRIPT`; if nobody of yours changed it, find out who did.",
            "请对 COS 中的脚本重新签名：`ssh-keygen -Y sign -n thpc-init-script -f KEY SCRIPT`；如果并非自己人修改，请查明是谁改动了脚本。"));

    public static readonly ErrorCode ScriptFailed = new(
        "SCRIPT_FAILED",
        new("The init script ended with an exit code other than 0, or by a signal.", "初始化脚本以非 0 退出码结束，或被信号终止。"),
        new("Read /var/log/thpc-node-agent/init-script-N.log; `thpc-node-agent script run` repeats it by hand.", "请查看 /var/log/thpc-node-agent/init-script-N.log；可用 `thpc-node-agent script run` 手动重跑。"));

    public static readonly ErrorCode ScriptTimeout = new(
        "SCRIPT_TIMEOUT",
        new("The init script was not done within its timeout, the download included, and was ended.", "初始化脚本在超时时间（含下载）内未执行完，已被终止。"),
        new("Raise the script's timeout (at most 1200 seconds, the download included) or make it faster; its log shows how far it came.", "请调大脚本的超时时间（最长 1200 秒，含下载）或缩短其执行时间；日志可显示执行到了哪一步。"));

    public static readonly ErrorCode ScriptDeadlock = new(
        "SCRIPT_DEADLOCK",
        new(
            "The init script waited with systemctl for a unit that starts only after the agent; it was ended.",
            "初始化脚本通过 systemctl 等待某个单元，而 systemd 要在本程序自身的单元完成之后才会启动它；脚本已被终止。"),
        new(
            "Add `--no-block` to the call in the script (`systemctl --no-block restart UNIT`): systemd starts the unit when the agent is done.",
            "请在脚本的该调用中加上 `--no-block`（`systemctl --no-block restart UNIT`）：本程序完成后 systemd 会启动该单元。"));

    public static readonly ErrorCode ScriptRebootLoop = new(
        "SCRIPT_REBOOT_LOOP",
        new("The init script was begun in two boots and did not end in either; the third boot does not run it.", "初始化脚本已在两次启动中开始执行且均未结束；第三次启动不再执行。"),
        new("Let `reboot` be the script's last command, with nothing that waits after it; then run `thpc-node-agent bootstrap --force`.", "请将 `reboot` 作为脚本的最后一条命令，其后不要等待；然后运行 `thpc-node-agent bootstrap --force`。"));

    public static readonly ErrorCode ScriptNested = new(
        "SCRIPT_NESTED",
        new("The command was called from within an init script, and would wait for the run that waits for this script.", "该命令在初始化脚本内被调用，会等待正在等待该脚本结束的那次运行。"),
        new(
            "Remove the call from the script: once it has ended, the run mounts the configured storage. Other work can wait: `systemd-run sh -c 'thpc-node-agent status --wait; COMMAND'`.",
            "请从脚本中删除该调用：脚本结束后，本次运行会挂载已配置的存储。其他操作可等运行结束后执行：`systemd-run sh -c 'thpc-node-agent status --wait; COMMAND'`。"));

    public static readonly ErrorCode PackagesMissing = new(
        "PACKAGES_MISSING",
        new("What this role needs is not installed, and is not to be installed here or could not be.", "缺少该节点角色所需的软件包，且此处不安装或未能装上。"),
        new("Install what is named above in the image, or remove /root/thpc_preinstalled.json so that it is installed at boot.", "请在镜像中安装上面列出的软件包，或删除 /root/thpc_preinstalled.json 以便在启动时安装。"));

    public static readonly ErrorCode PackagesDatabase = new(
        "PACKAGES_DATABASE",
        new("The database of installed packages is damaged or empty, so nothing can be known or installed.", "已安装软件包的数据库损坏或为空，因此无法判断或安装软件包。"),
        new("Mend the database (`rpm --rebuilddb`; for dpkg a copy is in /var/backups), or use another image; then run again.", "请修复数据库（`rpm --rebuilddb`；dpkg 的副本在 /var/backups），或更换镜像；然后重新运行。"));

    public static readonly ErrorCode PackagesFailed = new(
        "PACKAGES_FAILED",
        new("The package manager failed, or there is none that the agent knows.", "包管理器执行失败，或系统中没有受支持的包管理器。"),
        new("Read the package manager's words above; check the node's repositories and network.", "请查看上面包管理器的输出，并检查节点的软件源和网络。"));
}
