using System.Globalization;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>
/// GooseFSx: its client, a service of its own, mounts by itself and at every boot. The agent waits for that, and has a client that
/// does not come installed once, by the command that the configuration names.
/// </summary>
internal sealed class GooseFsxDriver(GooseFsxStorage storage, DriverContext context) : StorageDriver(storage)
{
    private const int Port = 55533;
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private bool _installed;

    public override string Description => $"goosefsx {storage.Source}";

    public override IReadOnlyList<string> Commands => Installer.Count == 0
        ? ["wait for GooseFSx's client, which mounts by itself"]
        : ["wait for GooseFSx's client, which mounts by itself", $"if it does not: {string.Join(' ', Installer)}"];

    public override bool MakesDirectory => false;

    private IReadOnlyList<string> Installer => context.Config.Clients.GooseFsxInstaller;

    public override bool IsMountedByAgent => false;

    /// <summary>No document says what type its mount has: it has the name, or is neither local nor of another known kind.</summary>
    public static bool MayBeClient(MountEntry entry) => entry is { IsWhole: true, IsAutomount: false }
        && (GooseFsDriver.Names(entry, "goosefsx")
            || (entry.MayBlock && entry.Type is not ("nfs" or "nfs4" or "lustre" or "overlay") && !GooseFsDriver.IsClient(entry)));

    public override bool IsMounted(MountEntry entry) => MayBeClient(entry);

    public override async Task<MountFault?> BringUpAsync(string target, Deadline deadline, Action<string> note, CancellationToken cancel)
    {
        // At boot the client may only be starting.
        var limit = deadline.Attempt;
        if (await IsShownAsync(target, limit, cancel))
        {
            return null;
        }

        if (await TcpProbe.DialAnyAsync(storage.Masters.Select(master => (master[..master.LastIndexOf(':')], Port)), deadline.AtMost(DialLimit), cancel) is { } silence)
        {
            return new MountFault(ErrorCode.MountUnreachable, silence, Retry: true);
        }

        var absent = string.Create(CultureInfo.InvariantCulture, $"GooseFSx's client mounted nothing there within {limit.TotalSeconds:0.#} s");
        if (Installer.Count == 0 || _installed)
        {
            return new MountFault(
                ErrorCode.MountHelperMissing,
                $"{absent}; {(_installed ? $"{Installer[0]} has run" : "it is not installed, or does not run")}",
                Retry: _installed)
            { Hint = new("Install GooseFSx's client as its console says, see its log, or give storage.goosefsx_installer.", "请按控制台指引安装 GooseFSx 客户端并查看其日志，或配置 storage.goosefsx_installer。") };
        }

        note($"{absent}: running {Installer[0]}");
        var allowed = context.Config.Clients.GooseFsxInstallerTimeout;
        var result = await ProgramRunner.RunAsync(Installer, allowed, cancel);
        _installed = true;
        if (!result.Succeeded)
        {
            return new MountFault(ErrorCode.MountHelperMissing, $"{Installer[0]} {(result.TimedOut ? $"did not end within {allowed.TotalSeconds:0} s" : $"ended with {result.ExitCode}")}: {result.LastWords}", Retry: false)
            { Hint = new("Run storage.goosefsx_installer by hand and see why it fails.", "请手动运行 storage.goosefsx_installer，查看失败原因。") };
        }

        // Not out of the budget, which the installer may have spent.
        return await IsShownAsync(target, context.Config.Mount.AttemptTimeout, cancel)
            ? null
            : new MountFault(ErrorCode.MountHelperMissing, $"{Installer[0]} ran, and the client still mounts nothing there", Retry: true);
    }

    private async Task<bool> IsShownAsync(string target, TimeSpan limit, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (MountTree.Read().At(target) is not { } shown || !IsMounted(shown))
        {
            if (TimeProvider.System.GetElapsedTime(start) > limit)
            {
                return false;
            }

            await Task.Delay(PollInterval, cancel);
        }

        return true;
    }
}
