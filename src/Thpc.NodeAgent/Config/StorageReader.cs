using System.Globalization;
using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Config;

/// <summary>The storage sections of the configuration.</summary>
internal static partial class StorageReader
{
    private static readonly Dictionary<string, CfsProtocol> Protocols = new(StringComparer.Ordinal)
    {
        ["NFS 3.0"] = CfsProtocol.Nfs3,
        ["NFS 4.0"] = CfsProtocol.Nfs4,
        ["TURBO"] = CfsProtocol.Turbo,
    };

    private static readonly Dictionary<string, int> StorageTypes = new(StringComparer.Ordinal) { ["SD"] = 0, ["HP"] = 0, ["TB"] = 0, ["TP"] = 0 };

    public static IReadOnlyList<Storage> Read(TableReader top)
    {
        List<Storage> all = [];
        HashSet<string> paths = new(StringComparer.Ordinal);
        void Add(TableReader table, Storage? storage)
        {
            if (storage is not null && paths.Add(storage.LocalPath))
            {
                all.Add(storage);
            }
            else if (storage is not null)
            {
                table.Complain("local_path", $"\"{storage.LocalPath}\" is given twice; each storage needs its own");
            }

            table.Close();
        }

        foreach (var table in top.Tables("cfs"))
        {
            Add(table, Cfs(table));
        }

        foreach (var table in top.Tables("goosefs"))
        {
            Add(table, GooseFs(table));
        }

        foreach (var table in top.Tables("goosefsx"))
        {
            Add(table, GooseFsx(table));
            if (all.OfType<GooseFsxStorage>().Count() > 1)
            {
                table.Complain("local_path", "is the second GooseFSx; a cluster has at most one");
            }
        }

        return all;
    }

    private static CfsStorage? Cfs(TableReader table)
    {
        var local = Local(table);
        var remote = table.Text("remote_path");
        var id = table.Text("file_system_id");
        var protocol = table.Choice("protocol", "NFS 3.0", Protocols);
        table.Choice("storage_type", "SD", StorageTypes);
        var option = table.Text("mount_option", "")!;
        if (option.Length > 0 && (option.Length > 1000 || !MountOptionPattern().IsMatch(option)))
        {
            table.Complain("mount_option", $"\"{Complaint.Printable(option)}\" is not a list of mount options; write them with commas and without spaces, such as \"vers=3,nolock\"");
        }

        else if (option.Split(',').FirstOrDefault(IsOurs) is { } ours)
        {
            table.Complain("mount_option", $"\"{Complaint.Printable(ours)}\" is the agent's own mark; leave it out");
        }
        else if (option.Split(',').FirstOrDefault(word => DoesNotFit(word, protocol)) is { } version)
        {
            table.Complain("mount_option", $"\"{Complaint.Printable(version)}\" does not fit protocol; leave it out, or write the protocol that it belongs to (NFS 3.0 unless given)");
        }

        var match = RemotePattern().Match(remote ?? "");
        if (string.IsNullOrEmpty(remote))
        {
            table.Complain("remote_path", string.IsNullOrEmpty(id)
                ? "is missing; give the mount target, for example remote_path = \"172.30.3.90:/\""
                : $"is missing; {id} alone cannot be mounted, give its mount target, for example remote_path = \"172.30.3.90:/\"");
        }
        else if (!match.Success || !IsNormal(match.Groups["path"].Value))
        {
            table.Complain("remote_path", $"\"{Complaint.Printable(remote)}\" is no mount target; use HOST:/PATH, such as \"172.30.3.90:/\" (Turbo: \"172.30.2.180@tcp0:/4fe1839b/cfs\")");
        }
        else if (match.Groups["nid"].Success != (protocol == CfsProtocol.Turbo))
        {
            table.Complain("remote_path", $"\"{Complaint.Printable(remote)}\" does not fit protocol; an address with @tcp is for TURBO, one without for NFS");
        }
        else if (protocol == CfsProtocol.Turbo && !TurboPathPattern().IsMatch(match.Groups["path"].Value))
        {
            table.Complain("remote_path", $"\"{Complaint.Printable(remote)}\" is no Turbo file system; it ends in /ID/cfs, and Turbo mounts nothing below cfs");
        }
        else if (local is not null)
        {
            return new CfsStorage(local, match.Groups["host"].Value, LocalPath.Normalize(match.Groups["path"].Value), protocol, option.Length > 0 ? option : null);
        }

        return null;
    }

    // What a line of fstab is told by must come from the agent alone.
    private static bool IsOurs(string option) => option.StartsWith("x-thpc.", StringComparison.OrdinalIgnoreCase);

    private static bool DoesNotFit(string option, CfsProtocol protocol) =>
        protocol != CfsProtocol.Turbo && VersionPattern().Match(option) is { Success: true } version && version.Groups["major"].Value != (protocol == CfsProtocol.Nfs3 ? "3" : "4");

    private static GooseFsStorage? GooseFs(TableReader table)
    {
        var local = Local(table);
        var remote = table.Text("remote_path", "/")!;
        if (!remote.StartsWith('/') || !IsNormal(remote))
        {
            table.Complain("remote_path", $"\"{Complaint.Printable(remote)}\" is no directory of GooseFS; begin it with /");
        }

        var masters = Masters(table, "172.16.0.97:9200");
        return local is null ? null : new GooseFsStorage(local, LocalPath.Normalize(remote), masters);
    }

    private static GooseFsxStorage? GooseFsx(TableReader table)
    {
        var local = Local(table);
        var masters = Masters(table, "172.16.0.6:55533");
        if (local is not null && !GooseFsxPathPattern().IsMatch(local))
        {
            table.Complain("local_path", $"\"{local}\" is not where GooseFSx mounts; it is /goosefsx/INSTANCE_proxy, such as \"/goosefsx/x_c60_54oi5id3_proxy\"");
        }

        if (masters.Any(master => !master.EndsWith(":55533", StringComparison.Ordinal)))
        {
            table.Complain("masters", "every master of GooseFSx is on port 55533");
        }

        return local is null ? null : new GooseFsxStorage(local, masters);
    }

    private static IReadOnlyList<string> Masters(TableReader table, string example)
    {
        var masters = table.Texts("masters", example);
        foreach (var master in masters.Where(master => !MasterPattern().IsMatch(master) || int.Parse(master[(master.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture) is < 1 or > 65535))
        {
            table.Complain("masters", $"\"{Complaint.Printable(master)}\" is no master; write HOST:PORT, such as \"{example}\"");
        }

        return masters;
    }

    private static string? Local(TableReader table)
    {
        if (table.RequiredText("local_path", "/data") is not { } given)
        {
            return null;
        }

        var path = LocalPath.Normalize(given);
        if (LocalPath.Objection(path) is { } objection)
        {
            table.Complain("local_path", Complaint.Printable(objection));
            return null;
        }

        return path;
    }

    private static bool IsNormal(string path) => LocalPath.FormObjection(LocalPath.Normalize(path)) is null;

    [GeneratedRegex(@"^/[A-Za-z0-9_-]+/cfs/*\z")]
    private static partial Regex TurboPathPattern();

    [GeneratedRegex(@"^(?<host>(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*)|\[[0-9A-Fa-f:.]+\])(?<nid>@[a-z0-9]+(?:[,:][A-Za-z0-9.-]+@[a-z0-9]+)*)?):(?<path>/.*)\z", RegexOptions.Singleline)]
    private static partial Regex RemotePattern();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.:=/@%+*-]*(?:,[A-Za-z0-9_][A-Za-z0-9_.:=/@%+*-]*)*\z")]
    private static partial Regex MountOptionPattern();

    [GeneratedRegex(@"^(?:(?:nfs)?vers=|v)(?<major>[0-9]+)(?:\.[0-9]+)?\z")]
    private static partial Regex VersionPattern();

    [GeneratedRegex(@"^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*)|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}\z")]
    private static partial Regex MasterPattern();

    [GeneratedRegex(@"^/goosefsx/[A-Za-z0-9_-]+_proxy\z")]
    private static partial Regex GooseFsxPathPattern();
}
