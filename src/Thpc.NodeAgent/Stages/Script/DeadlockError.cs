using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>SCRIPT_DEADLOCK, with the advice that fits the command.</summary>
internal static class DeadlockError
{
    private const int MaxCommand = 100;

    /// <param name="name">The script's.</param>
    /// <param name="last">A sentence about what it printed last.</param>
    public static AgentException Create(string name, Deadlock deadlock, string last)
    {
        var command = OutputText.OneLine(new Redactor([]).Apply(deadlock.Command));
        command = command.Length > MaxCommand ? command[..MaxCommand] + "…" : command;
        var by = deadlock.PackageManager is { } manager ? $", run by {manager}" : "";
        return new AgentException(
            ErrorCode.ScriptDeadlock,
            $"{name}: `{command}` (pid {deadlock.Pid}{by}) waits for {deadlock.Reason}: neither can end, "
            + $"so the script was ended with all it had started; {last}",
            Hint(deadlock));
    }

    private static LocalizedText? Hint(Deadlock deadlock) => deadlock switch
    {
        { PackageManager: not null } => new(
            "Export SYSTEMD_OFFLINE=1 before the script installs packages; start their units afterwards by `systemctl --no-block start UNIT`.",
            "请在脚本安装软件包之前导出 SYSTEMD_OFFLINE=1，安装后再用 `systemctl --no-block start UNIT` 启动相应单元。"),
        { BootEnd: true } or { Order: [_] } => new(
            "Remove this wait from the script; start what needs the booted system by `systemctl --no-block start UNIT`.",
            "请从脚本中去掉该等待；需要在启动完成后运行的内容，请用 `systemctl --no-block start UNIT` 启动。"),
        _ => null,
    };
}
