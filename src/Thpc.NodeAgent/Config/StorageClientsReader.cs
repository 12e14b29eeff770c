namespace Thpc.NodeAgent.Config;

/// <summary>[storage]: where more storage is named, and what brings the clients of GooseFS and GooseFSx.</summary>
internal static class StorageClientsReader
{
    private const int MostWords = 64;

    /// <param name="storage">All that will be mounted.</param>
    public static StorageClients Read(TableReader table, IReadOnlyList<Storage> storage)
    {
        var option = table.Text("option_file", "")!;
        if (OptionFileObjection(option, storage) is { } early)
        {
            table.Complain("option_file", early);
        }

        var clients = new StorageClients(Home(table), Installer(table), table.Seconds("goosefsx_installer_timeout", 300, 10, 3600));
        table.Close();
        return clients;
    }

    /// <summary>Says why the file cannot name this storage: it lies in it. Null where it can.</summary>
    public static string? OptionFileObjection(string file, IReadOnlyList<Storage> storage) =>
        storage.FirstOrDefault(mounted => LocalPath.IsAtOrBelow(file, mounted.LocalPath)) is { } above
            ? $"{ConfigDiagnostic.Printable(file)} is in {ConfigDiagnostic.Printable(above.LocalPath)}, and would be read before that is mounted; put it on the node's own disk, such as /etc/thpc/storage.json"
            : null;

    private static string? Home(TableReader table)
    {
        var home = LocalPath.Normalize(table.Text("goosefs_home", "")!);
        if (home.Length == 0)
        {
            return null;
        }

        if (Objection(home) is { } objection)
        {
            table.Complain("goosefs_home", ConfigDiagnostic.Printable(objection));
        }
        else if (!GooseFsReader.IsPlain(home))
        {
            // It becomes a word of a systemd unit.
            table.Complain("goosefs_home", $"\"{ConfigDiagnostic.Printable(home)}\" has other characters than a unit's command can hold; use {GooseFsReader.PlainCharacters}");
        }

        return home;
    }

    private static IReadOnlyList<string> Installer(TableReader table)
    {
        var words = table.Texts("goosefsx_installer", mayBeJoined: false);
        if (words.Count > 0 && Objection(words[0]) is { } objection)
        {
            table.Complain("goosefsx_installer", $"the program, {ConfigDiagnostic.Printable(objection)}");
        }

        if (words.Count > MostWords)
        {
            table.Complain("goosefsx_installer", $"has {words.Count} words; {MostWords} is the most, the program included");
        }

        if (words.Skip(1).FirstOrDefault(word => word.Any(char.IsControl)) is { } odd)
        {
            table.Complain("goosefsx_installer", $"\"{ConfigDiagnostic.Printable(odd)}\" contains control characters; leave them out");
        }

        return words;
    }

    private static string? Objection(string path) => LocalPath.BlankObjection(path) ?? (path.StartsWith('/') ? LocalPath.FormObjection(path) : $"\"{path}\" is not absolute; begin it with /");
}
