using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Notes what is installed before the manager changes it, and once it has come to its end which scripts failed. dpkg keeps that itself.
/// </summary>
internal sealed class PackageTransaction(PackageFamily family, ManagerCommands commands, NodeRoot root, PackageDatabase database)
{
    private const int MaxRounds = 3;

    // What could not be healed stays a part of what the next transaction, should it be cut short, is compared with.
    private IReadOnlyList<string>? _unhealed;

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
            var result = await runner.RunAsync(commands.Reinstall(names), cancel);
            Remember(result, await database.AllAsync(cancel));
            if (!result.Succeeded && ManagerWords.FailedScripts(result.Output).Count == 0)
            {
                _unhealed = state.Before;
                return $"{PackageCheck.CutShortWords(names)}; installing again failed: {ManagerReason.Of(result.Output)}";
            }
        }

        (InstallationState.Read(root) with { Before = null }).Write(root);
        return null;
    }

    /// <summary>Runs the manager between the two notes.</summary>
    public async Task<ToolResult> RunAsync(Func<Task<ToolResult>> run, CancellationToken cancel)
    {
        if (family == PackageFamily.Apt)
        {
            return await run();
        }

        var before = _unhealed ?? [.. (await database.AllAsync(cancel)).Select(package => package.Id)];
        (InstallationState.Read(root) with { Before = before }).Write(root);
        var result = await run();
        if (!ManagerRunner.IsCutShort(family, result))
        {
            Remember(result, await database.AllAsync(cancel));
            (InstallationState.Read(root) with { Before = _unhealed }).Write(root);
        }

        return result;
    }

    private void Remember(ToolResult result, IReadOnlyList<RpmPackage> installed)
    {
        var state = InstallationState.Read(root);
        var failed = from script in ManagerWords.FailedScripts(result.Output)
                     from package in installed
                     where package.FullName == script.Package
                     select new FailedScript(package.Id, package.Name, script.Words);
        (state with { FailedScripts = [.. state.StillFailed(installed).Union(failed)] }).Write(root);
    }
}
