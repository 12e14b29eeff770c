using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// An image that was not cleaned brings the storage of the cluster, or of the machine, that it was made from. What the agent itself
/// wrote there it takes out again; nobody else's line is ever touched.
/// </summary>
internal static class CloneGuard
{
    /// <summary>Keeps them aside, then takes them out of fstab and of systemd's units. Told to systemd by the writer's reload.</summary>
    /// <returns>What was done, for a report.</returns>
    /// <exception cref="AgentException">FSTAB_WRITE and others; what could not be kept is not taken out.</exception>
    public static async Task<string> TakeOutAsync(IReadOnlyList<PersistedMount> foreign, NodeRoot root, FstabWriter writer, CancellationToken cancel)
    {
        StateFiles.KeepRemoved(root, string.Concat(foreign.Select(Kept)));
        var lines = foreign.Where(item => item.Line is not null).Select(item => item.Text).ToHashSet(StringComparer.Ordinal);
        if (lines.Count > 0)
        {
            await writer.ChangeAsync(fstab => fstab.Without(line => line.Entry?.Cluster is not null && lines.Contains(line.Raw)), cancel);
        }

        foreach (var unit in foreign.Select(item => item.Unit).OfType<string>())
        {
            new UnitFiles(root).Delete(unit);
            writer.MarkChanged();
        }

        return $"{Describe(foreign)}: taken out, and kept in /var/lib/thpc-node-agent/removed-storage";
    }

    public static string Describe(IReadOnlyList<PersistedMount> foreign)
    {
        var clusters = string.Join(", ", foreign.Select(item => item.Cluster).Distinct().Order(StringComparer.Ordinal));
        return $"storage that another machine was to mount, of cluster {clusters}: {string.Join(", ", foreign.Select(item => $"{item.LocalPath} ({item.Source})"))}";
    }

    private static string Kept(PersistedMount item) =>
        $"# {(item.Unit is { } unit ? $"/etc/systemd/system/{unit}" : $"/etc/fstab line {item.Line!.Number}")}\n{item.Text.TrimEnd('\n')}\n";
}
