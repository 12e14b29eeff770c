using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host;

/// <summary>What is wrong with files, processes, servers and the network; also clauses that other rooms put into their messages.</summary>
internal static class Messages
{
    public static LocalizedText NoAnswerWithin(string seconds) => new($"no answer within {seconds} s", $"在 {seconds} 秒内没有响应");

    public static LocalizedText NotEndedWithin(string seconds) => new($"did not end within {seconds} s", $"未在 {seconds} 秒内结束");

    public static LocalizedText NotFinishedWithin(string seconds) => new($"not finished within {seconds} s", $"未在 {seconds} 秒内完成");

    public static LocalizedText DidNotFinishWithin(string seconds) => new($"did not finish within {seconds} s", $"未在 {seconds} 秒内完成");

    public static LocalizedText More(int count) => new($" and {count} more", $" 及另外 {count} 个");

    public static LocalizedText Attempts(int number, string seconds) => new(
        $" (attempt {number}, {seconds} s after the first)", $"（第 {number} 次尝试，距首次 {seconds} 秒）");

    public static LocalizedText ProbeBlocked(int pid) => new(
        $"no answer: an earlier probe (pid {pid}) is still blocked", $"没有响应：先前的探测（pid {pid}）仍处于阻塞状态");

    public static LocalizedText RunBy(int pid, string manager) => new($"pid {pid}, run by {manager}", $"pid {pid}，由 {manager} 运行");

    public static LocalizedText WaitsForBoot(string unit) => new(
        $"the end of the boot, and so for the start of {unit}, which waits for this script",
        $"系统启动完成，也就是在等待 {unit} 启动，而后者在等待此脚本");

    public static LocalizedText WaitsForStart(string unit) => new(
        $"the start of {unit}, which waits for this script", $"{unit} 启动，而后者在等待此脚本");

    public static LocalizedText OrderedAfter(string later, string earlier) => new(
        $"{later} is ordered After={earlier}", $"{later} 排在 After={earlier} 之后");

    public static LocalizedText WaitsForOrder(string unit, LocalizedText order) => new(
        $"{unit}; {order.English}, whose start waits for this script", $" {unit}（{order.Chinese}，而后者的启动在等待此脚本）");

    public static LocalizedText OtherPrepares(string image) => new($"another run prepares {image}", $"另一次运行正在处理 {image}");

    public static LocalizedText OtherRun(LocalizedText holder) => new(
        $"another run is in progress: {holder.English}", $"另一次运行正在进行：{holder.Chinese}");

    public static LocalizedText UnknownRun { get; } = new("its name is unknown", "名称未知");

    public static LocalizedText Nested(string command, int pid, string holder) => new(
        $"{command} was called from within the init script (pid {pid}) that {holder} runs and waits for",
        $"{command} 是在初始化脚本（pid {pid}）中调用的，而 {holder} 正在执行并等待该脚本");

    public static LocalizedText ReportForRoot(string path) => new(
        $"only root may read {path}, the report of the last run", $"只有 root 可以读取上次运行的报告 {path}");

    public static LocalizedText NameUnanswered(string name, string seconds) => new(
        $"the name {name} does not resolve: no answer from the name servers within {seconds} s",
        $"域名 {name} 无法解析：DNS 服务器在 {seconds} 秒内没有响应");

    public static LocalizedText NoNameServer(string name) => new(
        $"the name {name} does not resolve: no name server answers", $"域名 {name} 无法解析：没有 DNS 服务器响应");

    public static LocalizedText NameUnresolved(string name, string reason) => new(
        $"the name {name} does not resolve: {reason}", $"域名 {name} 无法解析：{reason}");

    public static LocalizedText PortRefused(string host, int port) => new($"{host} refused TCP {port}", $"{host} 拒绝了 TCP {port} 的连接");

    public static LocalizedText PortSilent(string host, int port, string seconds) => new(
        $"{host} did not answer on TCP {port} within {seconds} s", $"{host} 的 TCP {port} 在 {seconds} 秒内没有响应");

    public static LocalizedText NfsSilent(string host, int port, string seconds) => new(
        $"{host}:{port} accepts connections but did not answer an NFS call within {seconds} s",
        $"{host}:{port} 接受连接，但在 {seconds} 秒内没有响应 NFS 调用");

    public static LocalizedText NfsClosed { get; } = new(
        "the server closed the connection, or is not an NFS server", "服务器关闭了连接，或者不是 NFS 服务器");

    public static LocalizedText NotNfs { get; } = new(
        "the server that answers is not an NFS server", "应答的服务器不是 NFS 服务器");

    public static LocalizedText NfsNotOnPort { get; } = new(
        "the server does not offer NFS on this port", "服务器没有在该端口提供 NFS 服务");

    public static LocalizedText NfsVersion(int version) => new(
        $"the server does not support NFS {version}", $"服务器不支持 NFS {version}");

    public static LocalizedText NfsRefused { get; } = new("the server refused the call", "服务器拒绝了调用");

    public static LocalizedText CertificateChain(string status) => new(
        $"The remote certificate is invalid because of errors in the certificate chain: {status}", $"服务器证书无效，证书链有误：{status}");

    public static LocalizedText CertificateInvalid(string errors) => new(
        $"The remote certificate is invalid according to the validation procedure: {errors}", $"服务器证书未通过校验：{errors}");

    public static LocalizedText MetadataOff { get; } = new(
        "the configuration switches it off (metadata.endpoint)", "配置关闭了该服务（metadata.endpoint）");

    public static LocalizedText LustreOtherKernels(string built, string running) => new(
        $"the Lustre client is built for kernel {built}, and {running} is running",
        $"Lustre 客户端是为内核 {built} 构建的，而当前运行的内核是 {running}");

    public static LocalizedText LustreNotFor(string built, string kernel) => new(
        $"the Lustre client is built for kernel {built}, and not for {kernel}",
        $"Lustre 客户端是为内核 {built} 构建的，不适用于 {kernel}");

    public static LocalizedText NoLustre(string kernel) => new(
        $"kernel {kernel} has no Lustre client (module lustre)", $"内核 {kernel} 没有 Lustre 客户端（模块 lustre）");

    public static LocalizedText Directory { get; } = new("a directory", "目录");

    public static LocalizedText Socket { get; } = new("a socket", "套接字");

    public static LocalizedText Link { get; } = new("a symbolic link", "符号链接");

    public static LocalizedText FifoOrDevice { get; } = new("a FIFO or a device", "FIFO 或设备");

    public static LocalizedText NotRegular(string path, LocalizedText kind) => new(
        $"{path} is {kind.English}, not a regular file", $"{path} 不是普通文件，而是{kind.Chinese}");

    public static LocalizedText OwnedBy(string path, string user) => new($"{path} is owned by user {user}", $"{path} 的属主是用户 {user}");

    public static LocalizedText WritableByOthers(string path) => new(
        $"users other than root can write to {path}", $"root 以外的用户可以写入 {path}");

    public static LocalizedText SkippedMount(string path, string source) => new(
        $"{path} is a mount point ({source}): skipped", $"{path} 是挂载点（{source}）：已跳过");

    public static LocalizedText SkippedLink(string path) => new(
        $"{path} is a symbolic link or not a directory: skipped", $"{path} 是符号链接或不是目录：已跳过");

    public static LocalizedText SkippedNewMount(string path) => new(
        $"{path} became a mount point meanwhile: skipped", $"{path} 在此期间成为挂载点：已跳过");

    public static LocalizedText BackupExists { get; } = new(
        "already exists; it may be the only backup of an earlier run", "文件已存在，可能是之前某次运行的唯一备份");

    public static LocalizedText NotDirectory(string path) => new($"{path} is not a directory", $"{path} 不是目录");

    public static LocalizedText NotReadWithin(string path, string seconds) => new(
        $"{path} could not be read within {seconds} s", $"未能在 {seconds} 秒内读完 {path}");

    public static LocalizedText NotReadable(string path, string reason) => new($"{path} cannot be read: {reason}", $"无法读取 {path}：{reason}");

    public static LocalizedText NoFile { get; } = new("the file does not exist", "该文件不存在");

    public static LocalizedText FileSystemSilent(string seconds) => new(
        $"its file system did not answer within {seconds} s", $"其文件系统在 {seconds} 秒内没有响应");

    public static LocalizedText NotWritten(string path, LocalizedText reason) => new(
        $"{path} could not be written: {reason.English}", $"无法写入 {path}：{reason.Chinese}");

    public static LocalizedText Writing(string path, string reason) => new($"writing {path}: {reason}", $"写入 {path}：{reason}");

    public static LocalizedText LinkCircle(string path) => new(
        $"{path}: its symbolic links form a circle", $"{path}：其符号链接形成了循环");

    public static LocalizedText ForeignLink(string path, string link, string user) => new(
        $"{path}: the symbolic link {link} is owned by user {user}, who can redirect it",
        $"{path}：符号链接 {link} 的属主是用户 {user}，该用户可以改变其指向");

    public static LocalizedText NotARegularFile { get; } = new("it is not a regular file", "不是普通文件");

    public static LocalizedText PipeTimedOut(int seconds) => new(
        $"reading did not end within {seconds} s", $"读取未能在 {seconds} 秒内完成");

    public static LocalizedText TooLarge(long bytes, int max) => new(
        $"it has {bytes} bytes; the maximum is {max}", $"大小为 {bytes} 字节；上限为 {max} 字节");

    public static LocalizedText Missing(string path) => new($"{path} does not exist", $"{path} 不存在");

    public static LocalizedText InputMissing(string name) => new($"{name}: the file does not exist", $"{name}: 文件不存在");

    /// <param name="source">The type and the source of the mount that has the file.</param>
    public static LocalizedText NoAnswerFrom(string seconds, string source, string mountPoint) => new(
        $"no answer within {seconds} s from {source}, mounted at {mountPoint}",
        $"{source}（挂载于 {mountPoint}）在 {seconds} 秒内没有响应");
}
