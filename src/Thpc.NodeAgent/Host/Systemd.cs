namespace Thpc.NodeAgent.Host;

/// <summary>Where systemd runs, it makes a unit of every fstab line and acts on it, so it must hear of changes.</summary>
internal static class Systemd
{
    private static readonly TimeSpan ReloadLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan StateLimit = TimeSpan.FromSeconds(3);

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

        var result = await Tool.RunAsync(["systemctl", "daemon-reload"], ReloadLimit, cancel);
        return result.Succeeded ? null : $"systemctl daemon-reload: {(result.TimedOut ? $"no end within {ReloadLimit.TotalSeconds:0} s" : result.LastWords)}";
    }

    /// <summary>Whether the machine is going down: systemd has a job for shutdown.target.</summary>
    /// <returns>False too where systemd does not run or does not answer within 3 s.</returns>
    public static async Task<bool> IsStoppingAsync(NodeRoot root)
    {
        if (!Runs(root))
        {
            return false;
        }

        try
        {
            // The run was cancelled, and this is a part of its end. The exit status is not 0 while systemd stops.
            var result = await Tool.RunAsync(["systemctl", "is-system-running"], StateLimit, CancellationToken.None);
            return !result.TimedOut && result.Output.Trim() == "stopping";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <param name="verb">start, stop, restart.</param>
    public static Task<ToolResult> ControlAsync(string verb, string unit, TimeSpan limit, CancellationToken cancel) =>
        Tool.RunAsync(["systemctl", "--no-ask-password", verb, "--", unit], limit, cancel);
}
