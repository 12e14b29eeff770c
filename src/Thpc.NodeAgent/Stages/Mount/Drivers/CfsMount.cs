using System.Globalization;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>How a CFS file system is mounted and remembered, by Tencent's documents on CFS and THPC. Pure.</summary>
internal static class CfsMount
{
    private const string Timeout = "x-systemd.mount-timeout=";
    private const string Before = "x-systemd.before=thpc-node-agent.service";

    /// <summary>What `mount -t` is given.</summary>
    public static string MountType(CfsProtocol protocol) => protocol == CfsProtocol.Turbo ? "lustre" : "nfs";

    /// <summary>What mountinfo shows of it.</summary>
    public static string KernelType(CfsProtocol protocol) => protocol switch
    {
        CfsProtocol.Nfs3 => "nfs",
        CfsProtocol.Nfs4 => "nfs4",
        _ => "lustre",
    };

    /// <summary>The program that `mount` needs for it.</summary>
    public static string Helper(CfsProtocol protocol) => $"mount.{MountType(protocol)}";

    /// <summary>The TCP port that must answer before a mount can work: of NFS the one that its options name last, where they name any.</summary>
    public static int Port(CfsStorage storage) =>
        storage.Protocol == CfsProtocol.Turbo ? 988 : int.TryParse(Value(storage.MountOption, "port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port : 2049;

    /// <summary>Where that port must answer, one of them at least: Turbo's NIDs, joined by `:`, or the one server of NFS.</summary>
    public static IReadOnlyList<string> Addresses(CfsStorage storage) => storage.Protocol == CfsProtocol.Turbo
        ? [.. storage.Server.Split(':', ',').Where(nid => nid.Contains("@tcp", StringComparison.Ordinal)).Select(nid => nid[..nid.IndexOf('@', StringComparison.Ordinal)])]
        : [storage.Server];

    /// <summary>
    /// The options of a mount by hand. One attempt must end early, for the agent repeats it itself; mount.nfs would go on for two
    /// minutes when it is refused (retry=0 forbids that), and with `bg` for a week, out of sight.
    /// </summary>
    public static string MountOptions(CfsStorage storage)
    {
        var options = OwnOptions(storage) ?? CfsOptions.Default(storage.Protocol);
        options = string.Join(',', options.Split(',').Where(option => option != "bg"));
        return storage.Protocol == CfsProtocol.Turbo || HasOption(options, "retry") ? options : $"{options},retry=0";
    }

    /// <summary>The line of fstab: Tencent's options, `nofail` so that a dead share cannot stop a boot, and the agent's tag.</summary>
    public static FstabEntry ToFstabEntry(CfsStorage storage, string cluster, string? machine = null)
    {
        var type = storage.Protocol == CfsProtocol.Nfs4 ? "nfs4" : MountType(storage.Protocol);
        var options = OwnOptions(storage) ?? storage.Protocol switch
        {
            CfsProtocol.Nfs3 => "nfsvers=3,nolock,proto=tcp,hard,timeo=600,retrans=2,_netdev,noresvport",
            CfsProtocol.Nfs4 => "vers=4,minorversion=0,hard,timeo=600,retrans=2,_netdev,noresvport",
            _ => "defaults,user_xattr,_netdev",
        };

        // With `nofail` systemd orders nothing after its mounts, and at a later boot the agent must not come between; a dead
        // server may hold it up for half a minute only, unless the user has set another time. systemd takes every `before`.
        foreach (var needed in (string[])["_netdev", "nofail", Timeout + "30", Before])
        {
            var isThere = needed.StartsWith(Timeout, StringComparison.Ordinal) ? Value(options, Timeout[..^1]) is { Length: > 0 } : options.Split(',').Contains(needed);
            options = isThere ? options : $"{options},{needed}";
        }

        var tag = machine is null ? "" : $",{NodePaths.MachineTag}{machine}";
        return new FstabEntry(storage.Source, storage.LocalPath, type, $"{options},{NodePaths.ClusterTag}{cluster}{tag}");
    }

    /// <summary>What a line that the agent wrote is there for, such that the same line would be written again; null where it is of another kind.</summary>
    public static CfsStorage? FromFstab(FstabEntry entry)
    {
        CfsProtocol? protocol = entry.Type switch
        {
            "nfs" => CfsProtocol.Nfs3,
            "nfs4" => CfsProtocol.Nfs4,
            "lustre" => CfsProtocol.Turbo,
            _ => null,
        };
        var colon = entry.Source.IndexOf(":/", StringComparison.Ordinal);
        if (protocol is null || colon < 1)
        {
            return null;
        }

        // What else is of fstab alone (nofail, x-systemd.…), mount(8) passes over.
        var options = string.Join(',', entry.Options.Split(',').Where(option => !option.StartsWith("x-thpc.", StringComparison.Ordinal)));
        return new CfsStorage(LocalPath.Normalize(entry.MountPoint), entry.Source[..colon], entry.Source[(colon + 1)..], protocol.Value, options.Length > 0 ? options : null);
    }

    /// <summary>Which protocol a line of fstab or a unit speaks; null where it leaves that to server and client, or is no CFS.</summary>
    public static CfsProtocol? ProtocolOf(string type, string options)
    {
        var version = options.Split(',').Select(CfsOptions.Version).LastOrDefault(found => found is not null);
        return (type, version) switch
        {
            ("lustre", _) => CfsProtocol.Turbo,
            ("nfs" or "auto", "3" or "3.0") => CfsProtocol.Nfs3,
            ("nfs" or "auto", "4.0") or ("nfs4", null or "4" or "4.0") => CfsProtocol.Nfs4,
            ("nfs" or "auto", "4") when HasOption(options, "minorversion") => CfsProtocol.Nfs4,
            _ => null,
        };
    }

    /// <summary>
    /// The directories above the remote path from which a missing part of it could be made, shortest first, with the part below.
    /// NFS 3 shows nothing above the first directory (/FSID); Turbo mounts no sub-directory at all.
    /// </summary>
    public static IEnumerable<(string Above, string Below)> Ancestors(CfsStorage storage)
    {
        if (storage.Protocol == CfsProtocol.Turbo)
        {
            yield break;
        }

        var parts = storage.RemotePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var depth = storage.Protocol == CfsProtocol.Nfs4 ? 0 : 1; depth < parts.Length; depth++)
        {
            yield return ("/" + string.Join('/', parts.Take(depth)), string.Join('/', parts.Skip(depth)));
        }
    }

    /// <summary>The user's options; with the protocol's version, or mount.nfs would take the newest that the server has.</summary>
    private static string? OwnOptions(CfsStorage storage) => storage switch
    {
        { MountOption: null } or { Protocol: CfsProtocol.Turbo } => storage.MountOption,
        _ when storage.MountOption.Split(',').Any(option => CfsOptions.Version(option) is not null) => storage.MountOption,
        { Protocol: CfsProtocol.Nfs3 } => $"vers=3,{storage.MountOption}",
        _ when HasOption(storage.MountOption, "minorversion") => $"vers=4,{storage.MountOption}",
        _ => $"vers=4.0,{storage.MountOption}",
    };

    public static bool HasOption(string options, string name) =>
        options.Split(',').Any(option => option == name || option.StartsWith(name + "=", StringComparison.Ordinal));

    /// <summary>What stands behind `name=`, the last time it does; null where it stands nowhere.</summary>
    private static string? Value(string? options, string name) =>
        options?.Split(',').LastOrDefault(option => option.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
