using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Notes what is installed before the manager changes it, and once it has come to its end which scripts failed. dpkg keeps that itself.
/// </summary>
internal sealed class PackageTransaction(PackageFamily family, ManagerCommands commands, NodeRoot root, PackageDatabase database)
{
    private const int MaxRounds = 3;

    // Packages that could not be reinstalled: they stay in the note, even where others are installed.
    private IReadOnlyList<string> _left = [];

    /// <summary>Installs again what came in with an installation that was cut short. Should its manager still be at work, it is waited for.</summary>
    /// <returns>Null where there is nothing left of that; else a warning.</returns>
    public async Task<string?> ReinstallCutShortAsync(ManagerRunner runner, Action<string> note, CancellationToken cancel)
    {
        var state = InstallationState.Read(root);
        if (family == PackageFamily.Apt || state.Before is null)
        {
            return null;
        }

        HashSet<string> done = new(StringComparer.Ordinal);
        for (var round = 0; round < MaxRounds; round++)
        {
            // After the first round by the time: what was installed again has another one, and what the other manager brings in the end is whole.
            var installed = await database.AllAsync(cancel);
            string[] names = [.. state.CutShort(installed).Select(package => package.Name).Distinct(StringComparer.Ordinal).Where(done.Add)];
            if (names.Length == 0)
            {
                break;
            }

            note($"installing again what came in with an installation that was cut short: {string.Join(", ", names)}");
            var result = await ReinstallAsync(names, runner, cancel);
            _left = await NotReinstalledAsync(names, installed, cancel);
            if (_left.Count > 1)
            {
                // One that the repositories no longer have holds up all that are asked for with it.
                foreach (var name in _left)
                {
                    result = await ReinstallAsync([name], runner, cancel);
                }

                _left = await NotReinstalledAsync(names, installed, cancel);
            }

            if (_left.Count > 0)
            {
                Note(await database.AllAsync(cancel));
                return $"{PackageCheck.CutShortWords(_left)}; they could not be installed again: {ManagerReason.Extract(result.Output)}";
            }
        }

        ClearState();
        return null;
    }

    /// <summary>Runs the manager between the two notes.</summary>
    public async Task<ProgramResult> RunAsync(Func<Task<ProgramResult>> run, CancellationToken cancel)
    {
        if (family == PackageFamily.Apt)
        {
            return await run();
        }

        Note(await database.AllAsync(cancel));
        var result = await run();
        if (!ManagerRunner.IsCutShort(family, result))
        {
            var now = await database.AllAsync(cancel);
            SaveState(result, now);
            if (_left.Count > 0)
            {
                Note(now);
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

    /// <returns>Those that are as they were: a manager may succeed although it has left some.</returns>
    private async Task<IReadOnlyList<string>> NotReinstalledAsync(IReadOnlyList<string> names, IReadOnlyList<RpmPackage> before, CancellationToken cancel) =>
        [.. (await database.AllAsync(cancel)).Where(package => before.Contains(package) && names.Contains(package.Name)).Select(package => package.Name)];

    private void Note(IReadOnlyList<RpmPackage> whole) =>
        (InstallationState.Read(root) with { Before = [.. whole.Where(package => !_left.Contains(package.Name)).Select(package => package.Id)] }).Write(root);

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
