using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>Commands to systemd. It generates a unit for every line of fstab, so it must reload after changes.</summary>
internal static class Systemd
{
    private static readonly TimeSpan StateLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReloadLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(20);

    /// <summary>Whether systemd is this machine's init (sd_booted(3)); false for an unpacked image.</summary>
    public static bool Runs(NodeRoot root) => root.IsLive && Directory.Exists("/run/systemd/system");

    /// <summary>Reloads unit files and generates the units of fstab again.</summary>
    /// <returns>The failure; null on success.</returns>
    public static async Task<LocalizedText?> ReloadAsync(NodeRoot root, CancellationToken cancel)
    {
        if (!Runs(root))
        {
            return null;
        }

        var result = await ProgramRunner.RunAsync(["systemctl", "daemon-reload"], ReloadLimit, cancel);
        return result.Succeeded ? null : "systemctl daemon-reload: " + Problem(result, ReloadLimit);
    }

    /// <summary>The state of units, including units that do not exist.</summary>
    /// <returns>Empty if systemd does not answer.</returns>
    public static async Task<IReadOnlyList<UnitState>> ShowAsync(IEnumerable<string> units, CancellationToken cancel)
    {
        var result =
            await ProgramRunner.RunAsync(["systemctl", "show", $"--property={UnitState.Properties}", "--", .. units], AskLimit, cancel);
        return result.Succeeded ? UnitState.Parse(result.Output) : [];
    }

    /// <summary>Queues the start of units without waiting: they may be ordered after this process's own unit.</summary>
    /// <returns>The failure; null on success.</returns>
    public static async Task<LocalizedText?> QueueStartAsync(IReadOnlyList<string> units, CancellationToken cancel)
    {
        // Else systemd does not start a unit that failed too often in a short time.
        _ = await ProgramRunner.RunAsync(["systemctl", "--no-ask-password", "reset-failed", "--", .. units], AskLimit, cancel);
        var result =
            await ProgramRunner.RunAsync(["systemctl", "--no-ask-password", "--no-block", "start", "--", .. units], AskLimit, cancel);
        return result.Succeeded ? null : $"systemctl start {string.Join(' ', units)}: " + Problem(result, AskLimit);
    }

    /// <summary>Whether the machine is shutting down or rebooting.</summary>
    /// <returns>False if systemd does not run, or does not answer within 3 s.</returns>
    public static async Task<bool> IsStoppingAsync(NodeRoot root)
    {
        try
        {
            // Not cancellable: it is called after a cancellation. The exit code is not 0 during a shutdown.
            return Runs(root)
                && await ProgramRunner.RunAsync(["systemctl", "is-system-running"], StateLimit, CancellationToken.None) is { } state
                && state.Output.Trim() == "stopping";
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <param name="verb">start, stop, restart.</param>
    public static Task<ProgramResult> ControlAsync(string verb, string unit, TimeSpan limit, CancellationToken cancel) =>
        ProgramRunner.RunAsync(["systemctl", "--no-ask-password", verb, "--", unit], limit, cancel);

    private static LocalizedText Problem(ProgramResult result, TimeSpan limit) =>
        result.TimedOut ? Messages.NotEndedWithin($"{limit.TotalSeconds:0}") : result.LastOutput;
}
