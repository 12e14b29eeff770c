namespace Thpc.NodeAgent.Host;

/// <summary>Where systemd runs, it makes a unit of every fstab line and acts on it, so it must hear of changes.</summary>
internal static class Systemd
{
    private static readonly TimeSpan StateLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReloadLimit = TimeSpan.FromSeconds(90);

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

    /// <summary>Whether the system goes down, by `reboot` or by whatever else; not where systemd gives no answer.</summary>
    public static async Task<bool> IsStoppingAsync(NodeRoot root)
    {
        try
        {
            return Runs(root) && (await Tool.RunAsync(["systemctl", "is-system-running"], StateLimit, CancellationToken.None)).Output.Trim() == "stopping";
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <param name="verb">start, stop, restart.</param>
    public static Task<ToolResult> ControlAsync(string verb, string unit, TimeSpan limit, CancellationToken cancel) =>
        Tool.RunAsync(["systemctl", "--no-ask-password", verb, "--", unit], limit, cancel);
}
