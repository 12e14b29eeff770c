using System.Globalization;
using System.Text;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// What slurmd logged at its first start in this boot, in microseconds of CLOCK_MONOTONIC. At its default level slurmd logs that it asks
/// the controller to register it, and failures, but not the controller's answer; that needs SlurmdDebug=debug.
/// </summary>
/// <param name="AsksUs">When it sent its registration; null if it did not yet.</param>
/// <param name="RegisteredUs">When the controller answered; null if unknown.</param>
/// <param name="FirstJobUs">When it launched its first job; null if it did not yet.</param>
/// <param name="Problem">The last failure to register before the first job; null if none was logged.</param>
internal sealed record SlurmdLog(long? AsksUs, long? RegisteredUs, long? FirstJobUs, string? Problem)
{
    private const string Unit = "slurmd.service";
    private const int MaxOutput = 4 << 20;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK";

    // --sysconfdir of Debian, EPEL and OpenHPC, of builds from source and of a shared /opt.
    private static readonly string[] Configurations =
        ["/etc/slurm/slurm.conf", "/etc/slurm-llnl/slurm.conf", "/opt/slurm/etc/slurm.conf", "/usr/local/etc/slurm.conf"];

    /// <summary>Reads the journal of this boot; where it has nothing of slurmd, the log file that slurm.conf names.</summary>
    /// <param name="sinceUs">When systemd started slurmd.</param>
    /// <param name="kernelStart">The time on the node's clock at which CLOCK_MONOTONIC was 0.</param>
    /// <returns>Null if neither has anything of slurmd, or neither can be read within the limit.</returns>
    public static async Task<SlurmdLog?> ReadAsync(
        NodeRoot root, long sinceUs, DateTimeOffset kernelStart, TimeSpan limit, CancellationToken cancel)
    {
        var journal = await ProgramRunner.RunAsync(
            ["journalctl", "--boot", "--no-pager", "--quiet", "--output=short-monotonic", $"--unit={Unit}"], limit, cancel,
            headSize: MaxOutput);
        if (journal.Succeeded && From(JournalLines(journal.Output), sinceUs) is { } found)
        {
            return found;
        }

        foreach (var configuration in Configurations)
        {
            if (LogFile(Text(await FileHeadAndTail.ReadAsync(root.On(configuration), limit, cancel))) is { } path)
            {
                return From(FileLines(Text(await FileHeadAndTail.ReadAsync(root.On(path), limit, cancel)), kernelStart), sinceUs);
            }
        }

        return null;
    }

    /// <returns>Null if there is no line since that time.</returns>
    public static SlurmdLog? From(IReadOnlyList<SlurmdLine> lines, long sinceUs)
    {
        SlurmdLog? log = null;
        foreach (var line in lines)
        {
            var (at, text) = (line.AtUs, line.Text);
            if (at < sinceUs)
            {
                continue;
            }

            log ??= new SlurmdLog(null, null, null, null);
            if (text.StartsWith("CPUs=", StringComparison.Ordinal))
            {
                log = log with { AsksUs = log.AsksUs ?? at };
            }
            else if (text.Contains("slurmctld sent back", StringComparison.Ordinal))
            {
                log = log with { RegisteredUs = log.RegisteredUs ?? at };
            }
            else if (text.StartsWith("error: Unable to register", StringComparison.Ordinal) && log.RegisteredUs is null)
            {
                log = log with { Problem = text["error: ".Length..] };
            }
            else if (text.StartsWith("Launching batch ", StringComparison.Ordinal) // and "job 7", since Slurm 26.05 "JobId=7"
                || text.StartsWith("launch task ", StringComparison.Ordinal))
            {
                return log with { FirstJobUs = at };
            }
        }

        return log;
    }

    /// <summary>Lines of `journalctl -o short-monotonic` that slurmd wrote: "[   12.345678] node1 slurmd[174]: slurmd: error: …".</summary>
    public static IReadOnlyList<SlurmdLine> JournalLines(string text)
    {
        List<SlurmdLine> lines = [];
        foreach (var line in text.Split('\n'))
        {
            // Time, host, program, message. systemd's own lines about the unit have another program.
            var parts = line.TrimStart('[').TrimStart().Split(' ', 4);
            if (parts.Length == 4 && parts[2].StartsWith("slurmd", StringComparison.Ordinal) && parts[0].EndsWith(']')
                && double.TryParse(parts[0].TrimEnd(']'), CultureInfo.InvariantCulture, out var seconds))
            {
                const string Prefix = "slurmd: ";
                var message = parts[3].StartsWith(Prefix, StringComparison.Ordinal) ? parts[3][Prefix.Length..] : parts[3];

                // Since Slurm 26.05 there is its own time in place of its name.
                var end = message.StartsWith('[') ? message.IndexOf(']', StringComparison.Ordinal) + 1 : 0;
                lines.Add(new SlurmdLine((long)(seconds * 1_000_000), message[end..].TrimStart()));
            }
        }

        return lines;
    }

    /// <summary>
    /// Lines of slurmd's log file in the formats iso8601 and rfc5424 of slurm.conf(5), with or without milliseconds. The first, the
    /// default, is local time: "[2026-11-30T00:43:57.376] …".
    /// </summary>
    public static IReadOnlyList<SlurmdLine> FileLines(string text, DateTimeOffset kernelStart)
    {
        List<SlurmdLine> lines = [];
        foreach (var line in text.Split('\n'))
        {
            var end = line.IndexOf(']', StringComparison.Ordinal);
            if (line.StartsWith('[') && end > 0 && DateTime.TryParseExact(
                line.AsSpan(1, end - 1), TimeFormat, CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeLocal | DateTimeStyles.AdjustToUniversal, out var at))
            {
                lines.Add(new SlurmdLine((long)(at - kernelStart.UtcDateTime).TotalMicroseconds, line[(end + 1)..].TrimStart()));
            }
        }

        return lines;
    }

    /// <returns>The value of SlurmdLogFile; null if it is not set, or contains names that slurmd replaces.</returns>
    public static string? LogFile(string configuration)
    {
        foreach (var line in configuration.Split('\n', StringSplitOptions.TrimEntries))
        {
            var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts.Length == 2 && parts[0].Equals("SlurmdLogFile", StringComparison.OrdinalIgnoreCase))
            {
                var path = parts[1].Split([' ', '\t', '#'])[0];
                return path.StartsWith('/') && !path.Contains('%', StringComparison.Ordinal) ? path : null;
            }
        }

        return null;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);
}

/// <summary>A line of slurmd's log.</summary>
/// <param name="AtUs">Microseconds of CLOCK_MONOTONIC.</param>
internal sealed record SlurmdLine(long AtUs, string Text);
