using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>One problem of one mount point.</summary>
internal sealed record StorageProblem(string LocalPath, Error Problem);

/// <summary>Compares configuration, mount table, fstab and units, and probes every mount. Changes nothing.</summary>
internal static class Verification
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <param name="limit">For all probes together; servers that are down take all of it.</param>
    /// <returns>The problems, by mount point.</returns>
    public static async Task<IReadOnlyList<StorageProblem>> RunAsync(DriverContext context, TimeSpan limit, CancellationToken cancel)
    {
        var state = new StorageState(context);
        List<StorageProblem> findings = [.. state.Foreign.Select(Foreign)];
        foreach (var mountPoint in await state.InspectAsync(state.Known, limit, cancel))
        {
            findings.AddRange(((Error?[])[mountPoint.Problem, mountPoint.BootProblem]).OfType<Error>()
                .Select(problem => new StorageProblem(mountPoint.LocalPath, problem)));
        }

        return [.. findings.OrderBy(finding => finding.LocalPath, StringComparer.Ordinal)];
    }

    private static StorageProblem Foreign(PersistedMount item)
    {
        var entry = item.Line is { } line ? Messages.FstabLine(line.Number) : Messages.Unit(item.Unit!);
        var message = item.Machine is null
            ? Messages.OtherCluster(entry, item.Cluster, item.Source)
            : Messages.OtherMachine(entry, item.Cluster, item.Machine, item.Source);
        return new StorageProblem(item.LocalPath, new Error(ErrorCode.FstabOtherCluster, message));
    }
}
