using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Stages.Mount.Drivers;

/// <summary>
/// The systemd unit that mounts one GooseFS at every boot, because fstab cannot express it. The daemon runs in the unit, not in the
/// user's session, and systemd restarts it when it dies.
/// </summary>
/// <param name="Fuse">Absolute path of the vendor's program.</param>
internal sealed record GooseFsUnit(GooseFsStorage Storage, string Fuse, string Cluster, string? Machine)
{
    public const string Prefix = "thpc-goosefs-";

    // systemd ignores sections whose names start with X- (systemd.unit(5)); it marks the agent's units.
    private const string Section = "[X-Thpc]";

    /// <summary>The prefix and the path as systemd-escape(1) --path encodes it.</summary>
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
        # A daemon that died leaves an unusable mount. Mounts below it stay.
        ExecStopPost=-/bin/sh -c "{IsFuse} && exec umount -l {Storage.LocalPath}"
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

    // Whether the topmost mount at the path is a FUSE mount. systemd wants $$ for $.
    private string IsFuse => $"awk -v p={Storage.LocalPath} '$$5 == p' /proc/self/mountinfo | tail -n 1 | grep -q ' - fuse'";

    public static string NameFor(string localPath) => $"{Prefix}{UnitName.Escape(localPath)}.service";

    /// <summary>Parses a unit that the agent wrote; null for any other unit.</summary>
    public static GooseFsUnit? Parse(string text)
    {
        var at = text.IndexOf($"\n{Section}\n", StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var lines = text[at..].Split('\n');
        string? Value(string key)
        {
            var line = lines.FirstOrDefault(line => line.StartsWith($"{key}=", StringComparison.Ordinal));
            return line?[(key.Length + 1)..] is { Length: > 0 } value ? value : null;
        }

        var start = text.Split('\n').FirstOrDefault(line => line.StartsWith("ExecStart=", StringComparison.Ordinal));
        return (Value("LocalPath"), Value("RemotePath"), Value("Masters"), Value("Cluster"),
            start) is ({ } local, { } remote, { } masters, { } cluster, not null)
            ? new GooseFsUnit(
                new GooseFsStorage(local, remote, masters.Split(',')), start["ExecStart=".Length..].Split(' ')[0], cluster,
                Value("Machine"))
            : null;
    }

    private static string Parent(string path) => path.LastIndexOf('/') is > 0 and var slash ? path[..slash] : "/";
}
