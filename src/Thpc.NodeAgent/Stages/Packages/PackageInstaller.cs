using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Installs missing packages with the package manager. Retries while the network is not up, downloads absent or old package lists, and
/// repairs an interrupted installation. The installed packages decide success, not the exit code. One instance per installation.
/// </summary>
/// <param name="missing">Computes which packages are missing now.</param>
internal sealed class PackageInstaller(
    PackageFamily family, ManagerCommands commands, NodeRoot root, PackagesSettings settings, PackageDatabase database,
    PackageTransaction transaction,
    Func<CancellationToken, Task<PackageCheck>> missing)
{
    private const int MaxNetworkFaults = 10;
    private readonly Backoff _networkPauses = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
    private readonly HashSet<ManagerFault> _repaired = [];
    private readonly List<string> _warnings = [];
    private IReadOnlyList<PackageNeed> _needs = [];
    private IReadOnlyList<string> _names = [];
    private int _networkFaults;
    private string? _updateFault;
    private Error? _absence;
    private PackageLog? _log;

    /// <summary>Whether apt has any package list.</summary>
    public bool HasLists { get; init; } = true;

    /// <summary>Warnings for the report if everything is installed.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>What the package manager printed last; null before it has printed anything.</summary>
    public string? LastLine => _log?.LastLine;

    private LocalizedText Failed(LocalizedText reason) => Messages.Install(string.Join(", ", _names), family.Program(), reason);

    /// <exception cref="AgentException">PACKAGES_FAILED, PACKAGES_MISSING or NO_SPACE.</exception>
    public async Task InstallAsync(Action<string> note, CancellationToken cancel)
    {
        using var log = new PackageLog(root, note);
        _log = log;
        var runner = new ManagerRunner(family, commands, root, settings, log, note, Failed);
        var check = await missing(cancel);
        _names = [.. check.Missing.Select(need => need.Name)];
        if (await transaction.ReinstallInterruptedAsync(runner, note, cancel) is { } warning)
        {
            _warnings.Add(warning);
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
                throw new AgentException(_absence!);
            }

            _names = await PackageChoice.SelectAsync(commands, _needs, fetch: true, command => runner.RunAsync(command, cancel));
            var result = await transaction.RunAsync(() => runner.RunAsync(commands.Install(_names), cancel), cancel);
            var before = check;
            check = await missing(cancel);
            if (ManagerRunner.WasKilled(family, result))
            {
                throw new AgentException(runner.Failure(
                    Messages.Killed(result.ExitCode, ManagerReason.Extract(result.Output))));
            }

            if (check.Missing.Count == 0)
            {
                WarnAboutExitCode(result);
            }
            else if (_absence is null || check.Missing.Except(check.AbsentNeeds).Any())
            {
                await RecoverAsync(runner, result, before, note, cancel);
            }
        }
    }

    private void WarnAboutExitCode(ProgramResult result)
    {
        if (!result.Succeeded && ManagerOutput.FailedScripts(result.Output).Count == 0)
        {
            var reason = ManagerReason.Extract(result.Output);
            _warnings.Add($"{family.Program()} exited with {result.ExitCode}, but all packages are installed: {reason}");
        }
    }

    /// <summary>Prepares another attempt; throws if none makes sense.</summary>
    private async Task RecoverAsync(
        ManagerRunner runner, ProgramResult result, PackageCheck check, Action<string> note, CancellationToken cancel)
    {
        var fault = ManagerOutput.Classify(family, result.ExitCode, result.Output);
        var reason = ManagerReason.Extract(result.Output);

        // If dpkg was killed while unpacking a package, apt leaves it half installed and may even succeed.
        if (family == PackageFamily.Apt && fault != ManagerFault.Interrupted && !_repaired.Contains(ManagerFault.HalfInstalled)
            && await database.HalfInstalledAsync(cancel) is { Count: > 0 } half)
        {
            _repaired.Add(ManagerFault.HalfInstalled);
            note($"reinstalling half-installed packages first: {string.Join(", ", half)}");
            await runner.RunAsync(commands.Reinstall(half), cancel);
            return;
        }

        if (result.Succeeded)
        {
            throw new AgentException(Incomplete(await missing(cancel), reason));
        }

        if (Repair(fault) is var (command, why) && _repaired.Add(fault))
        {
            note(why);
            await transaction.RunAsync(() => runner.RunAsync(command, cancel), cancel);
        }
        else if (family == PackageFamily.Apt && fault is ManagerFault.Stale or ManagerFault.UnknownPackage
            && _repaired.Add(ManagerFault.Stale))
        {
            await UpdateAsync(runner, reason, note, cancel);
        }
        else if (fault is ManagerFault.Network or ManagerFault.Stale || (fault == ManagerFault.UnknownPackage && _updateFault is not null))
        {
            // Every package is unknown if the lists were not downloaded.
            await RetryAsync(runner, fault == ManagerFault.UnknownPackage ? _updateFault : reason, note, cancel);
        }
        else if (fault == ManagerFault.UnknownPackage && check.Absence is { } absence && _absence is null)
        {
            // Install the packages that the distribution has.
            _absence = runner.Failure(absence.Text + $"; {reason}", absence.Hint);
            note($"{absence.Message}; the rest is installed");
        }
        else
        {
            throw new AgentException(fault == ManagerFault.NoSpace ? new Error(ErrorCode.NoSpace, Failed(reason))
                : fault == ManagerFault.Other ? runner.Failure(Messages.ExitCode(result.ExitCode, reason))
                : runner.Failure(reason, Hints.ForFault(fault, family)));
        }
    }

    /// <returns>A command that repairs the manager's state, and the reason for it; null if there is none.</returns>
    private (IReadOnlyList<string> Command, string Why)? Repair(ManagerFault fault) => fault switch
    {
        ManagerFault.Interrupted => (commands.FinishInterrupted(), "an earlier dpkg run was interrupted; completing it first"),
        ManagerFault.Broken => (commands.FixBroken(), "dependencies of installed packages are unmet; repairing them first"),
        _ => null,
    };

    private async Task RetryAsync(ManagerRunner runner, string? reason, Action<string> note, CancellationToken cancel)
    {
        var pause = _networkPauses.Next();
        if (++_networkFaults >= MaxNetworkFaults || pause >= runner.Left)
        {
            throw new AgentException(runner.Unreachable(Messages.InAttempts(_networkFaults), reason));
        }

        note($"attempt {_networkFaults}: {reason}; again in {pause.TotalSeconds:0.0} s");
        await Task.Delay(pause, cancel);
        if (family == PackageFamily.Apt)
        {
            await UpdateAsync(runner, "the network may be up by now", note, cancel);
        }
    }

    /// <summary>Downloads apt's lists. apt may exit with 0 although nothing was downloaded, so its output is checked too.</summary>
    private async Task UpdateAsync(ManagerRunner runner, string reason, Action<string> note, CancellationToken cancel)
    {
        note($"fetching the package lists: {reason}");
        _repaired.Add(ManagerFault.Stale);
        var result = await runner.RunAsync(commands.Update(), cancel);
        _updateFault = !result.Succeeded || ManagerOutput.IsNetwork(result.Output) ? ManagerReason.Extract(result.Output) : null;
        if (_updateFault is not null)
        {
            note($"some package lists were not fetched: {_updateFault}");
        }
    }

    /// <summary>yum installs the packages that it finds and exits with 0 even if others were not found.</summary>
    private Error Incomplete(PackageCheck check, string reason)
    {
        var names = string.Join(", ", check.Missing.Select(need => need.Name));
        return new Error(
            ErrorCode.PackagesMissing,
            check.Missing.Count == 1
                ? Messages.OneNotInstalled(family.Program(), names, reason)
                : Messages.NotInstalled(family.Program(), names, reason),
            Hints.Incomplete);
    }
}
