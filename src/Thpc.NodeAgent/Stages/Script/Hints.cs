using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Hints of the room Stages/Script, in both languages.</summary>
internal static class Hints
{
    public static LocalizedText DisableSystemdDuringInstall { get; } = new(
        "In the script, export SYSTEMD_OFFLINE=1 before it installs packages, then start units with `systemctl --no-block start UNIT`.",
        "请在脚本中安装软件包之前导出 SYSTEMD_OFFLINE=1，安装后用 `systemctl --no-block start UNIT` 启动相应单元。");

    public static LocalizedText RemoveBootWait { get; } = new(
        "Remove this wait from the script, and start units that need the booted system with `systemctl --no-block start UNIT`.",
        "请从脚本中去掉该等待；对于需要在系统启动完成后运行的单元，请用 `systemctl --no-block start UNIT` 启动。");

    /// <summary>The hint of an error code, followed by the path of the script's log.</summary>
    public static LocalizedText WithLog(ErrorCode code, string logPath) => new(
        $"{code.Hint.English} Log: {logPath}",
        $"{code.Hint.Chinese}日志：{logPath}");

    public static LocalizedText RaiseTimeout(string logPath) => new(
        $"Make the resource that the script waits for available, or raise its timeout (at most 1200 s). Log: {logPath}",
        $"请确保脚本所等待的资源可用，或调大其超时时间（最长 1200 秒）。日志：{logPath}");

    public static LocalizedText ReadLogAndRunAgain(string logPath) => new(
        $"Read {logPath} on the node, then run the script again with `thpc-node-agent script run`.",
        $"请查看节点上的 {logPath}，然后用 `thpc-node-agent script run` 重新运行脚本。");
}
