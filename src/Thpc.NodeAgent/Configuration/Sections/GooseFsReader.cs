using System.Globalization;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>[[goosefs]] and [[goosefsx]].</summary>
internal static partial class GooseFsReader
{
    public const string PlainCharacters = "letters, digits and . _ / + : @ = -";

    // The last one is in the API's own examples.
    private static readonly string[] Ports = [":9200", ":9202", ":55533"];

    public static GooseFsStorage? Read(TableReader table)
    {
        var local = StorageReader.Local(table, ConfigKeys.GooseFsLocalPath);
        var remote = table.Text(ConfigKeys.GooseFsRemotePath)!;
        if (LocalPath.ValidateBlanks(remote) is { } blank)
        {
            table.AddDiagnostic("remote_path", ConfigDiagnostic.Printable(blank));
        }
        else if (!remote.StartsWith('/') || !StorageReader.IsNormal(remote))
        {
            table.AddDiagnostic("remote_path", $"\"{ConfigDiagnostic.Printable(remote)}\" is no directory of GooseFS; begin it with /");
        }
        else
        {
            StaysWhole(table, "remote_path", remote);
        }

        StaysWhole(table, "local_path", local ?? "");

        var masters = Masters(table, ConfigKeys.GooseFsMasters, ConfigKeys.GooseFsFileSystemId);
        if (masters.Count > 1 && !Array.Exists(Ports, port => masters.All(master => master.EndsWith(port, StringComparison.Ordinal))))
        {
            table.AddDiagnostic("masters", "several masters of GooseFS are all on port 9200, all on 9202, the journal's, or all on 55533; write the same port for each");
        }

        return local is null ? null : new GooseFsStorage(local, LocalPath.Normalize(remote), masters);
    }

    public static GooseFsxStorage? ReadX(TableReader table)
    {
        var local = StorageReader.Local(table, ConfigKeys.GooseFsxLocalPath);
        var masters = Masters(table, ConfigKeys.GooseFsxMasters, ConfigKeys.GooseFsxFileSystemId);
        if (local is not null && !GooseFsxPathPattern().IsMatch(local))
        {
            table.AddDiagnostic("local_path", $"\"{local}\" is not where GooseFSx mounts; it is /goosefsx/INSTANCE_proxy, such as \"/goosefsx/x_c60_54oi5id3_proxy\"");
        }

        if (masters.Any(master => !master.EndsWith(":55533", StringComparison.Ordinal)))
        {
            table.AddDiagnostic("masters", "every master of GooseFSx is on port 55533");
        }

        return local is null ? null : new GooseFsxStorage(local, masters);
    }

    /// <summary>Whether a path is one word, and the same one, to a shell and to systemd.</summary>
    public static bool IsPlain(string path) => PlainPattern().IsMatch(path);

    // The vendor's start script splits its arguments at blanks.
    private static void StaysWhole(TableReader table, string key, string path)
    {
        if (!IsPlain(path))
        {
            table.AddDiagnostic(key, $"\"{ConfigDiagnostic.Printable(path)}\" would not come whole through GooseFS's start script; use {PlainCharacters} alone");
        }
    }

    private static IReadOnlyList<string> Masters(TableReader table, ConfigKey key, ConfigKey idKey)
    {
        var id = table.Text(idKey);
        var masters = table.Texts(
            key,
            string.IsNullOrEmpty(id) ? "give it" : $"{ConfigDiagnostic.Printable(id, 100)} alone cannot be mounted, give its masters");
        foreach (var master in masters.Where(master => !MasterPattern().IsMatch(master) || int.Parse(master[(master.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture) is < 1 or > 65535))
        {
            table.AddDiagnostic("masters", $"\"{ConfigDiagnostic.Printable(master)}\" is no master; write HOST:PORT, such as \"{key.Example}\"");
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
