using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Reporting;

/// <summary>The words of the first lines about a run.</summary>
internal static class Hints
{
    /// <param name="what">"bootstrap", or the name of a stage that ran by itself.</param>
    public static LocalizedText Succeeded(string what, string duration) =>
        new($"{what} succeeded in {duration}", $"{what} 成功，用时 {duration}");

    public static LocalizedText Failed(string what, string cause) => new($"{what} failed: {cause}", $"{what} 失败：{cause}");

    public static LocalizedText Interrupted(string what, string cause) => new($"{what} interrupted: {cause}", $"{what} 被中断：{cause}");

    public static LocalizedText Killed(string stage) => new($"it was killed in stage {stage}", $"在 {stage} 阶段被强制终止");

    public static LocalizedText KilledBeforeFirstStage { get; } = new("it was killed before its first stage", "在第一个阶段之前被强制终止");

    public static LocalizedText Running(string what, string duration) =>
        new($"{what} has been running for {duration}", $"{what} 正在运行，已用时 {duration}");

    public static LocalizedText NowInStage(string stage) => new($", now in stage {stage}", $"，当前阶段 {stage}");

    public static LocalizedText NoCause { get; } = new("the report has no error", "报告中没有错误信息");

    public static LocalizedText AlsoFailed(string cause) => new($"also {cause}", $"另外：{cause}");

    /// <param name="paths">Mount points, separated by commas.</param>
    public static LocalizedText Mounts(int count, string paths) => new($"{count} mounts: {paths}", $"{count} 个挂载点：{paths}");

    public static LocalizedText More(int count) => new($" and {count} more", $" 及另外 {count} 个");

    public static LocalizedText Role(string role, string cluster) => new($"{role} of {cluster}", $"{cluster} 的 {role} 节点");

    public static LocalizedText Host(string name) => new($"host {name}", $"主机 {name}");

    public static LocalizedText Instance(string id) => new($"instance {id}", $"实例 {id}");

    public static LocalizedText Started(string time) => new($"started {time}", $"开始于 {time}");
}
