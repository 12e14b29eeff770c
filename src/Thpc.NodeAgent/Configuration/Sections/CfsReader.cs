using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>Reads [[cfs]]: NFS and Turbo.</summary>
internal static partial class CfsReader
{
    /// <summary>Whether this version supports a protocol of the API, ignoring case.</summary>
    public static bool KnowsProtocol(string name) => ConfigKeys.CfsProtocol.Choices.Contains(name, StringComparer.OrdinalIgnoreCase);

    public static bool KnowsStorageType(string name) => ConfigKeys.CfsStorageType.Choices.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns null after a diagnostic if there is no valid mount point or mount target.</summary>
    public static CfsStorage? Read(TableReader table)
    {
        var local = StorageReader.Local(table, ConfigKeys.CfsLocalPath);
        var remote = table.Text(ConfigKeys.CfsRemotePath);
        var id = table.Text(ConfigKeys.CfsFileSystemId);
        var protocol = table.Choice(ConfigKeys.CfsProtocol) switch
        {
            "NFS 4.0" => CfsProtocol.Nfs4,
            "TURBO" => CfsProtocol.Turbo,
            _ => CfsProtocol.Nfs3,
        };
        table.Choice(ConfigKeys.CfsStorageType);
        var option = table.Text(ConfigKeys.CfsMountOption)!;
        var words = CfsOptions.Split(option);
        if (option.Length > 1000 || !Array.TrueForAll(words, MountOptionPattern().IsMatch))
        {
            table.AddDiagnostic("mount_option", Messages.NotMountOptions(TerminalText.Quoted(option)));
        }
        else if (words.FirstOrDefault(IsReserved) is { } reserved)
        {
            table.AddDiagnostic("mount_option", Messages.ReservedOption(TerminalText.Quoted(reserved)));
        }
        else if (words.Contains("fail"))
        {
            table.AddDiagnostic("mount_option", Messages.MountOptionFail);
        }
        else if (words.FirstOrDefault(word => HasOtherVersion(word, protocol)) is { } version)
        {
            table.AddDiagnostic("mount_option", Messages.OtherVersion(TerminalText.Quoted(version)));
        }

        var match = RemotePattern().Match(remote ?? "");
        if (string.IsNullOrEmpty(remote))
        {
            table.AddDiagnostic("remote_path", string.IsNullOrEmpty(id) ? Messages.TargetMissing : Messages.OnlyAnId(id));
        }
        else if (LocalPath.ValidateBlanks(remote) is { } blank)
        {
            table.AddDiagnostic("remote_path", blank);
        }
        else if (!match.Success || !StorageReader.IsNormal(match.Groups["path"].Value))
        {
            table.AddDiagnostic("remote_path", Messages.NotTarget(TerminalText.Quoted(remote)));
        }
        else if (match.Groups["nid"].Success != (protocol == CfsProtocol.Turbo))
        {
            table.AddDiagnostic("remote_path", Messages.TargetOfOtherProtocol(TerminalText.Quoted(remote)));
        }
        else if (protocol == CfsProtocol.Turbo && !TurboPathPattern().IsMatch(match.Groups["path"].Value))
        {
            table.AddDiagnostic("remote_path", Messages.NotTurbo(TerminalText.Quoted(remote)));
        }
        else if (local is not null)
        {
            return new CfsStorage(
                local, match.Groups["host"].Value, LocalPath.Normalize(match.Groups["path"].Value), protocol,
                CfsOptions.Own(protocol, option));
        }

        return null;
    }

    // The agent recognises its own fstab lines by these options.
    private static bool IsReserved(string option) => option.StartsWith("x-thpc.", StringComparison.OrdinalIgnoreCase);

    private static bool HasOtherVersion(string option, CfsProtocol protocol) =>
        protocol != CfsProtocol.Turbo
        && VersionPattern().Match(option) is { Success: true } version
        && version.Groups["major"].Value != (protocol == CfsProtocol.Nfs3 ? "3" : "4");

    [GeneratedRegex(@"^/[A-Za-z0-9_-]+/cfs/*\z")]
    private static partial Regex TurboPathPattern();

    [GeneratedRegex(@"^(?<host>(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*)|\[[0-9A-Fa-f:.]+\])(?<nid>@[a-z0-9]+(?:[,"
        + @":][A-Za-z0-9.-]+@[a-z0-9]+)*)?):(?<path>/.*)\z", RegexOptions.Singleline)]
    private static partial Regex RemotePattern();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.:=/@%+*-]*\z")]
    private static partial Regex MountOptionPattern();

    [GeneratedRegex(@"^(?:(?:nfs)?vers=|v)(?<major>[0-9]+)(?:\.[0-9]+)?\z")]
    private static partial Regex VersionPattern();
}
