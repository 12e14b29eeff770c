using System.Globalization;
using Thpc.NodeAgent.Config;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>One place of storage, as three witnesses have it; null where a witness knows nothing of it.</summary>
/// <param name="Configured">What the configuration wants there.</param>
/// <param name="Mounted">What is mounted there.</param>
/// <param name="InFstab">What fstab has for it.</param>
/// <param name="Size">Null where nothing is mounted, or it does not answer.</param>
/// <param name="Problem">Why it does not answer; null where it does, or nothing is mounted.</param>
internal sealed record StorageRow(string LocalPath, string? Configured, string? Mounted, string? InFstab, FileSystemSize? Size, string? Problem);

/// <summary>In bytes.</summary>
internal sealed record FileSystemSize(long Total, long Used);

/// <summary>The cluster's storage on this node: configuration, mount table and fstab side by side.</summary>
internal static class StorageInventory
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Looks at all places at the same time; one whose server is dead costs its limit and no more.</summary>
    public static async Task<IReadOnlyList<StorageRow>> LookAsync(NodeConfig config, NodeRoot root, CancellationToken cancel)
    {
        var table = MountTable.Read();
        var mounts = table.Entries
            .Where(entry => entry.IsShared && entry.MountPoint.StartsWith(root.Prefix + "/", StringComparison.Ordinal))
            .Select(entry => entry.MountPoint[root.Prefix.Length..]);
        var fstab = FstabWriter.Read(root);
        var remembered = fstab.Lines.Select(line => line.Entry).OfType<FstabEntry>().Where(entry => entry.Cluster is not null).Select(entry => LocalPath.Normalize(entry.MountPoint));
        var wanted = config.Storage.ToDictionary(storage => storage.LocalPath, StringComparer.Ordinal);
        var paths = wanted.Keys.Concat(mounts).Concat(remembered).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return await Task.WhenAll(paths.Select(path => RowAsync(path, wanted.GetValueOrDefault(path), root, table, fstab, cancel)));
    }

    private static async Task<StorageRow> RowAsync(string path, Storage? wanted, NodeRoot root, MountTable table, Fstab fstab, CancellationToken cancel)
    {
        var target = root.On(root.Resolve(path, table));
        var entry = table.At(target);
        var (size, problem) = entry is null ? (null, null) : await SizeAsync(target, cancel);
        return new StorageRow(
            path,
            wanted switch
            {
                CfsStorage cfs => $"{CfsMount.KernelType(cfs.Protocol)} {cfs.Source}",
                GooseFsStorage goose => $"goosefs {string.Join(',', goose.Masters)}:{goose.RemotePath}",
                GooseFsxStorage goose => $"goosefsx {string.Join(',', goose.Masters)}",
                _ => null,
            },
            entry is null ? null : $"{entry.Type} {entry.Source}",
            fstab.At(path).LastOrDefault()?.Entry is { } line ? $"{line.Type} {line.Source}" : null,
            size,
            problem);
    }

    private static async Task<(FileSystemSize? Size, string? Problem)> SizeAsync(string target, CancellationToken cancel)
    {
        var answer = await MountPoint.ProbeAsync(target, Limit, cancel);
        if (!answer.Succeeded)
        {
            return (null, answer.TimedOut ? $"no answer within {Limit.TotalSeconds:0} s" : answer.LastWords);
        }

        var numbers = answer.Output.Split(' ', StringSplitOptions.TrimEntries).Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        return (new FileSystemSize(numbers[0] * numbers[1], numbers[0] * (numbers[1] - numbers[2])), null);
    }
}
