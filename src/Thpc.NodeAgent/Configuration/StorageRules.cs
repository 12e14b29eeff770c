using Thpc.NodeAgent.Errors;
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
            second.Table.AddDiagnostic("local_path", Messages.SecondGooseFsx);
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
                    Messages.TwiceWithOptions(
                        entry.Storage.LocalPath, Options(entry.Storage), Options(first.Storage), PlaceOf(first, "local_path")));
            }
            else if (!first.Storage.Equals(entry.Storage) || FileOf(first) == FileOf(entry))
            {
                entry.Table.AddDiagnostic("local_path", Messages.Twice(entry.Storage.LocalPath));
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

    private static LocalizedText Options(Storage storage) =>
        storage is not CfsStorage cfs ? ""
        : cfs.MountOption is { } option ? TerminalText.Quoted(option)
        : Messages.DefaultOptions(CfsOptions.Default(cfs.Protocol));

    private static LocalizedText PlaceOf(StorageEntry entry, string key) => ConfigDiagnostic.Place(entry.Table.OriginOf(key));

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
                    "masters", Messages.OtherMasters(TerminalText.Quoted(first.Storage.LocalPath), PlaceOf(first, "masters")));
            }
        }
    }

    private static ConfigDiagnostic Conflict(StorageEntry there, StorageEntry added)
    {
        var (present, wanted, origin) = (there.Storage, added.Storage, PlaceOf(there, "local_path"));
        return new ConfigDiagnostic(
            added.Table.OriginOf("local_path"),
            HaveOtherOptions(present, wanted)
                ? Messages.OptionConflict(
                    wanted.LocalPath, Messages.With(Describe(present), Options(present)), origin, Options(wanted))
                : Messages.Conflict(wanted.LocalPath, Described(present), origin, Described(wanted)));
    }

    private static LocalizedText Described(Storage storage) =>
        storage is CfsStorage { MountOption: { } option } ? Messages.With(Describe(storage), option) : Describe(storage);

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
