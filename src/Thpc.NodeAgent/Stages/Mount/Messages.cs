using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>What is wrong with a mount, a mount point, fstab or a unit.</summary>
internal static class Messages
{
    public static LocalizedText NotMounted(string source, string path, LocalizedText cause) => new(
        $"mount {source} on {path}: {cause.English}", $"挂载 {source} 到 {path}：{cause.Chinese}");

    public static LocalizedText NotUnmounted(string path, LocalizedText cause) => new(
        $"unmount {path}: {cause.English}", $"卸载 {path}：{cause.Chinese}");

    public static LocalizedText NotDetached(string path, LocalizedText cause) => new(
        $"detach {path}: {cause.English}", $"分离 {path}：{cause.Chinese}");

    public static LocalizedText LeadsTo(string path, string real, LocalizedText problem) => new(
        $"{path} leads to {real}, and {problem.English}", $"{path} 指向 {real}，而 {problem.Chinese}");

    public static LocalizedText SamePath(string path, string real, string other) => new(
        $"{path} leads to {real}, as {other} does", $"{path} 与 {other} 都指向 {real}");

    public static LocalizedText DirectoryNotCreated(string path, LocalizedText reason) => new(
        $"cannot create the directory {path}: {reason.English}", $"无法创建目录 {path}：{reason.Chinese}");

    public static LocalizedText NotInTable(string description) => new(
        $"mount reported success, but /proc/self/mountinfo does not show {description} there",
        $"mount 报告成功，但 /proc/self/mountinfo 中该处没有 {description}");

    public static LocalizedText MountPrintedNothing { get; } = new(
        "mount failed and printed nothing", "mount 失败，且没有任何输出");

    public static LocalizedText AutomountIdle(string automount) => new(
        $"the automount there ({automount}) mounts nothing on access", $"该处的 automount（{automount}）在访问时没有挂载文件系统");

    public static LocalizedText MountGone { get; } = new("nothing is mounted there any more", "该处已没有挂载文件系统");

    public static LocalizedText NotWorking(LocalizedText problem) => new(
        $"it is mounted, but does not work: {problem.English}", $"已挂载，但不可用：{problem.Chinese}");

    public static LocalizedText Conflict(string path, string mounted, string expected) => new(
        $"{path} has {mounted} mounted, but the configuration requires {expected}", $"{path} 上挂载的是 {mounted}，但配置要求 {expected}");

    public static LocalizedText Hidden(LocalizedText mounts) => new(
        $"mounted, but hidden by a later mount: {mounts.English}", $"已挂载，但被之后的挂载遮盖：{mounts.Chinese}");

    public static LocalizedText SourceAt(string source, string path) => new($"{source} at {path}", $"{path} 上的 {source}");

    public static LocalizedText WouldHideMounts(string path, LocalizedText mounts) => new(
        $"a mount on {path} would hide other file systems mounted below it: {mounts.English}",
        $"在 {path} 挂载会遮盖其下已挂载的其他文件系统：{mounts.Chinese}");

    public static LocalizedText NotEmpty(string path, LocalizedText content) => new(
        $"GooseFS needs an empty directory to mount on, but {path} contains {content.English}",
        $"GooseFS 需要挂载到空目录，但 {path} 中有 {content.Chinese}");

    public static LocalizedText WouldHidePrograms(LocalizedText users) => new(
        $"mounting over /opt would hide programs that run from it: {users.English}",
        $"挂载到 /opt 会遮盖正在从中运行的程序：{users.Chinese}");

    public static LocalizedText ReadOnly(string path, string source) => new(
        $"{path} ({source}) is mounted read-only", $"{path}（{source}）以只读方式挂载");

    public static LocalizedText NotAtNextBoot(string path, string description) => new(
        $"{path} is mounted, but the next boot will not mount it: no fstab line or unit contains {description}",
        $"{path} 已挂载，但下次启动时不会挂载：没有 fstab 行或单元包含 {description}");

    public static LocalizedText AutomountFailed(string path, LocalizedText problem, string automount) => new(
        $"{path}: {problem.English}; the automount {automount} should mount it on access",
        $"{path}：{problem.Chinese}；automount {automount} 应在访问时将其挂载");

    public static LocalizedText NothingAt(string path) => new($"nothing is mounted at {path}", $"{path} 上没有挂载文件系统");

    public static LocalizedText NothingMounted { get; } = new("nothing is mounted", "没有挂载文件系统");

    public static LocalizedText NothingByAutomount(string path, string automount) => new(
        $"nothing is mounted at {path}: the automount there ({automount}) mounts nothing on access",
        $"{path} 上没有挂载文件系统：该处的 automount（{automount}）在访问时没有挂载文件系统");

    public static LocalizedText NothingButPersisted(string path, string description) => new(
        $"nothing is mounted at {path}, but fstab or a unit lists {description} there",
        $"{path} 上没有挂载文件系统，但 fstab 或单元在该处列有 {description}");

    public static LocalizedText FstabLine(int number) => new($"/etc/fstab line {number}", $"/etc/fstab 第 {number} 行");

    public static LocalizedText Unit(string name) => new($"unit {name}", $"单元 {name}");

    public static LocalizedText OtherCluster(LocalizedText entry, string cluster, string source) => new(
        $"{entry.English} was written for cluster {cluster}: {source}", $"{source} 的条目（{entry.Chinese}）是为集群 {cluster} 写入的");

    public static LocalizedText OtherMachine(LocalizedText entry, string cluster, string machine, string source) => new(
        $"{entry.English} was written for cluster {cluster} on machine {machine}: {source}",
        $"{source} 的条目（{entry.Chinese}）是在机器 {machine} 上为集群 {cluster} 写入的");

    public static LocalizedText ForeignSource(LocalizedText entry, string source, string path, string expected) => new(
        $"{entry.English}, which the agent did not write, mounts {source} at {path}, but the configuration requires {expected}",
        $"非本程序写入的条目（{entry.Chinese}）把 {source} 挂载到 {path}，但配置要求 {expected}");

    public static LocalizedText ForeignType(LocalizedText entry, string source, string path, string type, string expected) => new(
        $"{entry.English}, which the agent did not write, mounts {source} at {path} as {type}, but the configuration requires {expected}",
        $"非本程序写入的条目（{entry.Chinese}）以 {type} 把 {source} 挂载到 {path}，但配置要求 {expected}");

    public static LocalizedText ForeignEntry(LocalizedText entry, string path) => new(
        $"{entry.English}, which the agent did not write, mounts {path}", $"非本程序写入的条目（{entry.Chinese}）会挂载 {path}");

    public static LocalizedText And { get; } = new(" and ", "，以及 ");

    public static LocalizedText SeveralEntries(LocalizedText entries, string path) => new(
        $"{entries.English} all mount {path}: a boot uses the first, `mount -a` uses all of them",
        $"多个条目（{entries.Chinese}）都会挂载 {path}：启动时只用第一个，`mount -a` 会用全部");

    public static LocalizedText NotInstalled(string program) => new($"{program} is not installed", $"未安装 {program}");

    public static LocalizedText NoGooseFsClient(string places) => new(
        $"found no GooseFS client that only root can change in {places}", $"在 {places} 中没有找到仅 root 可修改的 GooseFS 客户端");

    public static LocalizedText NoGooseFsIn(string home) => new(
        $"{home} contains no executable integration/fuse/bin/goosefs-fuse", $"{home} 中没有可执行的 integration/fuse/bin/goosefs-fuse");

    public static LocalizedText GooseFsFailed(string output, string home) => new(
        $"goosefs-fuse: {output} (see {home}/logs/fuse.log)", $"goosefs-fuse：{output}（参见 {home}/logs/fuse.log）");

    public static LocalizedText GooseFsxSilent(string seconds, LocalizedText state) => new(
        $"the GooseFSx client mounted nothing there within {seconds} s{state.English}",
        $"GooseFSx 客户端在 {seconds} 秒内没有在该处挂载文件系统{state.Chinese}");

    public static LocalizedText InstallerHasRun(string program) => new($"; {program} has run", $"；{program} 已执行");

    public static LocalizedText ClientNotRunning { get; } = new("; it is not installed or not running", "；客户端未安装或未运行");

    public static LocalizedText ExitedWith(int code) => new($"exited with {code}", $"以退出码 {code} 结束");

    public static LocalizedText InstallerUseless(string program) => new(
        $"{program} ran, but the client still mounts nothing there", $"{program} 已执行，但客户端仍没有在该处挂载文件系统");

    public static LocalizedText NoStorageAt(string path) => new(
        $"the cluster has no storage at {path}", $"集群在 {path} 没有存储");

    public static LocalizedText NotClusterStorage(string path, string mounted) => new(
        $"{path} has {mounted} mounted, which is not the cluster's storage", $"{path} 上挂载的是 {mounted}，不是集群的存储");

    public static LocalizedText ByAutomounter(string automounter, string path) => new(
        $"the automounter ({automounter}) manages {path} and would mount it again", $"automounter（{automounter}）管理着 {path}，会再次将其挂载");

    public static LocalizedText AutomountLeft(string path, string automount, string unit, LocalizedText output) => new(
        $"{path}: the automount of {automount} is still there after `systemctl stop {unit}`: {output.English}",
        $"{path}：执行 `systemctl stop {unit}` 之后，{automount} 的 automount 仍然存在：{output.Chinese}");

    public static LocalizedText HiddenByParent(string path, string source) => new(
        $"{path}: a mount on a parent directory hides {source}", $"{path}：上级目录上的挂载遮盖了 {source}");

    public static LocalizedText MountedOnTop(string path, string top, string source) => new(
        $"{path}: {top}, which the agent did not mount, is mounted on top of {source}",
        $"{path}：{source} 之上挂载了 {top}，后者不是本程序挂载的");

    public static LocalizedText MountsBelow(string path, string mounts) => new(
        $"{path} has mounts below it: {mounts}", $"{path} 之下还有挂载：{mounts}");

    public static LocalizedText ServerSilent { get; } = new("its server did not answer within the limit", "其服务端在时限内没有响应");

    public static LocalizedText InUse(string path, LocalizedText users) => new(
        $"{path} is in use by {users.English}", $"{path} 正被以下进程占用：{users.Chinese}");

    public static LocalizedText InUseByKernel(string path) => new(
        $"{path} is in use, but by no visible process: a container, a loop device, a swap file or an NFS export may hold it",
        $"{path} 正被占用，但没有可见的进程占用它：可能是容器、loop 设备、swap 文件或 NFS 导出");

    public static LocalizedText InUseByUnknown(string path) => new(
        $"{path} is in use, but not every process could be inspected in time to find out by which",
        $"{path} 正被占用，但未能在时限内检查完所有进程，无法确定占用者");

    public static LocalizedText FstabNotWritten(string reason) => new($"writing /etc/fstab: {reason}", $"写入 /etc/fstab：{reason}");

    public static LocalizedText NotReloaded(LocalizedText problem) => new(
        $"fstab was changed, but systemd could not be reloaded: {problem.English}", $"fstab 已修改，但 systemd 重新加载失败：{problem.Chinese}");

    public static LocalizedText FstabNotRegular { get; } = new("/etc/fstab is not a regular file", "/etc/fstab 不是普通文件");

    public static LocalizedText FstabCannotExpress(string entry) => new($"fstab cannot express {entry}", $"fstab 无法表示 {entry}");

    /// <summary>Precedes <see cref="NfsResent"/> and <see cref="NfsSlow"/>.</summary>
    public static LocalizedText NfsInterval(string path, string source, string seconds) => new(
        $"{path} ({source}): in the last {seconds} s ", $"{path}（{source}）：最近 {seconds} 秒内，");

    public static LocalizedText NfsResent(string resent, string requests) => new(
        $"{resent} requests of {requests} were sent again", $"有 {resent} 次请求重发，请求总数 {requests}");

    public static LocalizedText NfsBoth(LocalizedText resent, LocalizedText slow) => new(
        $"{resent.English}, and {slow.English}", $"{resent.Chinese}，且 {slow.Chinese}");

    public static LocalizedText TcpSentAgain(string seconds, string again, string sent) => new(
        $"packets are lost: in the last {seconds} s this node sent {again} TCP segments again, of {sent}",
        $"网络丢包：最近 {seconds} 秒内，本机重传了 {again} 个 TCP 报文段，总共发送 {sent} 个");

    public static LocalizedText NfsSlow(string operation, string milliseconds, string count) => new(
        $"{operation} took {milliseconds} ms on average of {count}", $"{operation} 平均耗时 {milliseconds} 毫秒，共 {count} 次");
}
