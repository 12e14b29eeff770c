using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;
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
    public static LocalizedText? ValidateOptionFile(string file, IReadOnlyList<Storage> storage) =>
        storage.FirstOrDefault(mounted => LocalPath.IsAtOrBelow(file, mounted.LocalPath)) is { } above
            ? Messages.ReadBeforeMount(TerminalText.Quoted(file), TerminalText.Quoted(above.LocalPath))
            : null;

    private static string? Home(TableReader table)
    {
        var home = LocalPath.Normalize(table.Text(ConfigKeys.GooseFsHome)!);
        if (home.Length == 0)
        {
            return null;
        }

        if (LocalPath.ValidateFile(home) is { } problem)
        {
            table.AddDiagnostic("goosefs_home", problem);
        }
        else if (!GooseFsReader.IsPlain(home))
        {
            // It becomes a word of a systemd unit.
            table.AddDiagnostic("goosefs_home", Messages.NotForUnit(TerminalText.Quoted(home)));
        }

        return home;
    }

    private static IReadOnlyList<string> Installer(TableReader table)
    {
        var words = table.Texts(ConfigKeys.GooseFsxInstaller);
        if (words.Count > 0 && LocalPath.ValidateFile(words[0]) is { } problem)
        {
            table.AddDiagnostic("goosefsx_installer", Messages.TheProgram(problem));
        }

        if (words.Count > ConfigKeys.GooseFsxInstaller.Max)
        {
            table.AddDiagnostic("goosefsx_installer", Messages.TooManyWords(words.Count, ConfigKeys.GooseFsxInstaller.Max));
        }

        if (words.Skip(1).FirstOrDefault(word => word.Any(char.IsControl)) is { } odd)
        {
            table.AddDiagnostic("goosefsx_installer", Messages.ControlsInWord(TerminalText.Quoted(odd)));
        }

        return words;
    }
}
