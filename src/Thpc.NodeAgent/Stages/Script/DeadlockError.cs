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
    public static Error Create(string name, Deadlock deadlock, string lastOutput)
    {
        var command = TerminalText.Cut(new Redactor([]).Apply(deadlock.Command), MaxCommandLength);
        var by = deadlock.PackageManager is { } manager ? $", run by {manager}" : "";
        return new Error(
            ErrorCode.ScriptDeadlock,
            $"{name}: `{command}` (pid {deadlock.Pid}{by}) waits for {deadlock.Reason}: neither can finish, "
            + $"so the script and all its processes were killed; {lastOutput}",
            Hint(deadlock));
    }

    private static LocalizedText? Hint(Deadlock deadlock) => deadlock switch
    {
        { PackageManager: not null } => Hints.DisableSystemdDuringInstall,
        { BootEnd: true } or { Order: [_] } => Hints.RemoveBootWait,
        _ => null,
    };
}
