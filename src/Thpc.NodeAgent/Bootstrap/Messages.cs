using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Bootstrap;

/// <summary>Why a node is not ready.</summary>
internal static class Messages
{
    public static LocalizedText RunInProgress { get; } = new(
        "a run is in progress and has not succeeded yet", "运行正在进行，尚未成功");

    public static LocalizedText NoRun { get; } = new(
        "no run has left a report since this node booted", "本节点启动以来没有运行留下报告");

    public static LocalizedText KilledInStage(string time, string stage) => new(
        $"the run of {time} was killed, or the node went down, in stage {stage}", $"{time} 的运行在阶段 {stage} 中被终止，或节点当时停机");

    public static LocalizedText KilledBeforeFirstStage(string time) => new(
        $"the run of {time} was killed, or the node went down, before its first stage",
        $"{time} 的运行在第一个阶段之前被终止，或节点当时停机");

    public static LocalizedText Failed(string time, LocalizedText error) => new(
        $"the run of {time} failed: {error.English}", $"{time} 的运行失败：{error.Chinese}");

    public static LocalizedText Interrupted(string time, LocalizedText error) => new(
        $"the run of {time} interrupted: {error.English}", $"{time} 的运行被中断：{error.Chinese}");

    public static LocalizedText NoSuccess(string time) => new(
        $"no run has succeeded since this boot; the last run started at {time}, before it",
        $"本次启动以来没有成功的运行；上次运行始于 {time}，早于本次启动");

    public static LocalizedText NisUnbound(string seconds, string output) => new(
        $"ypbind found no NIS server within {seconds} s: ypwhich: {output}", $"ypbind 在 {seconds} 秒内没有找到 NIS 服务器：ypwhich：{output}");
}
