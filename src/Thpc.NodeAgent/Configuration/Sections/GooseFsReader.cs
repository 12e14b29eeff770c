using System.Globalization;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>Reads [[goosefs]] and [[goosefsx]].</summary>
internal static partial class GooseFsReader
{
    // 55533 is in the API's own examples.
    private static readonly string[] Ports = [":9200", ":9202", ":55533"];

    public static GooseFsStorage? Read(TableReader table)
    {
        var local = StorageReader.Local(table, ConfigKeys.GooseFsLocalPath);
        var remote = table.Text(ConfigKeys.GooseFsRemotePath)!;
        if (LocalPath.ValidateBlanks(remote) is { } blank)
        {
            table.AddDiagnostic("remote_path", blank);
        }
        else if (!remote.StartsWith('/') || !StorageReader.IsNormal(remote))
        {
            table.AddDiagnostic("remote_path", Messages.NotGooseFsDirectory(TerminalText.Quoted(remote)));
        }
        else
        {
            RequirePlain(table, "remote_path", remote);
        }

        RequirePlain(table, "local_path", local ?? "");

        var masters = Masters(table, ConfigKeys.GooseFsMasters, ConfigKeys.GooseFsFileSystemId);
        if (masters.Count > 1 && !Array.Exists(Ports, port => masters.All(master => master.EndsWith(port, StringComparison.Ordinal))))
        {
            table.AddDiagnostic("masters", Messages.GooseFsPorts);
        }

        return local is null ? null : new GooseFsStorage(local, LocalPath.Normalize(remote), masters);
    }

    public static GooseFsxStorage? ReadX(TableReader table)
    {
        var local = StorageReader.Local(table, ConfigKeys.GooseFsxLocalPath);
        var masters = Masters(table, ConfigKeys.GooseFsxMasters, ConfigKeys.GooseFsxFileSystemId);
        if (local is not null && !GooseFsxPathPattern().IsMatch(local))
        {
            table.AddDiagnostic("local_path", Messages.NotGooseFsxPath(local));
        }

        if (masters.Any(master => !master.EndsWith(":55533", StringComparison.Ordinal)))
        {
            table.AddDiagnostic("masters", Messages.GooseFsxPort);
        }

        return local is null ? null : new GooseFsxStorage(local, masters);
    }

    /// <summary>Whether neither a shell nor systemd would split or change the path.</summary>
    public static bool IsPlain(string path) => PlainPattern().IsMatch(path);

    // The vendor's start script splits its arguments at blanks.
    private static void RequirePlain(TableReader table, string key, string path)
    {
        if (!IsPlain(path))
        {
            table.AddDiagnostic(key, Messages.NotForStartScript(TerminalText.Quoted(path)));
        }
    }

    private static IReadOnlyList<string> Masters(TableReader table, ConfigKey key, ConfigKey idKey)
    {
        var id = table.Text(idKey);
        var masters = table.Texts(
            key,
            string.IsNullOrEmpty(id) ? Messages.AddIt : Messages.AddMasters(TerminalText.Quoted(id, 100)));
        foreach (var master in masters.Where(master =>
            !MasterPattern().IsMatch(master)
                || int.Parse(master[(master.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture) is < 1 or > 65535))
        {
            table.AddDiagnostic("masters", Messages.NotMaster(TerminalText.Quoted(master), key.Example!));
        }

        return masters;
    }

    [GeneratedRegex(@"^[A-Za-z0-9._/+:@=-]*\z")]
    private static partial Regex PlainPattern();

    [GeneratedRegex(@"^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*)|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}\z")]
    private static partial Regex MasterPattern();

    [GeneratedRegex(@"^/goosefsx/[A-Za-z0-9_-]+_proxy\z")]
    private static partial Regex GooseFsxPathPattern();
}
