using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Why an image cannot be prepared, or what failed.</summary>
internal static class Messages
{
    public static LocalizedText NotOwnedByRoot(string path) => new(
        $"{path} must be owned by root and writable only by root", $"{path} 的属主必须是 root，且仅 root 可写");

    public static LocalizedText NotRegular(string path) => new($"{path} is not a regular file", $"{path} 不是普通文件");

    public static LocalizedText NothingRun(LocalizedText reason) => new(
        $"{reason.English}; nothing was run or removed", $"{reason.Chinese}；未执行或移除任何内容");

    public static LocalizedText TimedOut(string seconds) => new($"timed out after {seconds} s", $"在 {seconds} 秒后超时");

    public static LocalizedText ExitCode(int code) => new($"exit code {code}", $"退出码 {code}");

    public static LocalizedText UnknownOperation(string name, LocalizedText suggestion) => new(
        $"--operations: unknown operation \"{name}\"; {suggestion.English}", $"--operations：未知的操作 \"{name}\"；{suggestion.Chinese}");

    public static LocalizedText DidYouMean(LocalizedText names) => new($"did you mean {names.English}?", $"您是否想输入 {names.Chinese}？");

    public static LocalizedText ValidNames(string names) => new($"valid names: {names}", $"有效的名称：{names}");

    public static LocalizedText Or { get; } = new(" or ", " 或 ");

    public static LocalizedText NoOperation { get; } = new(
        "--operations: the list selects no operation", "--operations：该列表没有选中任何操作");

    public static LocalizedText AndMore(int count) => new($"and {count} more", $"及另外 {count} 个");

    public static LocalizedText ManifestRefused(LocalizedText obstacle) => new(
        $"{obstacle.English}; the image's manifest cannot be written there; nothing was changed",
        $"{obstacle.Chinese}；无法在该处写入镜像清单；未做任何改动");

    public static LocalizedText Is(string path, LocalizedText kind) => new($"{path} is {kind.English}", $"{path} 是{kind.Chinese}");

    public static LocalizedText MountPoint(string path) => new($"{path} is a mount point", $"{path} 是挂载点");

    public static LocalizedText InsideCleaned(string directory) => new(
        $"is inside {directory}, which this run cleans", $"位于 {directory} 之内，而本次运行会清理该目录");

    public static LocalizedText BackupNotWritten(string file, string reason) => new(
        $"writing the backup {file}: {reason}", $"写入备份 {file}：{reason}");

    public static LocalizedText StateOf(string program) => new($"state of {program}", $" {program} 的状态文件");

    public static LocalizedText SlurmdbdConfiguration { get; } = new("configuration of slurmdbd", " slurmdbd 的配置文件");

    public static LocalizedText SlurmdbdDatabase { get; } = new("database of slurmdbd", " slurmdbd 的数据库");

    public static LocalizedText YpservMaps { get; } = new("maps of ypserv", " ypserv 的映射文件");

    public static LocalizedText GridMaster(string path) => new(
        $"{path} names this node as Grid Engine's master", $"{path} 将本节点列为 Grid Engine 的主节点");
}
