using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>
/// The systemd unit that mounts one GooseFS at every boot, for fstab has no form for it. Its daemon lives in the unit and not in the
/// session of whoever added it, and is started again when it dies.
/// </summary>
/// <param name="Fuse">The vendor's program, an absolute path.</param>
internal sealed record GooseFsUnit(GooseFsStorage Storage, string Fuse, string Cluster, string? Machine)
{
    public const string Prefix = "thpc-goosefs-";

    // A section that systemd passes over (systemd.unit(5)): by it the agent knows its own.
    private const string Section = "[X-Thpc]";

    /// <summary>As systemd-escape(1) --path names it, behind the prefix.</summary>
    public string Name => NameFor(Storage.LocalPath);

    public string Text => $"""
        # Written by thpc-node-agent; `thpc-node-agent storage remove {Storage.LocalPath}` takes it away.
        [Unit]
        Description=GooseFS {Storage.Source} at {Storage.LocalPath}
        Wants=network-online.target
        After=network-online.target remote-fs.target
        RequiresMountsFor={Fuse} {Parent(Storage.LocalPath)}
        Before=thpc-node-agent.service slurmd.service
        StartLimitIntervalSec=0

        [Service]
        Type=forking
        Environment=HOME=/root
        ExecStart={Fuse} mount {Storage.LocalPath} {Storage.RemotePath}
        ExecStop={Fuse} umount {Storage.LocalPath}
        # A daemon that died leaves a mount that nobody can use. What lies below that mount stays.
        ExecStopPost=-/bin/sh -c "awk -v p={Storage.LocalPath} '$$5 == p' /proc/self/mountinfo | tail -n 1 | grep -q ' - fuse' && exec umount -l {Storage.LocalPath}"
        TimeoutStartSec=60
        TimeoutStopSec=150
        Restart=on-failure
        RestartSec=10

        [Install]
        WantedBy=multi-user.target

        {Section}
        Cluster={Cluster}
        Machine={Machine}
        LocalPath={Storage.LocalPath}
        RemotePath={Storage.RemotePath}
        Masters={string.Join(',', Storage.Masters)}

        """;

    public static string NameFor(string localPath) => $"{Prefix}{UnitName.Escape(localPath)}.service";

    /// <summary>What a unit that the agent wrote is there for; null for everybody else's.</summary>
    public static GooseFsUnit? Parse(string text)
    {
        var at = text.IndexOf($"\n{Section}\n", StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var lines = text[at..].Split('\n');
        string? Value(string key) => lines.FirstOrDefault(line => line.StartsWith($"{key}=", StringComparison.Ordinal))?[(key.Length + 1)..] is { Length: > 0 } value ? value : null;
        var start = text.Split('\n').FirstOrDefault(line => line.StartsWith("ExecStart=", StringComparison.Ordinal));
        return (Value("LocalPath"), Value("RemotePath"), Value("Masters"), Value("Cluster"), start) is ({ } local, { } remote, { } masters, { } cluster, not null)
            ? new GooseFsUnit(new GooseFsStorage(local, remote, masters.Split(',')), start["ExecStart=".Length..].Split(' ')[0], cluster, Value("Machine"))
            : null;
    }

    private static string Parent(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";
}
