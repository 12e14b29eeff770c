namespace Thpc.NodeAgent.Config;

/// <summary>What holds between storages.</summary>
internal static class StorageRules
{
    public static IReadOnlyList<Storage> Hold(IReadOnlyList<StorageEntry> entries)
    {
        List<StorageEntry> all = [.. ByPath(entries).Values];
        foreach (var second in all.Where(entry => entry.Storage is GooseFsxStorage).Skip(1))
        {
            second.Table.Complain("local_path", "is the second GooseFSx; a cluster has at most one");
        }

        HaveTheSameMasters(all);
        return [.. all.Select(entry => entry.Storage)];
    }

    private static OrderedDictionary<string, StorageEntry> ByPath(IReadOnlyList<StorageEntry> entries)
    {
        var result = new OrderedDictionary<string, StorageEntry>(StringComparer.Ordinal);
        foreach (var entry in entries.Where(entry => !result.TryAdd(entry.Storage.LocalPath, entry)))
        {
            entry.Table.Complain("local_path", $"\"{entry.Storage.LocalPath}\" is given twice; each storage needs its own");
        }

        return result;
    }

    // One GooseFS home has one properties file, and that names the masters of one GooseFS.
    private static void HaveTheSameMasters(List<StorageEntry> all)
    {
        // No masters are a complaint already.
        List<(StorageEntry Entry, IReadOnlyList<string> Masters)> goose = [.. from entry in all let storage = entry.Storage as GooseFsStorage where storage?.Masters.Count > 0 select (entry, storage.Masters)];
        foreach (var (entry, masters) in goose.Skip(1))
        {
            var (first, expected) = goose[0];
            if (!masters.ToHashSet(StringComparer.Ordinal).SetEquals(expected))
            {
                entry.Table.Complain(
                    "masters",
                    $"are not those of {Complaint.Printable(first.Storage.LocalPath)} ({first.Table.OriginOf("masters")}); a node has one goosefs-site.properties, so write the same masters for every goosefs");
            }
        }
    }
}
