using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Configuration;

/// <summary>What is wrong with a configuration, a flag or an input file. Texts about keys follow the key and a colon.</summary>
internal static class Messages
{
    public static LocalizedText FileMissing { get; } = new("the configuration file does not exist", "配置文件不存在");

    // Paths.
    public static LocalizedText ControlCharacters { get; } = new("contains control characters", "含有控制字符");

    public static LocalizedText NotUtf8 { get; } = new("contains bytes that are not UTF-8", "含有不是 UTF-8 的字节");

    public static LocalizedText PathTooLong { get; } = new(
        "is longer than a Linux path may be (4095 bytes, 255 between slashes)", "超过 Linux 路径的长度上限（4095 字节，斜杠之间 255 字节）");

    public static LocalizedText SystemRoot { get; } = new(
        "/ is the system's root; choose a directory such as /data", "/ 是系统根目录；请选用 /data 之类的目录");

    // The JSON of the API.
    public static LocalizedText InvalidJsonEscape { get; } = new(
        "a string here has an invalid escape (\\ud800 to \\udfff are valid only in pairs)",
        "此处的字符串含有无效的转义（\\ud800 到 \\udfff 须成对出现）");

    public static LocalizedText NoStorageOption { get; } = new(
        "contains no StorageOption; expected an object such as {\"CFSOptions\": [...]}, alone, in StorageOption or in "
        + "Response.StorageOption, or one option such as {\"LocalPath\": \"/data\", ...}",
        "不含 StorageOption；应为 {\"CFSOptions\": [...]} 这样的对象，可单独给出，也可位于 StorageOption 或 "
        + "Response.StorageOption 中，或为单个存储，如 {\"LocalPath\": \"/data\", ...}");

    public static LocalizedText MixedList { get; } = new("a list with other items", "含有其他类型元素的列表");

    public static LocalizedText AnObject { get; } = new("an object", "对象");

    // Sections.
    public static LocalizedText SecondGooseFsx { get; } = new(
        "is the second GooseFSx; a cluster has at most one", "是第二个 GooseFSx；一个集群最多有一个");

    public static LocalizedText MountOptionFail { get; } = new(
        "\"fail\" is a systemd option that mount refuses; remove it: the agent mounts with nofail",
        "\"fail\" 是 systemd 的选项，mount 不接受；请删除：本程序以 nofail 挂载");

    public static LocalizedText TargetMissing { get; } = new(
        "is missing; add the mount target, for example remote_path = \"172.30.3.90:/\"",
        "未填写；请添加挂载目标，例如 remote_path = \"172.30.3.90:/\"");

    public static LocalizedText GooseFsPorts { get; } = new(
        "several GooseFS masters must have the same port: 9200, 9202 (the journal's) or 55533",
        "多个 GooseFS master 的端口必须相同：9200、9202（日志端口）或 55533");

    public static LocalizedText GooseFsxPort { get; } = new(
        "every GooseFSx master must have port 55533", "每个 GooseFSx master 的端口都必须是 55533");

    /// <summary>What to do about a list that is missing.</summary>
    public static LocalizedText AddIt { get; } = new("add it", "请添加");

    public static LocalizedText Flag(string name) => new($"flag {name}", $"命令行参数 {name}");

    public static LocalizedText Variable(string name) => new($"environment {name}", $"环境变量 {name}");

    public static LocalizedText OtherCluster(LocalizedText given, string id) => new(
        $"ClusterId: is {given.English}, but this node's cluster is \"{id}\"; use the storage of that cluster",
        $"ClusterId: 值为 {given.Chinese}，但本节点的集群是 \"{id}\"；请使用该集群的存储");

    public static LocalizedText OptionFileUnreadable(string name, LocalizedText why) => new(
        $"storage.option_file: {name} cannot be read: {why.English}", $"storage.option_file: 无法读取 {name}：{why.Chinese}");

    public static LocalizedText BeginsWithBlank(string path) => new(
        $"\"{path}\" begins with a blank; remove it", $"\"{path}\" 以空白字符开头；请删除");

    public static LocalizedText EndsWithBlank(string path) => new(
        $"\"{path}\" ends with a blank; remove it", $"\"{path}\" 以空白字符结尾；请删除");

    public static LocalizedText NotNormal(string path) => new(
        $"\"{path}\" contains //, . or ..; write the path without them", $"\"{path}\" 含有 //、. 或 ..；请写成不含它们的路径");

    public static LocalizedText NotAbsolute(string path) => new(
        $"\"{path}\" is not absolute; begin it with /", $"\"{path}\" 不是绝对路径；请以 / 开头");

    public static LocalizedText SystemPath(string path) => new(
        $"{path} belongs to the system; choose a directory such as /data", $"{path} 属于系统目录；请选用 /data 之类的目录");

    /// <param name="owner">The directory of the system that contains the path.</param>
    public static LocalizedText SystemPath(string path, string owner) => new(
        $"{path} belongs to the system ({owner}); choose a directory such as /data",
        $"{path} 属于系统目录（{owner}）；请选用 /data 之类的目录");

    // Values, in TOML and in JSON.
    public static LocalizedText ExpectedText(LocalizedText kind) => new(
        $"is {kind.English}, expected a string", $"值为{kind.Chinese}，应为字符串");

    public static LocalizedText OutOfRange(long number, long min, long max, string unit) => new(
        $"{number} is out of range; {min} to {max} {unit} is allowed", $"{number} 超出范围；允许 {min} 到 {max} {Unit(unit)}");

    public static LocalizedText BelowRange(long number, long min, string unit) => new(
        $"{number} is out of range; {min} or more {unit} is allowed", $"{number} 超出范围；至少为 {min} {Unit(unit)}");

    public static LocalizedText Unknown(string name, string choices) => new(
        $"\"{name}\" is not known; use {choices}", $"\"{name}\" 无法识别；可用值：{choices}");

    public static LocalizedText FieldMissing(string key, string example) => new(
        $"is missing; add it, for example \"{key}\": \"{example}\"", $"未填写；请添加，例如 \"{key}\": \"{example}\"");

    public static LocalizedText ExpectedWholeNumber(LocalizedText kind, long example) => new(
        $"is {kind.English}, expected a whole number such as {example}", $"值为{kind.Chinese}，应为整数，如 {example}");

    public static LocalizedText ExpectedFlag(LocalizedText kind) => new(
        $"is {kind.English}, expected true or false", $"值为{kind.Chinese}，应为 true 或 false");

    public static LocalizedText ExpectedObject(LocalizedText kind) => new(
        $"is {kind.English}, expected an object", $"值为{kind.Chinese}，应为对象");

    public static LocalizedText ExpectedTexts(LocalizedText kind) => new(
        $"is {kind.English}, expected a list of strings", $"值为{kind.Chinese}，应为字符串列表");

    public static LocalizedText ExpectedObjects(LocalizedText kind) => new(
        $"is {kind.English}, expected a list of objects", $"值为{kind.Chinese}，应为对象列表");

    public static LocalizedText ExpectedOptions(string name, LocalizedText kind) => new(
        $"{name}: is {kind.English}, expected a list of objects such as [{{\"LocalPath\": \"/data\", …}}]",
        $"{name}: 值为{kind.Chinese}，应为对象列表，如 [{{\"LocalPath\": \"/data\", …}}]");

    public static LocalizedText TheString(string text) => new($"the string \"{text}\"", $"字符串 \"{text}\"");

    /// <param name="why">What the parser reports.</param>
    public static LocalizedText NotJson(string why) => new($"this is not JSON: {why}", $"这不是 JSON：{why}");

    /// <param name="words">The error's code and message.</param>
    public static LocalizedText ApiError(string words) => new(
        $"this is an API error ({words}), not a response; call the API again", $"这是 API 返回的错误（{words}），不是正常响应；请重新调用 API");

    // [cluster], [[init_script]] and the other sections without storage.
    public static LocalizedText NotClusterId(string id) => new(
        $"\"{id}\" is not a cluster id; use hpc- and 4 to 32 lower-case letters or digits, such as \"hpc-8hje8h12\"",
        $"\"{id}\" 不是集群 ID；应为 hpc- 加 4 到 32 个小写字母或数字，如 \"hpc-8hje8h12\"");

    public static LocalizedText NotTypeName(string name, string example) => new(
        $"\"{name}\" is not a valid name; use letters, digits and _, such as \"{example}\"",
        $"\"{name}\" 不是有效的名称；请用字母、数字和 _，如 \"{example}\"");

    public static LocalizedText NotScheduler(string name) => new(
        $"\"{name}\" is not a scheduler; use SLURM or SGE", $"\"{name}\" 不是调度器；可用值：SLURM 或 SGE");

    public static LocalizedText MisspelledScheduler(string name, string near) => new(
        $"\"{name}\" is not a scheduler; did you mean {near}?", $"\"{name}\" 不是调度器；是否指 {near}？");

    public static LocalizedText TooManyCharacters(int count, int max) => new(
        $"has {count} characters; at most {max} are allowed", $"有 {count} 个字符；最多允许 {max} 个");

    public static LocalizedText DotsInUrl(string url) => new(
        $"\"{url}\" has . or .. between slashes, which would select another object",
        $"\"{url}\" 的斜杠之间有 . 或 ..，会指向另一个对象");

    public static LocalizedText NotScriptLocation(string url) => new(
        $"\"{url}\" is not a script location; use cos://BUCKET-APPID.cos.REGION.myqcloud.com/KEY, https://HOST/PATH or file:///PATH",
        $"\"{url}\" 不是脚本地址；请用 cos://BUCKET-APPID.cos.REGION.myqcloud.com/KEY、https://HOST/PATH 或 file:///PATH");

    public static LocalizedText NoAppId(string bucket) => new(
        $"the bucket {bucket} has no APPID; write BUCKET-APPID, such as {bucket}-1250000000, as the COS console shows it",
        $"存储桶 {bucket} 缺少 APPID；请按对象存储控制台的显示写成 BUCKET-APPID，如 {bucket}-1250000000");

    public static LocalizedText NotSha256(string text) => new(
        $"\"{text}\" is not a SHA-256; use the 64 hexadecimal digits that `sha256sum FILE` prints",
        $"\"{text}\" 不是 SHA-256；请用 `sha256sum FILE` 输出的 64 位十六进制数");

    public static LocalizedText TooManyArguments(int count, int max) => new(
        $"has {count} arguments; at most {max} are allowed", $"有 {count} 个参数；最多允许 {max} 个");

    public static LocalizedText NulInArgument(int number) => new(
        $"argument {number} contains a NUL character, which an argument cannot have", $"第 {number} 个参数含有 NUL 字符，参数中不允许出现");

    public static LocalizedText ArgumentTooLong(int number, int bytes, int max) => new(
        $"argument {number} has {bytes} bytes; at most {max} are allowed", $"第 {number} 个参数有 {bytes} 字节；最多允许 {max} 字节");

    public static LocalizedText NotPackage(string name) => new(
        $"\"{name}\" is not a package name; use letters, digits, and . _ + - after the first",
        $"\"{name}\" 不是软件包名；请用字母和数字，首字符之后还可用 . _ + -");

    public static LocalizedText NotEndpoint(string url) => new(
        $"\"{url}\" is not an endpoint; use http://HOST:PORT or https://HOST:PORT, or \"\" for none",
        $"\"{url}\" 不是服务地址；请用 http://HOST:PORT 或 https://HOST:PORT，不需要时用 \"\"");

    public static LocalizedText NoSignatureUrl(string script) => new(
        $"{script} has a query, so there is no URL for its signature; use cos://, or a URL without a query",
        $"{script} 带有查询参数，因此没有其签名的 URL；请用 cos://，或不带查询参数的 URL");

    public static LocalizedText OnSharedDisk(string path, string mountPoint, string example) => new(
        $"{path} is in {mountPoint}, where every node would write the same file; put it on the node's own disk, such as {example}",
        $"{path} 位于 {mountPoint} 中，所有节点会写同一个文件；请放在节点自己的磁盘上，如 {example}");

    public static LocalizedText NotProm(string path, string example) => new(
        $"\"{path}\" does not end in .prom, but node_exporter reads only such files; use a name such as {example}",
        $"\"{path}\" 不以 .prom 结尾，而 node_exporter 只读取这类文件；请用 {example} 之类的名称");

    /// <summary>Follows what is wrong with the directory of [fleet].</summary>
    public static LocalizedText UseShare(string example) => new(
        $"; it is usually on the scheduler's share, such as {example}", $"；通常位于调度器的共享目录中，如 {example}");

    // Storage.
    public static LocalizedText ReadBeforeMount(string path, string mountPoint) => new(
        $"{path} is in {mountPoint}, but is read before that is mounted; "
        + "put it on the node's own disk, such as /etc/thpc/storage.json",
        $"{path} 位于 {mountPoint} 中，但会在其挂载之前读取；请放在节点自己的磁盘上，如 /etc/thpc/storage.json");

    public static LocalizedText NotForUnit(string path) => new(
        $"\"{path}\" has characters that a systemd unit cannot hold; use only letters, digits and . _ / + : @ = -",
        $"\"{path}\" 含有 systemd 单元不能使用的字符；只能用字母、数字和 . _ / + : @ = -");

    public static LocalizedText NotForStartScript(string path) => new(
        $"\"{path}\" would be split by GooseFS's start script; use only letters, digits and . _ / + : @ = -",
        $"\"{path}\" 会被 GooseFS 的启动脚本拆开；只能用字母、数字和 . _ / + : @ = -");

    public static LocalizedText TooManyWords(int count, int max) => new(
        $"has {count} words; at most {max} are allowed, including the program", $"有 {count} 个词；最多允许 {max} 个，包括程序本身");

    public static LocalizedText ControlsInWord(string word) => new(
        $"\"{word}\" contains control characters; leave them out", $"\"{word}\" 含有控制字符；请删除");

    public static LocalizedText TheProgram(LocalizedText problem) => new($"the program {problem.English}", $"程序 {problem.Chinese}");

    public static LocalizedText NotMountOptions(string text) => new(
        $"\"{text}\" is not a list of mount options; write them with commas and without spaces, such as \"vers=3,nolock\"",
        $"\"{text}\" 不是挂载选项列表；请用逗号分隔且不含空格，如 \"vers=3,nolock\"");

    public static LocalizedText ReservedOption(string option) => new(
        $"\"{option}\" is reserved for the agent; remove it", $"\"{option}\" 由本程序保留；请删除");

    public static LocalizedText OtherVersion(string option) => new(
        $"\"{option}\" does not match protocol; remove it, or set protocol accordingly (default NFS 3.0)",
        $"\"{option}\" 与 protocol 不符；请删除，或相应设置 protocol（默认 NFS 3.0）");

    public static LocalizedText OnlyAnId(string id) => new(
        $"is missing; {id} alone cannot be mounted, add its mount target, for example remote_path = \"172.30.3.90:/\"",
        $"未填写；仅凭 {id} 无法挂载，请添加其挂载目标，例如 remote_path = \"172.30.3.90:/\"");

    public static LocalizedText NotTarget(string text) => new(
        $"\"{text}\" is not a mount target; "
        + "use HOST:/PATH, such as \"172.30.3.90:/\" (Turbo: \"172.30.2.180@tcp0:/4fe1839b/cfs\")",
        $"\"{text}\" 不是挂载目标；请用 HOST:/PATH，如 \"172.30.3.90:/\"（Turbo：\"172.30.2.180@tcp0:/4fe1839b/cfs\"）");

    public static LocalizedText TargetOfOtherProtocol(string text) => new(
        $"\"{text}\" does not match protocol; use an address with @tcp for TURBO, one without for NFS",
        $"\"{text}\" 与 protocol 不符；TURBO 请用带 @tcp 的地址，NFS 请用不带的");

    public static LocalizedText NotTurbo(string text) => new(
        $"\"{text}\" is not a Turbo file system; its path ends in /ID/cfs, and directories below cfs cannot be mounted",
        $"\"{text}\" 不是 Turbo 文件系统；其路径以 /ID/cfs 结尾，cfs 之下的目录不能挂载");

    public static LocalizedText NotGooseFsDirectory(string text) => new(
        $"\"{text}\" is not a GooseFS directory; begin it with /", $"\"{text}\" 不是 GooseFS 目录；请以 / 开头");

    public static LocalizedText NotGooseFsxPath(string path) => new(
        $"\"{path}\" is not a GooseFSx mount point; use /goosefsx/INSTANCE_proxy, such as \"/goosefsx/x_c60_54oi5id3_proxy\"",
        $"\"{path}\" 不是 GooseFSx 挂载点；请用 /goosefsx/INSTANCE_proxy，如 \"/goosefsx/x_c60_54oi5id3_proxy\"");

    /// <summary>What to do about masters that are missing.</summary>
    public static LocalizedText AddMasters(string id) => new(
        $"{id} alone cannot be mounted, add its masters", $"仅凭 {id} 无法挂载，请添加其 masters");

    public static LocalizedText NotMaster(string text, string example) => new(
        $"\"{text}\" is not a master; write HOST:PORT, such as \"{example}\"", $"\"{text}\" 不是 master；请写 HOST:PORT，如 \"{example}\"");

    // Rules between storages.
    public static LocalizedText Twice(string path) => new(
        $"\"{path}\" is given twice; each storage needs its own", $"\"{path}\" 出现两次；每个存储需要各自的路径");

    public static LocalizedText TwiceWithOptions(string path, LocalizedText here, LocalizedText there, LocalizedText origin) => new(
        $"\"{path}\" is given twice with different options: {here.English} here, and {there.English} ({origin.English}); "
        + "use the same options, or remove one",
        $"\"{path}\" 出现两次且选项不同：此处为 {here.Chinese}，另一处为 {there.Chinese}（{origin.Chinese}）；请使用相同的选项，或删除其中一处");

    public static LocalizedText DefaultOptions(string options) => new($"{options}, the default", $"{options}（默认值）");

    public static LocalizedText OtherMasters(string path, LocalizedText origin) => new(
        $"are not those of {path} ({origin.English}); "
        + "a node has one goosefs-site.properties, so write the same masters for every goosefs",
        $"与 {path}（{origin.Chinese}）的不同；一个节点只有一个 goosefs-site.properties，请为每个 goosefs 写相同的 masters");

    public static LocalizedText Conflict(string path, LocalizedText present, LocalizedText origin, LocalizedText wanted) => new(
        $"{path} is configured as {present.English} ({origin.English}), and {wanted.English} is to be added",
        $"{path} 已配置为 {present.Chinese}（{origin.Chinese}），而要添加的是 {wanted.Chinese}");

    public static LocalizedText OptionConflict(string path, LocalizedText present, LocalizedText origin, LocalizedText wanted) => new(
        $"{path} is configured as {present.English} ({origin.English}), "
        + $"and the same with other options is to be added: {wanted.English}",
        $"{path} 已配置为 {present.Chinese}（{origin.Chinese}），而要添加的相同存储选项不同：{wanted.Chinese}");

    public static LocalizedText With(string storage, LocalizedText options) => new(
        $"{storage} with {options.English}", $"{storage}，选项为 {options.Chinese}");

    private static string Unit(string unit) => unit switch
    {
        "seconds" => "秒",
        "nodes" => "个节点",
        "per cent" => "%",
        "CPUs" => "个 CPU",
        "mounts at a time" => "个并行挂载",
        _ => unit,
    };
}
