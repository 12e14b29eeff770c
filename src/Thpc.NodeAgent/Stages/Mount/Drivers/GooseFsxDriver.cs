using System.Globalization;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>
/// GooseFSx: its client is a separate service that mounts by itself at every boot. The agent waits for the mount. If it does not appear,
/// the agent runs the configured installer once.
/// </summary>
internal sealed class GooseFsxDriver(GooseFsxStorage storage, DriverContext context) : StorageDriver(storage)
{
    private const int Port = 55533;
    private static readonly TimeSpan DialLimit = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);
    private bool _installed;

    public override string Description => $"goosefsx {storage.Source}";

    public override IReadOnlyList<string> Commands => Installer.Count == 0
        ? ["wait for the GooseFSx client to mount"]
        : ["wait for the GooseFSx client to mount", $"if it does not: {string.Join(' ', Installer)}"];

    public override bool CreatesDirectory => false;

    private IReadOnlyList<string> Installer => context.Config.Clients.GooseFsxInstaller;

    public override bool IsMountedByAgent => false;

    /// <summary>
    /// Whether the GooseFSx client may have made this mount. The type is not documented: the name contains "goosefsx", or the mount is
    /// neither local nor of another known kind.
    /// </summary>
    public static bool MayBeClient(MountEntry entry) => entry is { IsWhole: true, IsAutomount: false }
        && (GooseFsDriver.NameContains(entry, "goosefsx")
            || (entry.MayBlock && entry.Type is not ("nfs" or "nfs4" or "lustre" or "overlay") && !GooseFsDriver.IsClient(entry)));

    public override bool IsMounted(MountEntry entry) => MayBeClient(entry);

    public override async Task<MountFault?> TryMountAsync(string target, Deadline deadline, Action<string> note, CancellationToken cancel)
    {
        // At boot the client may still be starting.
        var limit = deadline.Attempt;
        if (await WaitForMountAsync(target, limit, cancel))
        {
            return null;
        }

        var masters = storage.Masters.Select(master => (master[..master.LastIndexOf(':')], Port));
        if (await TcpProbe.DialAnyAsync(masters, deadline.CapAt(DialLimit), cancel) is { } problem)
        {
            return new MountFault(ErrorCode.MountUnreachable, problem, Retry: true);
        }

        var seconds = limit.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
        if (Installer.Count == 0 || _installed)
        {
            return new MountFault(
                ErrorCode.MountHelperMissing,
                Messages.GooseFsxSilent(seconds, _installed ? Messages.InstallerHasRun(Installer[0]) : Messages.ClientNotRunning),
                Retry: _installed)
            { Hint = Hints.InstallGooseFsxClient };
        }

        note($"{Messages.GooseFsxSilent(seconds, "")}; running {Installer[0]}");
        var allowed = context.Config.Clients.GooseFsxInstallerTimeout;
        var result = await ProgramRunner.RunAsync(Installer, allowed, cancel);
        _installed = true;
        if (!result.Succeeded)
        {
            var end = result.TimedOut
                ? Host.Messages.DidNotFinishWithin($"{allowed.TotalSeconds:0}")
                : Messages.ExitedWith(result.ExitCode);
            var message = $"{Installer[0]} " + end + $": {result.LastOutput}";
            return new MountFault(ErrorCode.MountHelperMissing, message, Retry: false)
            { Hint = Hints.RunGooseFsxInstaller };
        }

        // Uses its own limit, since the installer may have used up the deadline.
        return await WaitForMountAsync(target, context.Config.Mount.AttemptTimeout, cancel)
            ? null
            : new MountFault(ErrorCode.MountHelperMissing, Messages.InstallerUseless(Installer[0]), Retry: true);
    }

    private async Task<bool> WaitForMountAsync(string target, TimeSpan limit, CancellationToken cancel)
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
