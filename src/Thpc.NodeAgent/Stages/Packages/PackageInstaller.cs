using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Has the manager install what is missing: waits while another program holds its lock, tries again while the network is not
/// up yet, fetches lists that are absent or old, and finishes what a killed dpkg left. One object, one installation.
/// </summary>
internal sealed class PackageInstaller(PackageFamily family, ManagerCommands commands, PackagesSettings settings, bool hasLists, IReadOnlyList<PackageNeed> needs)
{
    private const int MostNetworkFaults = 10;
    private readonly Backoff _lockPauses = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3));
    private readonly Backoff _networkPauses = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private IReadOnlyList<string> _names = [];
    private string? _holder;
    private TimeSpan _locked;
    private int _networkFaults;
    private bool _updated;
    private string? _updateFault;
    private bool _finished;

    /// <summary>Why the distribution does not have some of this, where that is known before.</summary>
    public AgentException? Absence { get; init; }

    private string What => $"install {string.Join(", ", _names)} with {family.Program()}";

    private TimeSpan Left => settings.Timeout - TimeProvider.System.GetElapsedTime(_start);

    /// <returns>The manager's last words.</returns>
    /// <exception cref="AgentException">PACKAGES_FAILED or NO_SPACE.</exception>
    public async Task<string> InstallAsync(Action<string> note, CancellationToken cancel)
    {
        _names = [.. needs.Select(need => need.Name)];
        if (family == PackageFamily.Apt && !hasLists)
        {
            await UpdateAsync("there are no package lists yet", note, cancel);
        }

        while (true)
        {
            _names = await PackageChoice.MakeAsync(commands, needs, fetch: true, cancel);
            var result = await RunAsync(commands.Install(_names), note, cancel);
            if (result.Succeeded)
            {
                return result.Output;
            }

            await RecoverAsync(result, note, cancel);
        }
    }

    /// <summary>Returns where another attempt makes sense.</summary>
    private async Task RecoverAsync(ToolResult result, Action<string> note, CancellationToken cancel)
    {
        var fault = ManagerWords.Classify(family, result.ExitCode, result.Output);
        if (fault == ManagerFault.Interrupted && !_finished)
        {
            _finished = true;
            note("an earlier dpkg was interrupted; it is finished first");
            await RunAsync(commands.FinishInterrupted(), note, cancel);
        }
        else if (family == PackageFamily.Apt && fault is ManagerFault.Stale or ManagerFault.UnknownPackage && !_updated)
        {
            await UpdateAsync(ManagerWords.Last(result.Output), note, cancel);
        }
        else if (fault is ManagerFault.Network or ManagerFault.Stale || (fault == ManagerFault.UnknownPackage && _updateFault is not null))
        {
            var pause = _networkPauses.Next();
            // Lists that were not fetched make every package unknown.
            var words = fault == ManagerFault.UnknownPackage ? _updateFault : ManagerWords.Last(result.Output);
            if (++_networkFaults >= MostNetworkFaults || pause >= Left)
            {
                throw Unreachable($"in {_networkFaults} attempts", words);
            }

            note($"attempt {_networkFaults}: {words}; again in {pause.TotalSeconds:0.0} s");
            await Task.Delay(pause, cancel);
            if (family == PackageFamily.Apt)
            {
                await UpdateAsync("the network may be up by now", note, cancel);
            }
        }
        else
        {
            throw fault switch
            {
                ManagerFault.NoSpace => new AgentException(ErrorCode.NoSpace, $"{What}: {ManagerWords.Last(result.Output)}"),
                ManagerFault.UnknownPackage when Absence is not null =>
                    Failure($"{Absence.Message}; {ManagerWords.Last(result.Output)}", Absence.Hint),
                ManagerFault.UnknownPackage => Failure(ManagerWords.Last(result.Output), new("Add the repository that has them to the image (on RHEL's relatives munge and slurm are in EPEL), or install them in the image by hand.", "请在镜像中添加包含这些软件包的软件源（RHEL 系的 munge 和 slurm 在 EPEL 中），或在镜像中手动安装。")),
                _ => Failure($"exit code {result.ExitCode}: {ManagerWords.Last(result.Output)}"),
            };
        }
    }

    /// <summary>Fetches apt's lists. It succeeds with warnings only where nothing could be fetched, so the words count.</summary>
    private async Task UpdateAsync(string reason, Action<string> note, CancellationToken cancel)
    {
        note($"fetching the package lists: {reason}");
        var result = await RunAsync(commands.Update(), note, cancel);
        _updated = true;
        _updateFault = !result.Succeeded || ManagerWords.IsNetwork(result.Output) ? ManagerWords.Last(result.Output) : null;
        if (_updateFault is not null)
        {
            note($"the package lists were not all fetched: {_updateFault}");
        }
    }

    /// <summary>Runs a command again and again while the lock is what it fails for.</summary>
    private async Task<ToolResult> RunAsync(IReadOnlyList<string> command, Action<string> note, CancellationToken cancel)
    {
        while (true)
        {
            var start = TimeProvider.System.GetTimestamp();
            var result = await Tool.RunAsync(command, Left > TimeSpan.FromSeconds(1) ? Left : TimeSpan.FromSeconds(1), cancel, commands.Environment());
            if (result.TimedOut)
            {
                throw ManagerWords.IsNetwork(result.Output) ? Unreachable($"within {settings.Timeout.TotalSeconds:0} s", ManagerWords.Last(result.Output))
                    : Failure($"not done within {settings.Timeout.TotalSeconds:0} s, and ended; its last words: {result.LastWords}", new("Raise [packages] timeout, or find out what it waits for; then run again.", "请调大 [packages] timeout，或查明它在等待什么；然后重新运行。"));
            }

            if (result.Succeeded || ManagerWords.Classify(family, result.ExitCode, result.Output) != ManagerFault.Locked)
            {
                return result;
            }

            var holder = ManagerWords.LockHolder(result.Output) is { } who ? $" held by {who}" : "";
            _locked += TimeProvider.System.GetElapsedTime(start);
            var pause = _lockPauses.Next();
            if (_locked + pause > settings.LockTimeout || pause >= Left)
            {
                throw Failure(
                    $"the package lock{holder} did not become free within {_locked.TotalSeconds:0.#} s: {ManagerWords.Last(result.Output)}",
                    new("Wait until the other package manager is done (`ps` shows it), or raise [packages] lock_timeout; then run again.", "请等待另一个包管理器结束（`ps` 可查看），或调大 [packages] lock_timeout；然后重新运行。"));
            }

            if (_holder != holder)
            {
                _holder = holder;
                note($"waiting for the package lock{holder}");
            }

            _locked += pause;
            await Task.Delay(pause, cancel);
        }
    }

    private AgentException Unreachable(string effort, string? words) => Failure(
        $"the repositories were not reached {effort}: {words}",
        new("Check the node's route, DNS and proxy towards its package repositories, then run again.", "请检查节点到软件源的路由、DNS 和代理，然后重新运行。"));

    private AgentException Failure(string words, Bilingual? hint = null) => new(ErrorCode.PackagesFailed, $"{What}: {words}", hint);
}
