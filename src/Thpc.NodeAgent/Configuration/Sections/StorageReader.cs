using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>Reads the storage sections, each storage by itself; rules between storages are in <see cref="StorageRules"/>.</summary>
internal static class StorageReader
{
    public static IReadOnlyList<StorageEntry> Read(TableReader top)
    {
        List<StorageEntry> all = [];
        void Take(string section, Func<TableReader, Storage?> read)
        {
            foreach (var table in top.Tables(section))
            {
                if (read(table) is { } storage)
                {
                    all.Add(new StorageEntry(storage, table));
                }

                table.Close();
            }
        }

        Take(StorageSections.Cfs, CfsReader.Read);
        Take(StorageSections.GooseFs, GooseFsReader.Read);
        Take(StorageSections.GooseFsx, GooseFsReader.ReadX);
        return all;
    }

    /// <summary>Reads the mount point; null after a diagnostic.</summary>
    public static string? Local(TableReader table, ConfigKey key)
    {
        if (table.RequiredText(key) is not { } given)
        {
            return null;
        }

        var path = LocalPath.Normalize(given);
        if ((LocalPath.ValidateBlanks(given) ?? LocalPath.Validate(path)) is { } problem)
        {
            table.AddDiagnostic(key.Name, problem);
            return null;
        }

        return path;
    }

    /// <summary>Whether the path is valid on a remote file system.</summary>
    public static bool IsNormal(string path) => LocalPath.ValidateForm(LocalPath.Normalize(path)) is null;
}
