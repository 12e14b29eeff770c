using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Creates SCRIPT_DEADLOCK errors, with a hint that fits the command.</summary>
internal static class DeadlockError
{
    private const int MaxCommandLength = 100;

    /// <param name="name">Name of the script.</param>
    /// <param name="lastOutput">A clause with the end of its output.</param>
    public static Error Create(string name, Deadlock deadlock, LocalizedText lastOutput)
    {
        var command = TerminalText.Cut(new Redactor([]).Apply(deadlock.Command), MaxCommandLength);
        var process = deadlock.PackageManager is { } manager
            ? Host.Messages.RunBy(deadlock.Pid, manager)
            : $"pid {deadlock.Pid}";
        return new Error(
            ErrorCode.ScriptDeadlock,
            Messages.Deadlock(name, command, process, deadlock.Reason, lastOutput),
            Hint(deadlock));
    }

    private static LocalizedText? Hint(Deadlock deadlock) => deadlock switch
    {
        { PackageManager: not null } => Hints.DisableSystemdDuringInstall,
        { BootEnd: true } or { Order: [_] } => Hints.RemoveBootWait,
        _ => null,
    };
}
