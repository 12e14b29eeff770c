using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.Host.Units;

/// <summary>A job in systemd's queue, as `systemctl list-jobs` shows it.</summary>
internal sealed record SystemdJob(string Unit, string Type, string State);

/// <summary>systemd's job queue and the order of the units.</summary>
/// <param name="After">For each unit, the units that it is ordered after, by its own After= or their Before=.</param>
internal sealed partial record SystemdJobs(IReadOnlyList<SystemdJob> Jobs, IReadOnlyDictionary<string, IReadOnlyList<string>> After)
{
    /// <summary>Parses `systemctl list-jobs --no-legend --full`: number, unit, type and state.</summary>
    public static IReadOnlyList<SystemdJob> ParseJobs(string output) =>
    [
        .. output.Split('\n').Select(line => JobPattern().Match(line)).Where(match => match.Success)
            .Select(match => new SystemdJob(match.Groups["unit"].Value, match.Groups["type"].Value, match.Groups["state"].Value)),
    ];

    /// <summary>Parses `systemctl show -p Id -p After`: a block of lines for each unit, separated by empty lines.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> ParseAfter(string output)
    {
        var after = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var unit in ShowOutput.Parse(output))
        {
            if (unit.GetValueOrDefault("Id") is { Length: > 0 } id)
            {
                after[id] = unit.GetValueOrDefault("After", "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            }
        }

        return after;
    }

    /// <summary>The unit that a process runs in, from its /proc/PID/cgroup.</summary>
    /// <returns>Null if it belongs to no service, such as in a login session.</returns>
    public static string? UnitOf(string cgroups)
    {
        // Use only version 2 and systemd's own hierarchy: a container may see other version 1 hierarchies of its host.
        var lines = cgroups.Split('\n');
        return lines.Where(line => line.StartsWith("0::", StringComparison.Ordinal))
            .Concat(lines.Where(line => line.Contains(":name=systemd:", StringComparison.Ordinal)))
            .Select(line => line.Split('/').LastOrDefault(part => part.EndsWith(".service", StringComparison.Ordinal)))
            .FirstOrDefault(unit => unit is not null);
    }

    /// <summary>Whether systemd is starting the unit now.</summary>
    public bool IsStarting(string unit) => Jobs.Any(job => job.Unit == unit && job.Type != "stop" && job.State == "running");

    /// <summary>Finds out why the job of a unit waits for the start of another unit.</summary>
    /// <returns>The units from the first to the second, each ordered after the next; null if the job does not wait for it.</returns>
    public IReadOnlyList<string>? OrderBetween(string waiting, string starting)
    {
        var from = new Dictionary<string, string?>(StringComparer.Ordinal) { [waiting] = null };
        for (var open = new Queue<string>([waiting]); open.TryDequeue(out var unit);)
        {
            if (unit == starting)
            {
                return [.. Back(unit).Reverse()];
            }

            // A running job waits for nothing, and a unit without a job delays no other job.
            if (!Jobs.Any(job => job.Unit == unit && job.Type != "stop" && job.State == "waiting"))
            {
                continue;
            }

            foreach (var earlier in After.GetValueOrDefault(unit, []).Where(earlier => !from.ContainsKey(earlier)))
            {
                from[earlier] = unit;
                open.Enqueue(earlier);
            }
        }

        return null;

        IEnumerable<string> Back(string unit)
        {
            for (var at = unit; at is not null; at = from[at])
            {
                yield return at;
            }
        }
    }

    [GeneratedRegex(@"^\s*[0-9]+\s+(?<unit>\S+)\s+(?<type>\S+)\s+(?<state>waiting|running)\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex JobPattern();
}
