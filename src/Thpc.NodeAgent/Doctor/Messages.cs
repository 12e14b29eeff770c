using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Doctor;

/// <summary>What the checks of `doctor` find.</summary>
internal static class Messages
{
    // The clock, the metadata service and the credentials.
    public static LocalizedText MetadataService { get; } = new("the metadata service", "元数据服务");

    public static LocalizedText MetadataDisabled { get; } = new(
        "disabled in the configuration (metadata.endpoint)", "已在配置中停用（metadata.endpoint）");

    public static LocalizedText UnknownRegion { get; } = new("unknown", "未知");

    public static LocalizedText NoRole { get; } = new("none", "无");

    public static LocalizedText CredentialNotNeeded { get; } = new(
        "not needed: no init script is on COS", "不需要：没有位于对象存储 COS 的初始化脚本");

    public static LocalizedText Unsigned { get; } = new("none: requests are not signed", "无：请求不签名");

    // Units, runs and traces of other nodes.
    public static LocalizedText NoSystemd { get; } = new("systemd is not running", "systemd 未运行");

    public static LocalizedText FirstRun { get; } = new("the first run is in progress", "第一次运行正在进行");

    public static LocalizedText NoReport { get; } = new("there is no report of a run", "没有运行报告");

    public static LocalizedText NoStage { get; } = new("none yet", "尚无");

    public static LocalizedText NoTraces { get; } = new("no traces of another cluster", "没有其他集群的痕迹");

    // Storage.
    public static LocalizedText NoStorage { get; } = new("no storage is configured", "没有配置存储");

    public static LocalizedText HelpersInstalled { get; } = new(
        "the mount helpers of the configured storage are installed", "所配置存储的客户端均已安装");

    public static LocalizedText MountsAgree { get; } = new(
        "configuration, mount table and fstab agree, and every mount answers", "配置、挂载表和 fstab 一致，且所有挂载都有应答");

    public static LocalizedText NfsAnswers { get; } = new(
        "no NFS server is slow or loses requests", "没有 NFS 服务端响应缓慢或丢失请求");

    // Scripts.
    public static LocalizedText NoSuchFile { get; } = new("there is no such file on this node", "本节点上没有该文件");

    public static LocalizedText OnThisNode { get; } = new("on this node", "位于本节点");

    /// <param name="seconds">The limit.</param>
    public static LocalizedText NoAnswer(string seconds) => new($"no answer within {seconds} s", $"在 {seconds} 秒内没有响应");

    public static LocalizedText NoServerTime(string time) => new(
        $"{time}; no server time to compare with", $"{time}；没有可供比较的服务器时间");

    public static LocalizedText SameTime(string time, LocalizedText source) => new(
        $"{time}, same as {source.English}", $"{time}，与服务器时间一致（{source.Chinese}）");

    public static LocalizedText Ahead(string time, string seconds, LocalizedText source) => new(
        $"{time}, {seconds} s ahead of {source.English}", $"{time}，比服务器时间快 {seconds} 秒（{source.Chinese}）");

    public static LocalizedText Behind(string time, string seconds, LocalizedText source) => new(
        $"{time}, {seconds} s behind {source.English}", $"{time}，比服务器时间慢 {seconds} 秒（{source.Chinese}）");

    public static LocalizedText NoInstanceId(string endpoint) => new(
        $"{endpoint} did not return the instance id", $"{endpoint} 未返回实例 ID");

    public static LocalizedText Instance(string id, LocalizedText region, LocalizedText role) => new(
        $"instance {id}, region {region.English}, role {role.English}", $"实例 {id}，地域 {region.Chinese}，角色 {role.Chinese}");

    public static LocalizedText Credential(LocalizedText origin) => new(
        $"credential of {origin.English}", $"凭证来源：{origin.Chinese}");

    public static LocalizedText Expired(LocalizedText name, string time) => new(
        $"{name.English}, expired at {time}", $"{name.Chinese}，已于 {time} 过期");

    public static LocalizedText ExpiresSoon(LocalizedText name, string minutes) => new(
        $"{name.English}, expires in {minutes} min", $"{name.Chinese}，{minutes} 分钟后过期");

    public static LocalizedText Expires(LocalizedText name, string hours, int minutes) => new(
        $"{name.English}, expires in {hours} h {minutes} min", $"{name.Chinese}，{hours} 小时 {minutes} 分钟后过期");

    public static LocalizedText Configuration(string file, string cluster, int scripts, int storage) => new(
        $"{file}: {cluster}, init scripts: {scripts}, storage: {storage}", $"{file}: {cluster}，初始化脚本：{scripts}，存储：{storage}");

    public static LocalizedText Free(string path, long mebibytes) => new(
        $"{path} {mebibytes} MiB free", $"{path} 可用 {mebibytes} MiB");

    public static LocalizedText FreeInodes(string path, long count) => new(
        $"{path} has {count} free inodes", $"{path} 可用的 inode 为 {count} 个");

    public static LocalizedText DoesNotWait(string unit) => new(
        $"{unit} does not wait for the bootstrap: the agent's drop-in is missing", $"{unit} 不等待 bootstrap：缺少本程序的 drop-in 文件");

    public static LocalizedText HeldBack(string unit) => new(
        $"{unit} is held back until a bootstrap succeeds", $"{unit} 会等到 bootstrap 成功后再启动");

    public static LocalizedText Waits(string unit, string state) => new(
        $"{unit} is {state}; at boot it waits for the bootstrap", $"{unit} 的状态为 {state}；开机时等待 bootstrap");

    public static LocalizedText NotInstalled(string unit, string state) => new(
        $"{unit} is not installed ({state})", $"{unit} 未安装（{state}）");

    public static LocalizedText UnitFailed(string unit, string result) => new($"{unit} failed ({result})", $"{unit} 失败（{result}）");

    public static LocalizedText UnitState(string unit, string file, string active) => new(
        $"{unit} is {file} and {active}", $"{unit} 的状态为 {file}、{active}");

    public static LocalizedText Succeeded(string time, string seconds) => new(
        $"succeeded at {time} in {seconds} s", $"{time} 成功，用时 {seconds} 秒");

    public static LocalizedText InProgress(string time, LocalizedText stage) => new(
        $"in progress since {time}, in stage {stage.English}", $"自 {time} 起正在进行，当前阶段：{stage.Chinese}");

    /// <param name="started">When, in UTC.</param>
    public static LocalizedText InTheRun(string started) => new($"in the run of {started}", $"发生在 {started} 开始的运行中");

    public static LocalizedText SameFailure { get; } = new(
        "failed by the same; `thpc-node-agent status` shows that run", "因同样的原因失败；可用 `thpc-node-agent status` 查看该次运行");

    public static LocalizedText Unfinished(string time) => new(
        $"started at {time} and did not finish", $"{time} 开始，没有结束");

    public static LocalizedText OtherCluster(string reported, string configured) => new(
        $"the last report names cluster {reported}, the configuration names {configured}",
        $"上次报告中的集群是 {reported}，配置中的集群是 {configured}");

    /// <param name="list">The file that lists them.</param>
    public static LocalizedText RemovedMounts(string list) => new(
        $"mounts of another machine were removed from fstab; {list} lists them", $"已从 fstab 移除另一台机器的挂载；清单见 {list}");

    public static LocalizedText MaxDuration(string seconds) => new(
        $"a bootstrap takes at most {seconds} s; callers such as TAT must allow more",
        $"一次 bootstrap 最长 {seconds} 秒；TAT 等调用方的时限须更长");

    public static LocalizedText MaxDurationOfUnit(string seconds) => new(
        $"a bootstrap takes at most {seconds} s; its unit has no limit, callers such as TAT must allow more",
        $"一次 bootstrap 最长 {seconds} 秒；其单元没有时限，TAT 等调用方的时限须更长");

    public static LocalizedText StoppedByUnit(string seconds, string unit, string limit) => new(
        $"a bootstrap takes at most {seconds} s, but {unit} stops it after {limit}",
        $"一次 bootstrap 最长 {seconds} 秒，但 {unit} 会在 {limit} 后停止它");

    public static LocalizedText NoRoute(string host, string addresses) => new(
        $"no route to {host} ({addresses})", $"没有到 {host}（{addresses}）的路由");

    public static LocalizedText From(LocalizedText problem, string source) => new(
        $"{problem.English} (from {source})", $"{problem.Chinese}（源地址 {source}）");

    public static LocalizedText Accepts(string server, string milliseconds, string source) => new(
        $"{server} accepts within {milliseconds} ms, from {source}", $"{server} 在 {milliseconds} 毫秒内接受连接，源地址 {source}");

    /// <summary>Follows <see cref="Accepts"/>.</summary>
    public static LocalizedText Serves(int version) => new($", and serves NFS {version}", $"，并提供 NFS {version}");

    /// <summary>Follows <see cref="Serves"/>.</summary>
    public static LocalizedText Exports(string list) => new($"; exports {list}", $"；导出 {list}");

    public static LocalizedText Gateway(LocalizedText problem) => new($"gateway: {problem.English}", $"网关：{problem.Chinese}");

    public static LocalizedText ByGateway(string host, string gateway) => new($"{host} by way of {gateway}", $"{host}，经由 {gateway}");

    public static LocalizedText HostIs(string host, LocalizedText addresses) => new(
        $"{host} is {addresses.English}", $"{host} 解析为 {addresses.Chinese}");

    public static LocalizedText Private(string address) => new($"{address} (private)", $"{address}（内网）");

    public static LocalizedText Public(string address) => new($"{address} (public)", $"{address}（公网）");

    public static LocalizedText Bytes(long count) => new($"{count} bytes", $"{count} 字节");

    public static LocalizedText ChangedDaysAgo(string days) => new($"changed {days} days ago", $"{days} 天前修改");

    public static LocalizedText ChangedHoursAgo(string hours) => new($"changed {hours} h ago", $"{hours} 小时前修改");

    public static LocalizedText ChangedMinutesAgo(string minutes) => new($"changed {minutes} min ago", $"{minutes} 分钟前修改");

    public static LocalizedText ScriptMissing(string name) => new(
        $"{name}: there is no such file on this node", $"{name}: 本节点上没有该文件");

    public static LocalizedText ScriptTooLarge(string name, long bytes, long max) => new(
        $"{name} has {bytes} bytes, more than {max} MiB", $"{name} 有 {bytes} 字节，超过 {max} MiB");

    public static LocalizedText SignedBy(string signer) => new($", signed by {signer}", $"，由 {signer} 签名");

    public static LocalizedText Script(string name, LocalizedText details, string interpreter) => new(
        $"{name}: {details.English}, run by {interpreter}", $"{name}: {details.Chinese}，由 {interpreter} 执行");
}
