using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Which of a need's names the manager is asked for.</summary>
internal static class PackageChoice
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Asks the manager only where a need has several names.</summary>
    /// <param name="fetch">Whether the manager may fetch its lists for that; if not, nothing changes on the node.</param>
    public static async Task<IReadOnlyList<string>> MakeAsync(ManagerCommands commands, IReadOnlyList<PackageNeed> needs, bool fetch, CancellationToken cancel)
    {
        string[] uncertain = [.. needs.Where(need => need.Names.Count > 1).SelectMany(need => need.Names).Distinct(StringComparer.Ordinal)];
        if (uncertain.Length == 0)
        {
            return Make(needs, new HashSet<string>());
        }

        // Its failure, a lock for one, is no news: the installation meets it too, and says so.
        var result = await Tool.RunAsync(commands.Known(uncertain, fetch), Limit, cancel, commands.Environment());
        return Make(needs, commands.ParseKnown(result.Output));
    }

    /// <summary>Of each need's names the first that the repositories have, else the most usual.</summary>
    public static IReadOnlyList<string> Make(IReadOnlyList<PackageNeed> needs, IReadOnlySet<string> known) =>
        [.. needs.Select(need => need.Names.FirstOrDefault(known.Contains) ?? need.Name).Distinct(StringComparer.Ordinal)];
}
