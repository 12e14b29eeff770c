using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>Reads [storage]: the file with more storage, and how the GooseFS and GooseFSx clients are found or installed.</summary>
internal static class StorageClientsReader
{
    /// <param name="storage">All storage that will be mounted.</param>
    public static StorageClients Read(TableReader table, IReadOnlyList<Storage> storage)
    {
        var option = table.Text(ConfigKeys.OptionFile)!;
        if (ValidateOptionFile(option, storage) is { } early)
        {
            table.AddDiagnostic("option_file", early);
        }

        var clients = new StorageClients(Home(table), Installer(table), table.Seconds(ConfigKeys.GooseFsxInstallerTimeout));
        table.Close();
        return clients;
    }

    /// <summary>Returns a diagnostic for an option file that is inside storage, which is mounted only later; null if it is not.</summary>
    public static string? ValidateOptionFile(string file, IReadOnlyList<Storage> storage) =>
        storage.FirstOrDefault(mounted => LocalPath.IsAtOrBelow(file, mounted.LocalPath)) is { } above
            ? $"{TerminalText.Quoted(file)} is in {TerminalText.Quoted(above.LocalPath)}, "
                + "but is read before that is mounted; put it on the node's own disk, such as /etc/thpc/storage.json"
            : null;

    private static string? Home(TableReader table)
    {
        var home = LocalPath.Normalize(table.Text(ConfigKeys.GooseFsHome)!);
        if (home.Length == 0)
        {
            return null;
        }

        if (Validate(home) is { } problem)
        {
            table.AddDiagnostic("goosefs_home", TerminalText.Quoted(problem));
        }
        else if (!GooseFsReader.IsPlain(home))
        {
            // It becomes a word of a systemd unit.
            table.AddDiagnostic(
                "goosefs_home",
                $"\"{TerminalText.Quoted(home)}\" has characters that a systemd unit cannot hold; "
                    + $"use only {GooseFsReader.PlainCharacters}");
        }

        return home;
    }

    private static IReadOnlyList<string> Installer(TableReader table)
    {
        var words = table.Texts(ConfigKeys.GooseFsxInstaller);
        if (words.Count > 0 && Validate(words[0]) is { } problem)
        {
            table.AddDiagnostic("goosefsx_installer", $"the program {TerminalText.Quoted(problem)}");
        }

        if (words.Count > ConfigKeys.GooseFsxInstaller.Max)
        {
            table.AddDiagnostic(
                "goosefsx_installer",
                $"has {words.Count} words; at most {ConfigKeys.GooseFsxInstaller.Max} are allowed, including the program");
        }

        if (words.Skip(1).FirstOrDefault(word => word.Any(char.IsControl)) is { } odd)
        {
            table.AddDiagnostic("goosefsx_installer", $"\"{TerminalText.Quoted(odd)}\" contains control characters; leave them out");
        }

        return words;
    }

    private static string? Validate(string path) =>
        LocalPath.ValidateBlanks(path)
        ?? (path.StartsWith('/') ? LocalPath.ValidateForm(path) : $"\"{path}\" is not absolute; begin it with /");
}
