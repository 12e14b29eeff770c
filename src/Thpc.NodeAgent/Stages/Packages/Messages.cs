using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>What is wrong with packages, their manager or its database.</summary>
internal static class Messages
{
    public static LocalizedText Install(string names, string program, LocalizedText reason) => new(
        $"install {names} with {program}: {reason.English}", $"用 {program} 安装 {names}：{reason.Chinese}");

    public static LocalizedText UnknownManager(string system) => new(
        $"the package manager of this system is unknown: /etc/os-release names {system}, "
        + "and none of apt-get, dnf, yum, zypper is installed",
        $"无法确定此系统的包管理器：/etc/os-release 中是 {system}，且 apt-get、dnf、yum、zypper 均未安装");

    public static LocalizedText GoneSinceCapture(LocalizedText names) => new(
        $"the image had {names.English} when it was captured, and it is gone", $"制作镜像时有 {names.Chinese}，现在已没有");

    public static LocalizedText NotInImage(string role, LocalizedText names) => new(
        $"a {role} node needs {names.English}, and this image does not have it", $"{role} 节点需要 {names.Chinese}，但此镜像中没有");

    public static LocalizedText NotInOtherImage(string role, LocalizedText names, string madeFor) => new(
        $"a {role} node needs {names.English}, and this image, made for {madeFor}, does not have it",
        $"{role} 节点需要 {names.Chinese}，但此镜像（为 {madeFor} 节点制作）中没有");

    public static LocalizedText LustreLost(string kernel, LocalizedText problem) => new(
        $"the image had a Lustre client for kernel {kernel} when it was captured, and now {problem.English}",
        $"制作镜像时有内核 {kernel} 的 Lustre 客户端，而现在 {problem.Chinese}");

    public static LocalizedText NoNis(string system, string names) => new(
        $"account_type is NIS, and {system} has no {names}: RHEL 9 and its relatives dropped NIS, and EPEL does not have it",
        $"account_type 是 NIS，但 {system} 没有 {names}：RHEL 9 及其衍生版已移除 NIS，EPEL 中也没有");

    public static LocalizedText DpkgUnreadable(string reason) => new($"reading dpkg's database: {reason}", $"读取 dpkg 的数据库：{reason}");

    public static LocalizedText DpkgDamaged(string path) => new(
        $"{path} is damaged: it contains no package, or it contains zero bytes", $"{path} 已损坏：其中没有软件包，或含有零字节");

    public static LocalizedText QueryTimeout(string program, string seconds) => new(
        $"{program} did not list the installed packages within {seconds} s; another program may hold its database",
        $"{program} 未能在 {seconds} 秒内列出已安装的软件包；可能有其他程序占用其数据库");

    public static LocalizedText RpmUnreadable(LocalizedText reason) => new(
        $"rpm cannot list the installed packages: {reason.English}", $"rpm 无法列出已安装的软件包：{reason.Chinese}");

    public static LocalizedText RpmEmpty { get; } = new(
        "its database contains none of bash, rpm and glibc", "其数据库中没有 bash、rpm 和 glibc");

    public static LocalizedText ImageUnreadable(LocalizedText reason) => new(
        $"reading the image's list of packages: {reason.English}", $"读取镜像的软件包列表：{reason.Chinese}");

    public static LocalizedText NoRpmHere { get; } = new(
        "this machine has no rpm, and programs of the image are not executed", "本机没有 rpm，而镜像中的程序不会被执行");

    public static LocalizedText OnlyRoot { get; } = new(
        "only root can read its database in isolation", "只有 root 可以在隔离环境中读取其数据库");

    public static LocalizedText NoRpmDatabase(string first, string second) => new(
        $"there is no rpm database in {first} or {second}", $"在 {first} 和 {second} 中都没有 rpm 数据库");

    public static LocalizedText Unreachable(LocalizedText effort, string? reason) => new(
        $"the repositories were not reached {effort.English}: {reason}", $"{effort.Chinese}无法连接软件源：{reason}");

    public static LocalizedText NotFound(LocalizedText effort, string? reason) => new(
        $"a repository answered 404, not found, {effort.English}: {reason}", $"{effort.Chinese}软件源返回 404（不存在）：{reason}");

    public static LocalizedText Within(string seconds) => new($"within {seconds} s", $"在 {seconds} 秒内");

    public static LocalizedText InAttempts(int attempts) => new($"in {attempts} attempts", $"尝试了 {attempts} 次，");

    public static LocalizedText Stopped(string seconds, string output) => new(
        $"not done within {seconds} s, and stopped; last output: {output}", $"未在 {seconds} 秒内完成，已被终止；最后的输出：{output}");

    public static LocalizedText LockHeld(LocalizedText holder, string seconds) => new(
        $"the package lock{holder.English} did not become free within {seconds} s", $"包管理器的锁{holder.Chinese}在 {seconds} 秒内没有释放");

    public static LocalizedText HeldBy(string process) => new($" held by {process}", $"（由 {process} 持有）");

    public static LocalizedText Killed(int code, string reason) => new(
        $"it was killed (exit code {code}): {reason}; the next run repairs the installation",
        $"包管理器被终止（退出码 {code}）：{reason}；下次运行会修复安装");

    public static LocalizedText ExitCode(int code, string reason) => new($"exit code {code}: {reason}", $"退出码 {code}：{reason}");

    public static LocalizedText OneNotInstalled(string program, string name, string reason) => new(
        $"{program} reported success, but {name} is not installed: {reason}", $"{program} 报告成功，但 {name} 没有安装：{reason}");

    public static LocalizedText NotInstalled(string program, string names, string reason) => new(
        $"{program} reported success, but {names} are not installed: {reason}", $"{program} 报告成功，但 {names} 没有安装：{reason}");
}
