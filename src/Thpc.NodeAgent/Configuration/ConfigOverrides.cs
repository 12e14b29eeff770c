using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration;

/// <summary>What flags put before the file and the environment; null or empty where not given.</summary>
internal sealed record ConfigOverrides
{
    public string? ClusterId { get; init; }

    public string? NodeRole { get; init; }

    public string? SchedulerType { get; init; }

    public string? AccountType { get; init; }

    public IReadOnlyList<string> InitScripts { get; init; } = [];

    public int? ScriptTimeout { get; init; }

    /// <summary>Storage beside that of the configuration: lists by section, of <see cref="StorageFlags"/> or <see cref="StorageOptionJson"/>.</summary>
    public ConfigNode? Storage { get; init; }
}
