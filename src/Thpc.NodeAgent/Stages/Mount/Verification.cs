using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>What is wrong with one mount point.</summary>
internal sealed record StorageProblem(string LocalPath, AgentException Problem);

/// <summary>Configuration, mount table, fstab and units against each other, and every mount asked whether it is alive.</summary>
internal static class Verification
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Looks only; dead servers cost the limit, all of them together.</summary>
    public static async Task<IReadOnlyList<StorageProblem>> RunAsync(DriverContext context, TimeSpan limit, CancellationToken cancel)
    {
        var state = new StorageState(context);
        List<StorageProblem> findings = [.. state.Foreign.Select(Foreign)];
        foreach (var place in await state.InspectAsync(state.Known, limit, cancel))
        {
            findings.AddRange(((AgentException?[])[place.Problem, place.BootProblem]).OfType<AgentException>().Select(problem => new StorageProblem(place.LocalPath, problem)));
        }

        return [.. findings.OrderBy(finding => finding.LocalPath, StringComparer.Ordinal)];
    }

    private static StorageProblem Foreign(PersistedMount item) => new(item.LocalPath, new AgentException(
        ErrorCode.FstabOtherCluster,
        $"{(item.Line is { } line ? $"{NodePaths.Fstab} line {line.Number}" : $"unit {item.Unit}")} was written for cluster {item.Cluster}{(item.Machine is null ? "" : $" on machine {item.Machine}")}: {item.Source}"));
}
