using Thpc.NodeAgent.Bootstrap;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Doctor;

/// <summary>The hints of the checks of `doctor`.</summary>
internal static class Hints
{
    public static LocalizedText ChecksFailed(int failed, int all, string first) => new(
        failed == 1 ? $"doctor: {failed} of {all} checks failed: {first}" : $"doctor: {failed} of {all} checks failed; fix first: {first}",
        failed == 1 ? $"doctor：{all} 项检查中有 {failed} 项失败：{first}" : $"doctor：{all} 项检查中有 {failed} 项失败，请先解决：{first}");

    public static LocalizedText ChecksPassed(int all) => new($"doctor: all {all} checks passed", $"doctor：{all} 项检查全部通过");

    public static LocalizedText ChecksWarned(int all, int warnings) => new(
        $"doctor: none of {all} checks failed; {warnings} of them warn", $"doctor：{all} 项检查均未失败，其中 {warnings} 项有警告");

    public static LocalizedText Ready { get; } = new(
        "verdict: nothing keeps this node from its cluster", "结论：没有发现妨碍该节点加入集群的问题");

    public static LocalizedText NotReady(string check) => new(
        $"verdict: this node does not work as configured; fix {check} first, then run `thpc-node-agent doctor` again",
        $"结论：该节点未按配置工作；请先解决 {check}，然后再次运行 `thpc-node-agent doctor`");

    public static LocalizedText Checked(string time) => new($"checked {time}", $"检查时间 {time}");

    public static LocalizedText CheckTimedOut { get; } = new(
        "The target of this check does not respond; see whether another line names the cause.",
        "该检查的目标无响应；请查看其他检查项是否已指出原因。");

    public static LocalizedText ConfigWarning { get; } = new(
        "Correct the configuration, or ignore this warning if the setting is intended.",
        "请修改配置；若该设置符合预期，可忽略此警告。");

    public static LocalizedText SetClock { get; } = new(
        "Set the clock: `chronyc makestep`, or `timedatectl set-ntp true`.",
        "请校准系统时间：`chronyc makestep` 或 `timedatectl set-ntp true`。");

    public static LocalizedText SetClockForCos { get; } = new(
        "Set the clock (`chronyc makestep`, or `timedatectl set-ntp true`): COS signatures and TLS certificates depend on it.",
        "请校准系统时间（`chronyc makestep` 或 `timedatectl set-ntp true`）：COS 签名和 TLS 证书的校验都依赖系统时间。");

    public static LocalizedText CheckTimeSync { get; } = new(
        "Check that time synchronisation is running: `chronyc tracking`, or `timedatectl`.",
        "请检查时间同步服务是否正常运行：`chronyc tracking` 或 `timedatectl`。");

    public static LocalizedText MetadataUnreachable { get; } = new(
        "Outside the cloud set metadata.endpoint = \"\"; otherwise check the route to 169.254.0.23 and the DNS of metadata.tencentyun.com.",
        "非云上环境请设置 metadata.endpoint = \"\"；云上环境请检查到 169.254.0.23 的路由以及 metadata.tencentyun.com 的域名解析。");

    public static LocalizedText CredentialExpired { get; } = new(
        "Check the clock, and that the CAM role is still bound to the instance.",
        "请检查系统时间，并确认实例仍绑定了 CAM 角色。");

    public static LocalizedText CredentialExpiresSoon { get; } = new(
        "Run `thpc-node-agent doctor` again in a few minutes: the metadata service renews the credential automatically.",
        "请几分钟后再次运行 `thpc-node-agent doctor`：元数据服务会自动续期临时凭证。");

    public static LocalizedText FreeInodes { get; } = new(
        "Delete unneeded small files; find them with `du --inodes -x -d 2 /`.",
        "请删除不需要的小文件；可用 `du --inodes -x -d 2 /` 查找。");

    public static LocalizedText FreeSpace { get; } = new(
        "Free some disk space before packages and init scripts need it.",
        "请在安装软件包和运行初始化脚本之前释放磁盘空间。");

    public static LocalizedText SystemdSilent { get; } = new(
        "Check systemd (`journalctl -b -u init.scope`), and whether memory is exhausted.",
        "请检查 systemd 的状态（`journalctl -b -u init.scope`），以及内存是否耗尽。");

    public static LocalizedText StartFirstRun { get; } = new(
        "Run `thpc-node-agent bootstrap`, or enable the unit, which runs it at boot.",
        "请运行 `thpc-node-agent bootstrap`，或启用 systemd 服务，使其在开机时运行。");

    public static LocalizedText WaitForRun { get; } = new(
        "Wait for the run to end with `thpc-node-agent status --wait`.",
        "请用 `thpc-node-agent status --wait` 等待本次运行结束。");

    public static LocalizedText OtherClusterReport { get; } = new(
        "Run `thpc-node-agent bootstrap` here, and `thpc-node-agent image prep` before the next capture of the image.",
        "请在本节点运行 `thpc-node-agent bootstrap`；下次制作镜像前请先运行 `thpc-node-agent image prep`。");

    public static LocalizedText CleanImage { get; } = new(
        "Clean the image of this node; `thpc-node-agent image check` lists what to remove.",
        "请清理本节点所用的镜像；`thpc-node-agent image check` 会列出需要清理的内容。");

    public static LocalizedText RemoveUnitTimeout { get; } = new(
        "Set TimeoutStartSec=infinity in the unit, as images/systemd does.",
        "请参照 images/systemd，在 unit 文件中设置 TimeoutStartSec=infinity。");

    public static LocalizedText GatewayUnreachable { get; } = new(
        "Start the gateway that cos.endpoint names, or remove the setting.",
        "请启动 cos.endpoint 指定的网关，或删除该配置项。");

    public static LocalizedText CosNameUnresolved { get; } = new(
        "Check /etc/resolv.conf, and the region in script_path.",
        "请检查 /etc/resolv.conf，以及 script_path 中的地域。");

    public static LocalizedText ScriptFileMissing { get; } = new(
        "Create the script at this path, or correct script_path.",
        "请在该路径放置脚本，或修改 script_path。");

    public static LocalizedText NfsModuleMissing { get; } = new(
        "Install the kernel's module package (linux-modules-extra, kernel-modules), or boot a kernel that has the module.",
        "请安装该内核的模块软件包（linux-modules-extra、kernel-modules），或改用带有该模块的内核启动。");

    public static LocalizedText ServerNameUnresolved { get; } = new(
        "Check /etc/resolv.conf, or use the server's IP address in the configuration.",
        "请检查 /etc/resolv.conf，或在配置中改用服务端的 IP 地址。");

    public static LocalizedText NoRoute { get; } = new(
        "Check the routes (`ip route`): the server must be in the cluster's VPC or in a network connected to it.",
        "请检查路由（`ip route`）：服务端须位于集群所在的 VPC，或与该 VPC 互通的网络。");

    public static LocalizedText NfsSlow { get; } = new(
        "Check the server's load and the network with `nfsiostat 5`; if it gets worse, requests will time out.",
        "请用 `nfsiostat 5` 检查服务端负载和网络；若继续恶化，请求将会超时。");

    public static LocalizedText PacketsLost { get; } = new(
        "Find the connection with `ss -tin`; check the network's load and errors (`ip -s link`), and the server's.",
        "请用 `ss -tin` 找出相关连接，并检查本机（`ip -s link`）与服务端的网络负载和错误。");

    public static LocalizedText InstallDropIn(string unit) => new(
        $"Install images/systemd/{unit}.d/{SlurmGate.DropIn} in the image, then run `systemctl daemon-reload`.",
        $"请在镜像中安装 images/systemd/{unit}.d/{SlurmGate.DropIn}，然后执行 `systemctl daemon-reload`。");

    public static LocalizedText HeldBack { get; } = new(
        "Fix what `thpc-node-agent status` shows, then `systemctl restart thpc-node-agent`; the daemon then starts automatically.",
        "请修复 `thpc-node-agent status` 显示的问题，然后执行 `systemctl restart thpc-node-agent`；该守护进程随后会自动启动。");

    public static LocalizedText InstallUnit(string unit) => new(
        $"Install images/systemd/{unit} in the image and enable it.",
        $"请在镜像中安装并启用 images/systemd/{unit}。");

    public static LocalizedText UnitFailed(string unit) => new(
        $"Read `journalctl -b -u {unit}` for the cause, then run `systemctl restart {unit}`.",
        $"请用 `journalctl -b -u {unit}` 查看原因，然后执行 `systemctl restart {unit}`。");

    public static LocalizedText EnableUnit(string unit) => new(
        $"Run `systemctl enable {unit}`, so that it runs at the next boot.",
        $"请执行 `systemctl enable {unit}`，使其在下次开机时运行。");
}
