using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Has the manager install what is missing: tries again while the network is not up yet, fetches lists that are absent or old, and mends
/// what an earlier installation left half done. What counts in the end is what is installed. One object, one installation.
/// </summary>
/// <param name="missing">Says what is missing now.</param>
internal sealed class PackageInstaller(
    PackageFamily family, ManagerCommands commands, NodeRoot root, PackagesSettings settings, PackageDatabase database, PackageTransaction transaction,
    Func<CancellationToken, Task<PackageCheck>> missing)
{
    private const int MaxNetworkFaults = 10;
    private readonly Backoff _networkPauses = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    private readonly HashSet<ManagerFault> _mended = [];
    private readonly List<string> _warnings = [];
    private IReadOnlyList<PackageNeed> _needs = [];
    private IReadOnlyList<string> _names = [];
    private int _networkFaults;
    private string? _updateFault;
    private AgentException? _absence;

    /// <summary>Whether apt has any list of packages yet.</summary>
    public bool HasLists { get; init; } = true;

    /// <summary>What the report is to warn of although all is installed.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    private string What => $"install {string.Join(", ", _names)} with {family.Program()}";

    /// <exception cref="AgentException">PACKAGES_FAILED, PACKAGES_MISSING or NO_SPACE.</exception>
    public async Task InstallAsync(Action<string> note, CancellationToken cancel)
    {
        using var log = new PackageLog(root, note);
        var runner = new ManagerRunner(family, commands, root, settings, log, note, () => What);
        var check = await missing(cancel);
        _names = [.. check.Missing.Select(need => need.Name)];
        if (await transaction.ReinstallCutShortAsync(runner, note, cancel) is { } unhealed)
        {
            _warnings.Add(unhealed);
        }

        if (family == PackageFamily.Apt && !HasLists)
        {
            await UpdateAsync(runner, "there are no package lists yet", note, cancel);
        }

        for (check = await missing(cancel); check.Missing.Count > 0;)
        {
            _needs = _absence is null ? check.Missing : [.. check.Missing.Except(check.AbsentNeeds)];
            if (_needs.Count == 0)
            {
                throw _absence!;
            }

            _names = await PackageChoice.MakeAsync(commands, _needs, fetch: true, command => runner.RunAsync(command, cancel));
            var result = await transaction.RunAsync(() => runner.RunAsync(commands.Install(_names), cancel), cancel);
            var before = check;
            check = await missing(cancel);
            if (ManagerRunner.IsCutShort(family, result))
            {
                throw runner.Failure($"it was killed (exit code {result.ExitCode}): {ManagerReason.Extract(result.Output)}; the next run mends what it left");
            }

            if (check.Missing.Count == 0)
            {
                WarnOf(result);
            }
            else if (_absence is null || check.Missing.Except(check.AbsentNeeds).Any())
            {
                await RecoverAsync(runner, result, before, note, cancel);
            }
        }
    }

    private void WarnOf(ProgramResult result)
    {
        if (!result.Succeeded && ManagerOutput.FailedScripts(result.Output).Count == 0)
        {
            _warnings.Add($"{family.Program()} ended with exit code {result.ExitCode}, but all is installed: {ManagerReason.Extract(result.Output)}");
        }
    }

    /// <summary>Returns where another attempt makes sense.</summary>
    private async Task RecoverAsync(ManagerRunner runner, ProgramResult result, PackageCheck check, Action<string> note, CancellationToken cancel)
    {
        var fault = ManagerOutput.Classify(family, result.ExitCode, result.Output);
        var reason = ManagerReason.Extract(result.Output);

        // Where dpkg was killed while it unpacked a package, apt leaves that package half installed, and may even succeed.
        if (family == PackageFamily.Apt && fault != ManagerFault.Interrupted && !_mended.Contains(ManagerFault.HalfInstalled)
            && await database.HalfInstalledAsync(cancel) is { Count: > 0 } half)
        {
            _mended.Add(ManagerFault.HalfInstalled);
            note($"half installed, and installed again first: {string.Join(", ", half)}");
            await runner.RunAsync(commands.Reinstall(half), cancel);
            return;
        }

        if (result.Succeeded)
        {
            throw Incomplete(await missing(cancel), reason);
        }

        if (Mending(fault) is var (command, why) && _mended.Add(fault))
        {
            note(why);
            await transaction.RunAsync(() => runner.RunAsync(command, cancel), cancel);
        }
        else if (family == PackageFamily.Apt && fault is ManagerFault.Stale or ManagerFault.UnknownPackage && _mended.Add(ManagerFault.Stale))
        {
            await UpdateAsync(runner, reason, note, cancel);
        }
        else if (fault is ManagerFault.Network or ManagerFault.Stale || (fault == ManagerFault.UnknownPackage && _updateFault is not null))
        {
            // Lists that were not fetched make every package unknown.
            await RetryAsync(runner, fault == ManagerFault.UnknownPackage ? _updateFault : reason, note, cancel);
        }
        else if (fault == ManagerFault.UnknownPackage && check.Absence is { } absence && _absence is null)
        {
            // What the distribution has is installed all the same.
            _absence = runner.Failure($"{absence.Message}; {reason}", absence.Hint);
            note($"{absence.Message}; the rest is installed");
        }
        else
        {
            throw fault == ManagerFault.NoSpace ? new AgentException(ErrorCode.NoSpace, $"{What}: {reason}")
                : fault == ManagerFault.Other ? runner.Failure($"exit code {result.ExitCode}: {reason}")
                : runner.Failure(reason, ManagerHints.For(fault, family));
        }
    }

    /// <returns>What heals the manager's own state, and why it is run; null where nothing does.</returns>
    private (IReadOnlyList<string> Command, string Why)? Mending(ManagerFault fault) => fault switch
    {
        ManagerFault.Interrupted => (commands.FinishInterrupted(), "an earlier dpkg was interrupted; it is finished first"),
        ManagerFault.Broken => (commands.FixBroken(), "dependencies of installed packages are not met; they are mended first"),
        _ => null,
    };

    private async Task RetryAsync(ManagerRunner runner, string? words, Action<string> note, CancellationToken cancel)
    {
        var pause = _networkPauses.Next();
        if (++_networkFaults >= MaxNetworkFaults || pause >= runner.Left)
        {
            throw runner.Unreachable($"in {_networkFaults} attempts", words);
        }

        note($"attempt {_networkFaults}: {words}; again in {pause.TotalSeconds:0.0} s");
        await Task.Delay(pause, cancel);
        if (family == PackageFamily.Apt)
        {
            await UpdateAsync(runner, "the network may be up by now", note, cancel);
        }
    }

    /// <summary>Fetches apt's lists. It succeeds with warnings only where nothing could be fetched, so the words count.</summary>
    private async Task UpdateAsync(ManagerRunner runner, string reason, Action<string> note, CancellationToken cancel)
    {
        note($"fetching the package lists: {reason}");
        _mended.Add(ManagerFault.Stale);
        var result = await runner.RunAsync(commands.Update(), cancel);
        _updateFault = !result.Succeeded || ManagerOutput.IsNetwork(result.Output) ? ManagerReason.Extract(result.Output) : null;
        if (_updateFault is not null)
        {
            note($"the package lists were not all fetched: {_updateFault}");
        }
    }

    /// <summary>yum installs what it finds and says nothing of the rest in its exit code.</summary>
    private AgentException Incomplete(PackageCheck check, string reason)
    {
        var names = string.Join(", ", check.Missing.Select(need => need.Name));
        return new AgentException(
            ErrorCode.PackagesMissing,
            $"{family.Program()} says that it succeeded, but {names} {(check.Missing.Count == 1 ? "is" : "are")} not installed: {reason}",
            new("Add the repository that has what is named above to the image, or install it there by hand.", "请在镜像中添加包含上述软件包的软件源，或在镜像中手动安装。"));
    }
}
