namespace Thpc.NodeAgent.Configuration;

/// <summary>What the storage sections and an addition to them come to together.</summary>
/// <param name="All">Those of the configuration, then the new ones; no local path twice.</param>
/// <param name="Added">All that are to be added, those that are configured already among them.</param>
/// <param name="New">Those of Added that the configuration does not have.</param>
internal sealed record StorageSet(IReadOnlyList<Storage> All, IReadOnlyList<Storage> Added, IReadOnlyList<Storage> New);

/// <summary>What holds between storages, whether they are configured or to be added.</summary>
internal static class StorageRules
{
    public static StorageSet Join(IReadOnlyList<StorageEntry> configured, IReadOnlyList<StorageEntry> added, ConfigNotices findings)
    {
        var present = ByPath(configured);
        var wanted = ByPath(added);
        var conflicts = wanted.Values.Where(entry => present.TryGetValue(entry.Storage.LocalPath, out var there) && !entry.Storage.Equals(there.Storage));
        findings.Conflicts.AddRange(conflicts.Select(entry => Conflict(present[entry.Storage.LocalPath], entry)));
        List<StorageEntry> fresh = [.. wanted.Values.Where(entry => !present.ContainsKey(entry.Storage.LocalPath))];
        List<StorageEntry> all = [.. present.Values, .. fresh];
        foreach (var second in all.Where(entry => entry.Storage is GooseFsxStorage).Skip(1))
        {
            second.Table.AddDiagnostic("local_path", "is the second GooseFSx; a cluster has at most one");
        }

        HaveTheSameMasters(all);
        return new StorageSet(Storages(all), Storages(wanted.Values), Storages(fresh));
    }

    private static List<Storage> Storages(IEnumerable<StorageEntry> entries) => [.. entries.Select(entry => entry.Storage)];

    private static OrderedDictionary<string, StorageEntry> ByPath(IReadOnlyList<StorageEntry> entries)
    {
        var result = new OrderedDictionary<string, StorageEntry>(StringComparer.Ordinal);
        foreach (var entry in entries.Where(entry => !result.TryAdd(entry.Storage.LocalPath, entry)))
        {
            var first = result[entry.Storage.LocalPath];
            if (HaveOtherOptions(first.Storage, entry.Storage))
            {
                entry.Table.AddDiagnostic(
                    "local_path",
                    $"\"{entry.Storage.LocalPath}\" is given twice, with other options: {Options(entry.Storage)} here, and {Options(first.Storage)} ({first.Table.OriginOf("local_path")}); write the same, or leave one out");
            }
            else if (!first.Storage.Equals(entry.Storage) || FileOf(first) == FileOf(entry))
            {
                entry.Table.AddDiagnostic("local_path", $"\"{entry.Storage.LocalPath}\" is given twice; each storage needs its own");
            }
        }

        return result;
    }

    /// <summary>The configuration and its option file may both name a storage; twice in one of them is a slip.</summary>
    private static string FileOf(StorageEntry entry)
    {
        var origin = entry.Table.OriginOf("local_path");
        return origin.LastIndexOf(':') is > 0 and var colon ? origin[..colon] : origin;
    }

    /// <summary>Whether they differ in nothing else.</summary>
    private static bool HaveOtherOptions(Storage one, Storage other) =>
        one is CfsStorage first && other is CfsStorage second && first != second && first == second with { MountOption = first.MountOption };

    private static string Options(Storage storage) =>
        storage is CfsStorage cfs ? cfs.MountOption is { } option ? ConfigDiagnostic.Printable(option) : $"{CfsOptions.Default(cfs.Protocol)}, the default" : "";

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
                entry.Table.AddDiagnostic(
                    "masters",
                    $"are not those of {ConfigDiagnostic.Printable(first.Storage.LocalPath)} ({first.Table.OriginOf("masters")}); a node has one goosefs-site.properties, so write the same masters for every goosefs");
            }
        }
    }

    private static string Conflict(StorageEntry there, StorageEntry added)
    {
        var (present, wanted) = (there.Storage, added.Storage);
        var (where, what) = HaveOtherOptions(present, wanted)
            ? ($"{Describe(present)} with {Options(present)}", $"the same with other options is to be added: {Options(wanted)}")
            : (Described(present), $"{Described(wanted)} is to be added");
        return new ConfigDiagnostic(added.Table.OriginOf("local_path"), $"{wanted.LocalPath} is configured as {where} ({there.Table.OriginOf("local_path")}), and {what}").ToString();
    }

    private static string Described(Storage storage) =>
        storage is CfsStorage { MountOption: { } option } ? $"{Describe(storage)} with {option}" : Describe(storage);

    private static string Describe(Storage storage) => storage switch
    {
        CfsStorage cfs => $"{Type(cfs.Protocol)} {cfs.Source}",
        GooseFsxStorage => $"goosefsx {storage.Source}",
        _ => $"goosefs {storage.Source}",
    };

    private static string Type(CfsProtocol protocol) => protocol switch
    {
        CfsProtocol.Turbo => "lustre",
        CfsProtocol.Nfs4 => "nfs4",
        _ => "nfs",
    };
}
