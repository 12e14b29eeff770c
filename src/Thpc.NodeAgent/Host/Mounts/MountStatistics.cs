using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Mounts;

/// <summary>
/// The counters of all NFS mounts at one moment, from /proc/self/mountstats, "statvers=1.1" (nfs_show_stats and rpc_clnt_show_stats of
/// the kernel). Reading them sends nothing to a server and does not wait for one.
/// </summary>
/// <param name="time">Seconds since the boot.</param>
internal sealed class MountStatistics(long time, IReadOnlyList<NfsCounters> mounts)
{
    /// <summary>
    /// A kept reading is replaced only at this age. Shorter, a node with little traffic has too few requests between two readings;
    /// longer, many good requests before a server became slow hide it.
    /// </summary>
    public const long MinAge = 120;

    // Forty mounts with all operations in use take 150 KB a reading.
    private const int MaxBytes = 512 * 1024;
    private const string TimeLine = "reading ";
    private const string OperationsLine = "per-op statistics";

    public long Time => time;

    public IReadOnlyList<NfsCounters> Mounts => mounts;

    /// <summary>At the same moment; null where the kernel does not count.</summary>
    public TcpCounters? Tcp { get; init; }

    /// <returns>Without mounts where the kernel has no such file, or it cannot be read.</returns>
    public static MountStatistics Read() =>
        new(Environment.TickCount64 / 1000, Parse(Encoding.Latin1.GetString(ReadBytes("/proc/self/mountstats"))))
        {
            Tcp = TcpCounters.Read(),
        };

    /// <param name="text">Latin-1 (one character per byte).</param>
    public static IReadOnlyList<NfsCounters> Parse(string text)
    {
        List<NfsCounters> all = [];
        NfsCounters? mount = null;
        var inOperations = false;
        foreach (var line in text.Split('\n'))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (line.StartsWith("device ", StringComparison.Ordinal) || line.StartsWith("no device ", StringComparison.Ordinal))
            {
                inOperations = false;
                mount = ParseDevice(line);
                if (mount is not null)
                {
                    all.Add(mount);
                }
            }
            else if (mount is not null && colon < 0)
            {
                // Lines such as "events:" before it have numbers too.
                inOperations |= line.Trim() == OperationsLine;
            }
            else if (mount is not null)
            {
                var name = line[..colon].Trim();
                var fields = line[(colon + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (inOperations && ParseOperation(name, fields) is { } operation)
                {
                    mount.Operations.Add(operation);
                }
                else if (name == "age" && fields is [var age] && Number(age) is { } seconds)
                {
                    mount.Age = seconds;
                }
            }
        }

        return all;
    }

    /// <returns>The counters of the topmost mount of a directory; null if no NFS is mounted there.</returns>
    public NfsCounters? Find(string mountPoint)
    {
        for (var i = mounts.Count - 1; i >= 0; i--)
        {
            if (mounts[i].MountPoint == mountPoint)
            {
                return mounts[i];
            }
        }

        return null;
    }

    /// <param name="kept">The kept readings, the oldest first.</param>
    /// <returns>The reading to compare with: the newest that is old enough; null if there is none.</returns>
    public MountStatistics? Base(IReadOnlyList<MountStatistics> kept)
    {
        MountStatistics? found = null;
        foreach (var reading in kept)
        {
            // A reading of an earlier boot may be newer than now.
            found = reading.Time <= time - MinAge ? reading : found;
        }

        return found;
    }

    /// <returns>The readings to keep: at most one that is old enough, and one after it. The same list if nothing changes.</returns>
    public IReadOnlyList<MountStatistics> Keep(IReadOnlyList<MountStatistics> kept)
    {
        var before = Base(kept);
        if (kept is [.., var last] && last.Time <= time && last.Time > time - MinAge)
        {
            return kept;
        }

        return before is null ? [this] : [before, this];
    }

    /// <returns>The readings that <see cref="Save"/> wrote, the oldest first; none where they cannot be read.</returns>
    public static IReadOnlyList<MountStatistics> ReadKept(NodeRoot root) =>
        ParseKept(Encoding.Latin1.GetString(ReadBytes(root.MountStatistics)));

    /// <summary>Replaces the kept readings. Only root can; what fails is left out, since the next reading does without.</summary>
    public static void Save(NodeRoot root, IReadOnlyList<MountStatistics> readings)
    {
        var bytes = Encoding.Latin1.GetBytes(ToText(readings));
        if (bytes.Length > MaxBytes)
        {
            return;
        }

        try
        {
            Directory.CreateDirectory(root.RunDirectory);
            AtomicFile.Write(root.MountStatistics, bytes, durable: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The user is not root, or /run is full.
        }
    }

    /// <returns>The kernel's format, with the operations that were used, after a line with the time and one of TCP's counters.</returns>
    public static string ToText(IReadOnlyList<MountStatistics> readings)
    {
        var text = new StringBuilder();
        foreach (var reading in readings)
        {
            text.Append(TimeLine).Append(reading.Time).Append('\n').Append(reading.Tcp?.ToLine());
            foreach (var mount in reading.Mounts)
            {
                text.Append(mount.Line).Append("\nage: ").Append(mount.Age)
                    .Append('\n').Append(OperationsLine).Append('\n');
                foreach (var operation in mount.Operations)
                {
                    text.Append(operation.Name).Append(": ").Append(operation.Count).Append(' ').Append(operation.Sent)
                        .Append(" 0 0 0 0 ").Append(operation.Milliseconds).Append(" 0\n");
                }
            }
        }

        return text.ToString();
    }

    public static IReadOnlyList<MountStatistics> ParseKept(string text)
    {
        List<MountStatistics> readings = [];
        foreach (var part in ("\n" + text).Split("\n" + TimeLine)[1..])
        {
            if (Number(part.Split('\n')[0]) is { } seconds)
            {
                readings.Add(new MountStatistics(seconds, Parse(part)) { Tcp = TcpCounters.Find(part) });
            }
        }

        return readings;
    }

    // device 10.0.0.1:/share mounted on /data with fstype nfs4 statvers=1.1
    private static NfsCounters? ParseDevice(string line) =>
        line.Split(' ') is ["device", var source, "mounted", "on", var target, "with", "fstype", "nfs" or "nfs4", "statvers=1.1", ..]
            ? new NfsCounters(line, Field(target), Field(source))
            : null;

    // READ: requests, transmissions, major timeouts, bytes sent, bytes received, ms queued, ms to the answer, ms in all[, errors]
    private static NfsOperation? ParseOperation(string name, string[] fields) =>
        fields.Length >= 8 && Number(fields[0]) is > 0 and { } count && Number(fields[1]) is { } sent
            && Number(fields[6]) is { } milliseconds
                ? new NfsOperation(name, count, sent, milliseconds)
                : null;

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return RegularFile.ReadBytes(path) ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static long? Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string Field(string raw) => OctalEscape.FromBytes(OctalEscape.Decode(raw));
}
