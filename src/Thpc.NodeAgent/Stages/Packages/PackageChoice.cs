using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Which of a need's names the manager is asked for.</summary>
internal static class PackageChoice
{
    /// <summary>Asks the manager only where a need has several names.</summary>
    /// <param name="fetch">Whether the manager may fetch its lists for that; if not, nothing changes on the node.</param>
    /// <param name="run">Runs a command of the manager's.</param>
    public static async Task<IReadOnlyList<string>> MakeAsync(
        ManagerCommands commands, IReadOnlyList<PackageNeed> needs, bool fetch, Func<IReadOnlyList<string>, Task<ProgramResult>> run)
    {
        string[] uncertain = [.. needs.Where(need => need.Names.Count > 1).SelectMany(need => need.Names).Distinct(StringComparer.Ordinal)];
        if (uncertain.Length == 0)
        {
            return Make(needs, new HashSet<string>());
        }

        // Its failure is no news: the installation meets it too, and reports it.
        var result = await run(commands.Known(uncertain, fetch));
        return Make(needs, commands.ParseKnown(result.Output));
    }

    /// <summary>Of each need's names the first that the repositories have, else the most usual.</summary>
    public static IReadOnlyList<string> Make(IReadOnlyList<PackageNeed> needs, IReadOnlySet<string> known) =>
        [.. needs.Select(need => need.Names.FirstOrDefault(known.Contains) ?? need.Name).Distinct(StringComparer.Ordinal)];
}
