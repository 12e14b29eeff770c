using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration;

/// <summary>The configured storage together with the storage to be added.</summary>
/// <param name="All">Configured storage, then new storage; no local path twice.</param>
/// <param name="Added">All storage to be added, including what is already configured.</param>
/// <param name="New">The part of <paramref name="Added"/> that is not configured yet.</param>
internal sealed record StorageSet(IReadOnlyList<Storage> All, IReadOnlyList<Storage> Added, IReadOnlyList<Storage> New);

/// <summary>Rules that involve more than one storage, configured or to be added.</summary>
internal static class StorageRules
{
    public static StorageSet Join(IReadOnlyList<StorageEntry> configured, IReadOnlyList<StorageEntry> added, ConfigNotices findings)
    {
        var present = ByPath(configured);
        var wanted = ByPath(added);
        var conflicts = wanted.Values.Where(
            entry => present.TryGetValue(entry.Storage.LocalPath, out var there) && !entry.Storage.Equals(there.Storage));
        findings.Conflicts.AddRange(conflicts.Select(entry => Conflict(present[entry.Storage.LocalPath], entry)));
        List<StorageEntry> fresh = [.. wanted.Values.Where(entry => !present.ContainsKey(entry.Storage.LocalPath))];
        List<StorageEntry> all = [.. present.Values, .. fresh];
        foreach (var second in all.Where(entry => entry.Storage is GooseFsxStorage).Skip(1))
        {
            second.Table.AddDiagnostic("local_path", "is the second GooseFSx; a cluster has at most one");
        }

        RequireSameMasters(all);
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
                    $"\"{entry.Storage.LocalPath}\" is given twice with different options: {Options(entry.Storage)} here, "
                    + $"and {Options(first.Storage)} ({first.Table.OriginOf("local_path")}); use the same options, or remove one");
            }
            else if (!first.Storage.Equals(entry.Storage) || FileOf(first) == FileOf(entry))
            {
                entry.Table.AddDiagnostic("local_path", $"\"{entry.Storage.LocalPath}\" is given twice; each storage needs its own");
            }
        }

        return result;
    }

    /// <summary>
    /// Returns the file of an entry. The configuration and its option file may name the same storage; one file may not name it twice.
    /// </summary>
    private static string FileOf(StorageEntry entry)
    {
        var origin = entry.Table.OriginOf("local_path");
        return origin.LastIndexOf(':') is > 0 and var colon ? origin[..colon] : origin;
    }

    /// <summary>Whether two storages differ only in their mount options.</summary>
    private static bool HaveOtherOptions(Storage one, Storage other) =>
        one is CfsStorage first && other is CfsStorage second && first != second
            && first == second with { MountOption = first.MountOption };

    private static string Options(Storage storage) =>
        storage is not CfsStorage cfs ? ""
        : cfs.MountOption is { } option ? TerminalText.Quoted(option)
        : $"{CfsOptions.Default(cfs.Protocol)}, the default";

    // A GooseFS home has one properties file, which names the masters of one GooseFS.
    private static void RequireSameMasters(List<StorageEntry> all)
    {
        // Storage without masters has a diagnostic already.
        List<(StorageEntry Entry, IReadOnlyList<string> Masters)> goose =
        [
            .. from entry in all
               let storage = entry.Storage as GooseFsStorage
               where storage?.Masters.Count > 0
               select (entry, storage.Masters),
        ];
        foreach (var (entry, masters) in goose.Skip(1))
        {
            var (first, expected) = goose[0];
            if (!masters.ToHashSet(StringComparer.Ordinal).SetEquals(expected))
            {
                entry.Table.AddDiagnostic(
                    "masters",
                    $"are not those of {TerminalText.Quoted(first.Storage.LocalPath)} ({first.Table.OriginOf("masters")}); "
                    + "a node has one goosefs-site.properties, so write the same masters for every goosefs");
            }
        }
    }

    private static string Conflict(StorageEntry there, StorageEntry added)
    {
        var (present, wanted) = (there.Storage, added.Storage);
        var (where, what) = HaveOtherOptions(present, wanted)
            ? ($"{Describe(present)} with {Options(present)}", $"the same with other options is to be added: {Options(wanted)}")
            : (Described(present), $"{Described(wanted)} is to be added");
        return new ConfigDiagnostic(
            added.Table.OriginOf("local_path"),
            $"{wanted.LocalPath} is configured as {where} ({there.Table.OriginOf("local_path")}), and {what}").ToString();
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
