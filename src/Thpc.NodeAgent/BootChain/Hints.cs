using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.BootChain;

/// <summary>The sentences about a boot.</summary>
internal static class Hints
{
    public static LocalizedText UntilFirstJob(string duration) =>
        new($"boot: {duration} from power-on to the first job", $"开机：从上电到第一个作业用时 {duration}");

    public static LocalizedText UntilRegistration(string duration) =>
        new($"boot: {duration} from power-on until slurmd registered", $"开机：从上电到 slurmd 注册用时 {duration}");

    public static LocalizedText UntilSlurmd(string duration) =>
        new($"boot: {duration} from power-on until slurmd started", $"开机：从上电到 slurmd 启动用时 {duration}");

    public static LocalizedText UntilRun(string duration) =>
        new($"boot: {duration} from power-on to the end of the agent's run", $"开机：从上电到代理运行结束用时 {duration}");

    public static LocalizedText SoFar(string duration) =>
        new(
            $"boot: {duration} from power-on to the last link below; the agent has not run",
            $"开机：从上电到下列最后一个环节用时 {duration}，代理尚未运行");

    public static LocalizedText BeforeAgent(string duration) => new($", {duration} of it before the agent", $"，其中代理启动之前 {duration}");

    public static LocalizedText Slowest(string link, string duration) =>
        new($"slowest link: {link}, {duration}", $"最慢的环节：{link}，用时 {duration}");

    public static LocalizedText NotRegistered(string problem) =>
        new($"slurmd has logged no job yet; its last problem: {problem}", $"slurmd 尚未记录任何作业；最近一次问题：{problem}");

    public static LocalizedText RegistrationUnknown { get; } = new(
        "slurmd logs when it is registered only with SlurmdDebug=debug: the wait for a first job includes it",
        "只有设置 SlurmdDebug=debug，slurmd 才会记录注册时间；等待第一个作业的时间包含注册");

    public static LocalizedText More(int count, string duration) =>
        new($"{count} shorter links, {duration} in all, are only in --json", $"另有 {count} 个较短的环节，共 {duration}，仅在 --json 中列出");

    public static LocalizedText NoBootTimes { get; } = new(
        "boot: unknown, since systemd does not run here or does not answer", "开机过程未知：此处没有运行 systemd，或 systemd 没有响应");
}
