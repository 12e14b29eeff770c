namespace Thpc.NodeAgent.Config;

/// <summary>[storage]: where more storage is named, and what brings the clients of GooseFS and GooseFSx.</summary>
internal static class StorageClientsReader
{
    private const int MostWords = 64;

    /// <param name="storage">All that will be mounted.</param>
    public static StorageClients Read(TableReader table, IReadOnlyList<Storage> storage)
    {
        var option = table.Text("option_file", "")!;
        if (storage.FirstOrDefault(mounted => LocalPath.IsAtOrBelow(option, mounted.LocalPath)) is { } above)
        {
            table.Complain("option_file", $"{Complaint.Printable(option)} is in {Complaint.Printable(above.LocalPath)}, and would be read before that is mounted; put it on the node's own disk, such as /etc/thpc/storage.json");
        }

        var clients = new StorageClients(Home(table), Installer(table), table.Seconds("goosefsx_installer_timeout", 300, 10, 3600));
        table.Close();
        return clients;
    }

    private static string? Home(TableReader table)
    {
        var home = LocalPath.Normalize(table.Text("goosefs_home", "")!);
        if (home.Length == 0)
        {
            return null;
        }

        if (Objection(home) is { } objection)
        {
            table.Complain("goosefs_home", Complaint.Printable(objection));
        }
        else if (!GooseFsReader.IsPlain(home))
        {
            // It becomes a word of a systemd unit.
            table.Complain("goosefs_home", $"\"{Complaint.Printable(home)}\" has other characters than a unit's command can hold; use {GooseFsReader.PlainCharacters}");
        }

        return home;
    }

    private static IReadOnlyList<string> Installer(TableReader table)
    {
        var words = table.Texts("goosefsx_installer", mayBeJoined: false);
        if (words.Count > 0 && Objection(words[0]) is { } objection)
        {
            table.Complain("goosefsx_installer", $"the program, {Complaint.Printable(objection)}");
        }

        if (words.Count > MostWords)
        {
            table.Complain("goosefsx_installer", $"has {words.Count} words; {MostWords} is the most, the program included");
        }

        if (words.Skip(1).FirstOrDefault(word => word.Any(char.IsControl)) is { } odd)
        {
            table.Complain("goosefsx_installer", $"\"{Complaint.Printable(odd)}\" contains control characters; leave them out");
        }

        return words;
    }

    private static string? Objection(string path) => LocalPath.BlankObjection(path) ?? (path.StartsWith('/') ? LocalPath.FormObjection(path) : $"\"{path}\" is not absolute; begin it with /");
}
