using System.Text.Json.Serialization;

namespace Thpc.NodeAgent.Reporting;

/// <summary>
/// Where the time of a boot went, from power-on until the end of the run, or later where it is known. The links follow each other without a
/// gap: each moment is charged to the one link that everything after it waited for.
/// </summary>
/// <param name="StartedAt">
/// When the firmware, or else the kernel, started; in a container, when systemd did. Node's clock at the end of the run.
/// </param>
/// <param name="DurationMs">The end of the last link.</param>
internal sealed record BootReport(DateTimeOffset StartedAt, long DurationMs, IReadOnlyList<BootLink> Links)
{
    /// <summary>The link with the longest total, with its unit where that took most of it; null if there is none.</summary>
    [JsonIgnore]
    public BootLink? Slowest
    {
        get
        {
            BootLink? slowest = null;
            foreach (var name in BootLinkNames.All)
            {
                if (Total(name) is var total && total > (slowest?.DurationMs ?? 0))
                {
                    var unit = Links.FirstOrDefault(link => link.Name == name && link.DurationMs * 2 > total)?.Unit;
                    slowest = new BootLink(name, unit, 0, total);
                }
            }

            return slowest;
        }
    }

    /// <summary>The time of all links of that name, in milliseconds; 0 if there is none.</summary>
    public long Total(string name)
    {
        var total = 0L;
        foreach (var link in Links)
        {
            total += link.Name == name ? link.DurationMs : 0;
        }

        return total;
    }
}

/// <summary>A part of a boot.</summary>
/// <param name="Name">One of <see cref="BootLinkNames"/>, or a stage.</param>
/// <param name="Unit">systemd's unit on the critical chain; null for other links.</param>
/// <param name="FromMs">Milliseconds after the start of the boot.</param>
internal sealed record BootLink(string Name, string? Unit, long FromMs, long DurationMs)
{
    private const string Service = ".service";

    /// <summary>The name and the unit, without the usual suffix.</summary>
    [JsonIgnore]
    public string Label => Unit is not { } unit ? Name
        : $"{Name}: {(unit.EndsWith(Service, StringComparison.Ordinal) ? unit[..^Service.Length] : unit)}";
}

/// <summary>The names of links, in the usual order.</summary>
internal static class BootLinkNames
{
    public const string Firmware = "firmware";
    public const string Loader = "loader";
    public const string Kernel = "kernel";
    public const string Initrd = "initrd";

    /// <summary>systemd until it starts the first unit of the chain: security policy, generators, unit files.</summary>
    public const string Systemd = "systemd";

    /// <summary>Units before the agent that belong to none of the other links.</summary>
    public const string Units = "units";

    /// <summary>Units that set up the network or wait until it is online.</summary>
    public const string Network = "network";

    /// <summary>cloud-init's stages.</summary>
    public const string CloudInit = "cloud-init";

    /// <summary>Nothing that the agent's unit is ordered after was still starting, but the unit was not started yet.</summary>
    public const string Wait = "wait";

    /// <summary>The agent outside of its stages: its start, the machine's identity, the report.</summary>
    public const string Agent = "agent";

    /// <summary>From the agent's end until slurmd asks the controller to register it.</summary>
    public const string Slurmd = "slurmd";

    /// <summary>Until the controller has registered the node; absent where slurmd does not log that.</summary>
    public const string Registration = "registration";

    /// <summary>Until slurmd launches its first job.</summary>
    public const string FirstJob = "first-job";

    /// <summary>The links in their usual order; the stages are between the last two of these that the agent has.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Firmware, Loader, Kernel, Initrd, Systemd, Units, Network, CloudInit, Wait, Agent, "packages", "script", "mount", Slurmd,
        Registration, FirstJob,
    ];
}
