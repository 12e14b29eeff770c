using System.Globalization;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Stages.Mount.Fstab;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>Mount types, options and fstab lines of CFS, from Tencent's documents on CFS and THPC. Pure.</summary>
internal static class CfsMount
{
    private const string MountTimeout = "x-systemd.mount-timeout=";
    private const string BeforeAgent = "x-systemd.before=thpc-node-agent.service";

    /// <summary>The type for `mount -t`.</summary>
    public static string MountType(CfsProtocol protocol) => protocol == CfsProtocol.Turbo ? "lustre" : "nfs";

    /// <summary>The type that mountinfo shows.</summary>
    public static string KernelType(CfsProtocol protocol) => protocol switch
    {
        CfsProtocol.Nfs3 => "nfs",
        CfsProtocol.Nfs4 => "nfs4",
        _ => "lustre",
    };

    /// <summary>The helper program that `mount` runs.</summary>
    public static string Helper(CfsProtocol protocol) => $"mount.{MountType(protocol)}";

    /// <summary>The TCP port of the server: 988 for Turbo; for NFS the last `port=` option, or 2049.</summary>
    public static int Port(CfsStorage storage)
    {
        if (storage.Protocol == CfsProtocol.Turbo)
        {
            return 988;
        }

        var option = Value(storage.MountOption, "port");
        return int.TryParse(option, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port : 2049;
    }

    /// <summary>The hosts of which at least one must answer on that port: those of Turbo's NIDs, or the one NFS server.</summary>
    public static IReadOnlyList<string> Addresses(CfsStorage storage)
    {
        static bool IsTcp(string nid) => nid.Contains("@tcp", StringComparison.Ordinal);
        static string Host(string nid) => nid[..nid.IndexOf('@', StringComparison.Ordinal)];
        return storage.Protocol == CfsProtocol.Turbo ? [.. storage.Server.Split(':', ',').Where(IsTcp).Select(Host)] : [storage.Server];
    }

    /// <summary>
    /// The options for mount(8). The agent retries by itself, so one attempt must end soon: without retry=0, mount.nfs retries for two
    /// minutes, and with `bg` for a week in the background.
    /// </summary>
    public static string MountOptions(CfsStorage storage)
    {
        var options = OwnOptions(storage) ?? CfsOptions.Default(storage.Protocol);
        options = string.Join(',', options.Split(',').Where(option => option != "bg"));
        return storage.Protocol == CfsProtocol.Turbo || HasOption(options, "retry") ? options : $"{options},retry=0";
    }

    /// <summary>The fstab entry: Tencent's options, `nofail` so that a dead server cannot stop a boot, and the agent's tags.</summary>
    public static FstabEntry ToFstabEntry(CfsStorage storage, string cluster, string? machine = null)
    {
        var type = storage.Protocol == CfsProtocol.Nfs4 ? "nfs4" : MountType(storage.Protocol);
        var options = OwnOptions(storage) ?? storage.Protocol switch
        {
            CfsProtocol.Nfs3 => "nfsvers=3,nolock,proto=tcp,hard,timeo=600,retrans=2,_netdev,noresvport",
            CfsProtocol.Nfs4 => "vers=4,minorversion=0,hard,timeo=600,retrans=2,_netdev,noresvport",
            _ => "defaults,user_xattr,_netdev",
        };

        // With `nofail`, systemd orders no unit after the mount, but at later boots the agent must start after it. A server that is down
        // may delay the agent by 30 s at most, unless the user has set another limit. systemd accepts several `before` options.
        foreach (var needed in (string[])["_netdev", "nofail", MountTimeout + "30", BeforeAgent])
        {
            var isPresent = needed.StartsWith(MountTimeout, StringComparison.Ordinal)
                ? Value(options, MountTimeout[..^1]) is { Length: > 0 }
                : options.Split(',').Contains(needed);
            options = isPresent ? options : $"{options},{needed}";
        }

        var tag = machine is null ? "" : $",{NodePaths.MachineTag}{machine}";
        return new FstabEntry(storage.Source, storage.LocalPath, type, $"{options},{NodePaths.ClusterTag}{cluster}{tag}");
    }

    /// <summary>The storage of a line that the agent wrote; writing it gives the same line. Null for a line of another kind.</summary>
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

        // mount(8) ignores the other options that are only for fstab (nofail, x-systemd.…).
        var options = string.Join(',', entry.Options.Split(',').Where(option => !option.StartsWith("x-thpc.", StringComparison.Ordinal)));
        return new CfsStorage(
            LocalPath.Normalize(entry.MountPoint),
            entry.Source[..colon],
            entry.Source[(colon + 1)..],
            protocol.Value,
            options.Length > 0 ? options : null);
    }

    /// <summary>The protocol of an fstab line or unit; null where server and client negotiate it, or where it is not CFS.</summary>
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
    /// The parents of the remote path in which missing directories could be created, shortest first, each with the path below it.
    /// NFS 3 exports nothing above the first directory (/FSID); Turbo cannot mount sub-directories.
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

    /// <summary>The user's options, with the protocol's version: mount.nfs would use the server's newest version otherwise.</summary>
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

    /// <summary>The value of the last `name=` option; null where there is none.</summary>
    private static string? Value(string? options, string name) =>
        options?.Split(',').LastOrDefault(option => option.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
}
