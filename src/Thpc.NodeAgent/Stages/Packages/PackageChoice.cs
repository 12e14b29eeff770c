using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Selects the package name to install for each need.</summary>
internal static class PackageChoice
{
    /// <summary>Queries the manager only if a need has several names.</summary>
    /// <param name="fetch">Whether the manager may download its lists; if not, nothing changes on the node.</param>
    /// <param name="run">Runs a command of the manager.</param>
    public static async Task<IReadOnlyList<string>> SelectAsync(
        ManagerCommands commands, IReadOnlyList<PackageNeed> needs, bool fetch, Func<IReadOnlyList<string>, Task<ProgramResult>> run)
    {
        string[] uncertain = [.. needs.Where(need => need.Names.Count > 1).SelectMany(need => need.Names).Distinct(StringComparer.Ordinal)];
        if (uncertain.Length == 0)
        {
            return Select(needs, new HashSet<string>());
        }

        // A failure is ignored here: the installation fails in the same way and reports it.
        var result = await run(commands.Known(uncertain, fetch));
        return Select(needs, commands.ParseKnown(result.Output));
    }

    /// <summary>For each need the first name that the repositories have, or else the most common one.</summary>
    public static IReadOnlyList<string> Select(IReadOnlyList<PackageNeed> needs, IReadOnlySet<string> known) =>
        [.. needs.Select(need => need.Names.FirstOrDefault(known.Contains) ?? need.Name).Distinct(StringComparer.Ordinal)];
}
