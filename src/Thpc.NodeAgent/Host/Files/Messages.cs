using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Why a file that the user or the configuration names cannot be read or written.</summary>
internal static class Messages
{
    public static LocalizedText NotRegular { get; } = new("it is not a regular file", "不是普通文件");

    public static LocalizedText PipeTimedOut(int seconds) => new(
        $"reading did not end within {seconds} s", $"读取未能在 {seconds} 秒内完成");

    public static LocalizedText TooLarge(long bytes, int max) => new(
        $"it has {bytes} bytes; the maximum is {max}", $"大小为 {bytes} 字节；上限为 {max} 字节");

    public static LocalizedText Missing(string path) => new($"{path} does not exist", $"{path} 不存在");

    public static LocalizedText InputMissing(string name) => new($"{name}: the file does not exist", $"{name}: 文件不存在");

    public static LocalizedText NoAnswer(string seconds) => new($"no answer within {seconds} s", $"{seconds} 秒内无应答");

    /// <param name="source">The type and the source of the mount that has the file.</param>
    public static LocalizedText NoAnswerFrom(string seconds, string source, string mountPoint) => new(
        $"no answer within {seconds} s from {source}, mounted at {mountPoint}",
        $"{source}（挂载于 {mountPoint}）在 {seconds} 秒内无应答");
}
