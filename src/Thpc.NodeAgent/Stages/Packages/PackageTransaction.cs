using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Records the installed packages before an rpm transaction, and the failed scripts after it. dpkg keeps this state itself.
/// </summary>
internal sealed class PackageTransaction(PackageFamily family, ManagerCommands commands, NodeRoot root, PackageDatabase database)
{
    private const int MaxRounds = 3;

    // Packages that could not be reinstalled. They stay recorded as interrupted, even if others are installed.
    private IReadOnlyList<string> _notReinstalled = [];

    /// <summary>Reinstalls the packages of an interrupted transaction. Waits if its manager is still running.</summary>
    /// <returns>Null if everything was reinstalled; otherwise a warning.</returns>
    public async Task<string?> ReinstallInterruptedAsync(ManagerRunner runner, Action<string> note, CancellationToken cancel)
    {
        var state = InstallationState.Read(root);
        if (family == PackageFamily.Apt || state.Before is null)
        {
            return null;
        }

        HashSet<string> done = new(StringComparer.Ordinal);
        for (var round = 0; round < MaxRounds; round++)
        {
            // Later rounds find packages that the other manager installed meanwhile; reinstalled ones have a new install time.
            var installed = await database.AllAsync(cancel);
            var interrupted = state.FindInterrupted(installed).Select(package => package.Name);
            string[] names = [.. interrupted.Distinct(StringComparer.Ordinal).Where(done.Add)];
            if (names.Length == 0)
            {
                break;
            }

            note($"reinstalling the packages of an interrupted transaction: {string.Join(", ", names)}");
            var result = await ReinstallAsync(names, runner, cancel);
            _notReinstalled = await NotReinstalledAsync(names, installed, cancel);
            if (_notReinstalled.Count > 1)
            {
                // One package that the repositories no longer have makes the complete command fail.
                foreach (var name in _notReinstalled)
                {
                    result = await ReinstallAsync([name], runner, cancel);
                }

                _notReinstalled = await NotReinstalledAsync(names, installed, cancel);
            }

            if (_notReinstalled.Count > 0)
            {
                RecordBefore(await database.AllAsync(cancel));
                return $"{PackageCheck.DescribeInterrupted(_notReinstalled)}; reinstalling failed: {ManagerReason.Extract(result.Output)}";
            }
        }

        ClearState();
        return null;
    }

    /// <summary>Runs the manager, and records the state before and after it.</summary>
    public async Task<ProgramResult> RunAsync(Func<Task<ProgramResult>> run, CancellationToken cancel)
    {
        if (family == PackageFamily.Apt)
        {
            return await run();
        }

        RecordBefore(await database.AllAsync(cancel));
        var result = await run();
        if (!ManagerRunner.WasKilled(family, result))
        {
            var now = await database.AllAsync(cancel);
            SaveState(result, now);
            if (_notReinstalled.Count > 0)
            {
                RecordBefore(now);
            }
            else
            {
                ClearState();
            }
        }

        return result;
    }

    private async Task<ProgramResult> ReinstallAsync(IReadOnlyList<string> names, ManagerRunner runner, CancellationToken cancel)
    {
        var result = await runner.RunAsync(commands.Reinstall(names), cancel);
        SaveState(result, await database.AllAsync(cancel));
        return result;
    }

    /// <returns>The packages that were not reinstalled; a manager may succeed although it skipped some.</returns>
    private async Task<IReadOnlyList<string>> NotReinstalledAsync(
        IReadOnlyList<string> names, IReadOnlyList<RpmPackage> before, CancellationToken cancel) =>
        [.. (await database.AllAsync(cancel)).Where(package => before.Contains(package) && names.Contains(package.Name))
            .Select(package => package.Name)];

    private void RecordBefore(IReadOnlyList<RpmPackage> installed)
    {
        var complete = installed.Where(package => !_notReinstalled.Contains(package.Name)).Select(package => package.Id);
        (InstallationState.Read(root) with { Before = [.. complete] }).Write(root);
    }

    private void ClearState() => (InstallationState.Read(root) with { Before = null }).Write(root);

    private void SaveState(ProgramResult result, IReadOnlyList<RpmPackage> installed)
    {
        var state = InstallationState.Read(root);
        var failed = from script in ManagerOutput.FailedScripts(result.Output)
                     from package in installed
                     where package.FullName == script.Package
                     select new FailedScript(package.Id, package.Name, script.Words);
        (state with { FailedScripts = [.. state.StillFailed(installed).Union(failed)] }).Write(root);
    }
}
