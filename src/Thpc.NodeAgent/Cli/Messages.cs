using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Cli;

/// <summary>Why a command was refused.</summary>
internal static class Messages
{
    public static LocalizedText FileAndOptions { get; } = new(
        "storage add: --from and options of one storage are both given", "storage add：同时给出了 --from 和单个存储的选项");

    public static LocalizedText TwoFiles { get; } = new(
        "storage add: --from and --json FILE are both given", "storage add：同时给出了 --from 和 --json FILE");

    public static LocalizedText NoFileToPersist(string file) => new(
        $"{file}: there is no such file, so --persist cannot change it", $"{file}：没有该文件，因此 --persist 无法修改它");

    public static LocalizedText RootEmpty { get; } = new("--root is empty", "--root 为空");

    public static LocalizedText NoRoot(string directory) => new(
        $"--root {directory}: there is no such directory", $"--root {directory}：没有该目录");

    public static LocalizedText ChangesNode { get; } = new("changes the node", "会改动节点");

    public static LocalizedText ReadsRootFiles { get; } = new("reads files that only root can read", "会读取仅 root 可读的文件");

    public static LocalizedText ReadsRootsFiles { get; } = new("reads files that only root may read", "会读取仅 root 可读的文件");

    public static LocalizedText NeedsRoot(string command, LocalizedText reason) => new(
        $"`{command}` {reason.English} and needs root", $"`{command}` {reason.Chinese}，需要 root 权限");

    public static LocalizedText OnlyOutOfRange(int number, string file, int count) => new(
        $"--only {number}: {file} has {count} of them", $"--only {number}：{file} 中有 {count} 个");

    public static LocalizedText IncompleteReport(string path) => new($"{path} is not a complete report", $"{path} 不是完整的报告");

    public static LocalizedText NoSystem(string directory, string first, string second) => new(
        $"{directory} contains no operating system: there is neither {first} nor {second}",
        $"{directory} 中没有操作系统：{first} 和 {second} 都不存在");

    public static LocalizedText ManagerNode(LocalizedText reason) => new(
        $"this node is or was a manager: {reason.English}; nothing was changed", $"本节点是或曾经是管控节点：{reason.Chinese}；未做任何改动");

    public static LocalizedText ManagerRole(LocalizedText place) => new($"{place.English} sets a manager role", $"{place.Chinese} 设置了管控角色");

    public static LocalizedText LastReport { get; } = new("the last report", "上次运行的报告");

    public static LocalizedText CannotConfirm { get; } = new(
        "image prep asks for confirmation, but standard input is not a terminal; nothing was changed",
        "image prep 需要确认，但标准输入不是终端；未做任何改动");

    public static LocalizedText UnknownSizes(string types) => new(
        $"CPUs and memory of these instance types are unknown: {types}", $"以下实例规格的 CPU 和内存未知：{types}");

    public static LocalizedText NoErrorCode(string name) => new($"there is no error code {name}", $"没有错误码 {name}");

    public static LocalizedText DidYouMean(string names) => new($"; did you mean {names}?", $"；您是否想输入 {names}？");

    public static LocalizedText NoFleetDirectory(string file) => new(
        $"no directory is given, and {file} sets none", $"没有给出目录，{file} 中也没有设置");

    public static LocalizedText NoNodeInReports(string count, string directory, string node) => new(
        $"none of the {count} reports in {directory} is of {node}", $"{directory} 中的 {count} 份报告都不属于 {node}");

    public static LocalizedText FileExists(string file) => new(
        $"{file}: the file exists; nothing was written", $"{file}：该文件已存在；未写入任何内容");

    public static LocalizedText MissingOption(string option) => new(
        $"{option} is missing, and standard input is not a terminal; nothing was written",
        $"缺少 {option}，且标准输入不是终端；未写入任何内容");

    public static LocalizedText InputEnded { get; } = new(
        "the input ended before the last answer; nothing was written", "输入在最后一个回答之前结束；未写入任何内容");

    public static LocalizedText NoSuchOption(string command, string option) =>
        new($"`{command}` has no option {option}", $"`{command}` 没有选项 {option}");

    public static LocalizedText NoSuchCommand(string command, string word) =>
        new($"`{command}` has no command \"{word}\"", $"`{command}` 没有子命令 \"{word}\"");

    public static LocalizedText OneArgumentTooMany(string argument, string command) =>
        new($"\"{argument}\" is one argument too many for `{command}`", $"\"{argument}\" 是 `{command}` 多余的参数");

    public static LocalizedText NeedsCommand(string command) => new($"`{command}` needs a command", $"`{command}` 需要一个子命令");

    /// <param name="description">In English, as in the help.</param>
    public static LocalizedText IsMissing(string name, string? description) =>
        new($"{name} is missing: {description}", $"缺少 {name}：{description}");

    public static LocalizedText NeedsValue(string option) => new($"{option} needs a value", $"{option} 需要一个值");

    public static LocalizedText GivenTimes(string option, int count) => new($"{option} is given {count} times", $"{option} 给出了 {count} 次");

    public static LocalizedText NotValid(string given) => new($"\"{given}\" is not valid; use another value", $"\"{given}\" 无效；请改用其他值");

    public static LocalizedText NotValidUse(string given, string valid) =>
        new($"\"{given}\" is not valid; use {valid}", $"\"{given}\" 无效；可用值：{valid}");
}
