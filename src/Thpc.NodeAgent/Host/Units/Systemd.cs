using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>Where systemd runs, it makes a unit of every fstab line and acts on it, so it must hear of changes.</summary>
internal static class Systemd
{
    private static readonly TimeSpan StateLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReloadLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(20);

    /// <summary>sd_booted(3): whether systemd is this machine's init; never for an unpacked image.</summary>
    public static bool Runs(NodeRoot root) => root.IsLive && Directory.Exists("/run/systemd/system");

    /// <summary>Has units made from fstab anew.</summary>
    /// <returns>Null, or why it did not work.</returns>
    public static async Task<string?> ReloadAsync(NodeRoot root, CancellationToken cancel)
    {
        if (!Runs(root))
        {
            return null;
        }

        var result = await ProgramRunner.RunAsync(["systemctl", "daemon-reload"], ReloadLimit, cancel);
        return result.Succeeded ? null : $"systemctl daemon-reload: {(result.TimedOut ? $"no end within {ReloadLimit.TotalSeconds:0} s" : result.LastWords)}";
    }

    /// <summary>The state of units, also of such that do not exist.</summary>
    /// <returns>Empty where systemd does not answer.</returns>
    public static async Task<IReadOnlyList<UnitState>> ShowAsync(IEnumerable<string> units, CancellationToken cancel)
    {
        var result = await ProgramRunner.RunAsync(["systemctl", "show", $"--property={UnitState.Properties}", "--", .. units], AskLimit, cancel);
        return result.Succeeded ? UnitState.Parse(result.Output) : [];
    }

    /// <summary>
    /// Queues the start of units and does not wait for it: they may be ordered after the unit that this process runs in.
    /// </summary>
    /// <returns>Null, or why it did not work.</returns>
    public static async Task<string?> QueueStartAsync(IReadOnlyList<string> units, CancellationToken cancel)
    {
        // One that has failed too often in a short time is not started otherwise.
        _ = await ProgramRunner.RunAsync(["systemctl", "--no-ask-password", "reset-failed", "--", .. units], AskLimit, cancel);
        var result = await ProgramRunner.RunAsync(["systemctl", "--no-ask-password", "--no-block", "start", "--", .. units], AskLimit, cancel);
        var words = result.TimedOut ? $"no end within {AskLimit.TotalSeconds:0} s" : result.LastWords;
        return result.Succeeded ? null : $"systemctl start {string.Join(' ', units)}: {words}";
    }

    /// <summary>Whether the machine is going down, by `reboot` or by something else.</summary>
    /// <returns>False too where systemd does not run or does not answer within 3 s.</returns>
    public static async Task<bool> IsStoppingAsync(NodeRoot root)
    {
        try
        {
            // A part of the end of a run that was cancelled. The exit status is not 0 while systemd stops.
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
}
