using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cli;

/// <summary>The hints of the commands.</summary>
internal static class Hints
{
    public static LocalizedText RootMissing { get; } = new(
        "Give the directory where the image is mounted or unpacked; check that shell variables in the path are set.",
        "请指定镜像挂载或解包所在的目录；并检查路径中的 shell 变量是否已设置。");

    public static LocalizedText FileOrFlags { get; } = new(
        "Use either --from or the options of one storage.",
        "请只使用 --from，或只使用单个存储的各选项。");

    public static LocalizedText OneFile { get; } = new(
        "Give the file with --from; use --json without a file to print JSON.",
        "请用 --from 指定文件；不带文件的 --json 表示以 JSON 输出。");

    public static LocalizedText BundleFile { get; } = new(
        "Give a file with --output FILE, or omit --json.",
        "请用 --output FILE 指定文件，或去掉 --json。");

    public static LocalizedText StorageJson { get; } = new(
        "Give the API's JSON: one option, a StorageOption, or the full DescribeClusterStorageOption response.",
        "请提供 API 的 JSON：单个存储选项、StorageOption，或 DescribeClusterStorageOption 的完整响应。");

    public static LocalizedText NoConfigToEdit { get; } = new(
        "Create the configuration file first with `thpc-node-agent config init`, or omit --persist.",
        "请先用 `thpc-node-agent config init` 创建配置文件，或去掉 --persist。");

    public static LocalizedText ConfigExists { get; } = new(
        "Edit that file, replace it with --force, or choose another with --output FILE.",
        "请编辑该文件，或加 --force 覆盖，或用 --output FILE 另选文件。");

    public static LocalizedText GiveInitOptions { get; } = new(
        "Give --cluster-id and --node-role, or run the command on a terminal, where it asks.",
        "请给出 --cluster-id 和 --node-role，或在终端上运行该命令并回答提问。");

    public static LocalizedText NoStorage { get; } = new(
        "no storage is configured, mounted or in fstab", "没有配置、挂载或写入 fstab 的存储");

    /// <summary>The columns of `storage list`, separated by |.</summary>
    public static LocalizedText StorageColumns { get; } = new(
        "State|Mount point|Source|Type|At boot|Note", "状态|挂载点|来源|类型|开机挂载|说明");

    public static LocalizedText NotConfigured { get; } = new("not configured", "未配置");

    public static LocalizedText Foreign { get; } = new("of another cluster or machine", "属于其他集群或机器");

    public static LocalizedText LeadsTo(string path) => new($"leads to {path}", $"指向 {path}");

    public static LocalizedText Used(string used, string total) => new($"{used} of {total}", $"已用 {used}，共 {total}");

    public static LocalizedText NoRun { get; } = new(
        "Start one with `thpc-node-agent bootstrap`, or see why the unit did not: `systemctl status thpc-node-agent`.",
        "请用 `thpc-node-agent bootstrap` 启动一次运行，或查看 systemd 服务未启动的原因：`systemctl status thpc-node-agent`。");

    public static LocalizedText NoEarlierRun { get; } = new(
        "`thpc-node-agent status` shows the last run; a run that found nothing to do is not kept once the next has started.",
        "请用 `thpc-node-agent status` 查看上次运行；无事可做的运行，其报告在下一次运行开始后不再保留。");

    public static LocalizedText ReportIncomplete { get; } = new(
        "Run `thpc-node-agent bootstrap`, which replaces it; `journalctl -u thpc-node-agent` has the log of the last run.",
        "请运行 `thpc-node-agent bootstrap` 重新生成报告；上次运行的日志见 `journalctl -u thpc-node-agent`。");

    public static LocalizedText ShowConfig { get; } = new(
        "List what is configured: `thpc-node-agent config show`.",
        "请查看当前配置：`thpc-node-agent config show`。");

    public static LocalizedText ListErrorCodes { get; } = new(
        "List all error codes with `thpc-node-agent errors`.",
        "请用 `thpc-node-agent errors` 列出所有错误码。");

    public static LocalizedText FleetDirectory { get; } = new(
        "Give the directory of the reports, or set [fleet] directory in the configuration.",
        "请指定报告所在的目录，或在配置中设置 [fleet] directory。");

    public static LocalizedText FleetNode { get; } = new(
        "Give the node's host name, instance id or address, as `thpc-node-agent fleet --all` lists them.",
        "请指定该节点的主机名、实例 ID 或地址，可用 `thpc-node-agent fleet --all` 列出。");

    public static LocalizedText CorrectScalingInput { get; } = new(
        "Correct the options or fields listed above.",
        "请修正上面列出的选项或字段。");

    public static LocalizedText SizeOfType(string type) => new(
        $"Add --type {type}=CPUS,GB, or --types FILE with the output of `tccli cvm DescribeInstanceTypeConfigs`.",
        $"请添加 --type {type}=CPUS,GB，或用 --types FILE 提供 `tccli cvm DescribeInstanceTypeConfigs` 的输出。");

    /// <param name="similar">A command or an option that exists.</param>
    public static LocalizedText DidYouMean(string similar, string command) => new(
        $"Did you mean `{similar}`? See `{command} --help`.", $"您是否想用 `{similar}`？请查看 `{command} --help`。");

    public static LocalizedText SeeHelp(string command) => new($"See `{command} --help`.", $"请查看 `{command} --help`。");

    public static LocalizedText MountImage { get; } = new(
        "First mount or unpack the image in that directory, including the partition that contains its /etc.",
        "请先将镜像（包括 /etc 所在的分区）挂载或解包到该目录。");

    public static LocalizedText CaptureNode(string check) => new(
        $"Audit it with `{check}`, power the machine off (`systemctl poweroff`), and capture the image before it boots again.",
        $"请用 `{check}` 复查，然后关机（`systemctl poweroff`），并在再次开机之前制作镜像。");

    public static LocalizedText CaptureImage(string check) => new(
        $"Audit it with `{check}`, then unmount or pack the image.", $"请用 `{check}` 复查，然后卸载或打包该镜像。");

    public static LocalizedText CheckAgain(string check) => new(
        $"Clean what is listed, then run `{check}` again.", $"请清理以上列出的内容，然后再次运行 `{check}`。");

    public static LocalizedText ReviewPlan { get; } = new(
        "Review the plan above, then run the command again with --yes.",
        "请检查上面的计划，确认无误后加 --yes 重新运行。");
}
