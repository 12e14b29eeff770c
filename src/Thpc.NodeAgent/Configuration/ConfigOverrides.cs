using Thpc.NodeAgent.Configuration.Api;
using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration;

/// <summary>Values from flags, which take precedence over the environment and the file; null or empty if not given.</summary>
internal sealed record ConfigOverrides
{
    public string? ClusterId { get; init; }

    public string? NodeRole { get; init; }

    public string? SchedulerType { get; init; }

    public string? AccountType { get; init; }

    public IReadOnlyList<string> InitScripts { get; init; } = [];

    public int? ScriptTimeout { get; init; }

    /// <summary>
    /// Storage to add to that of the configuration: lists by section, from <see cref="StorageFlags"/> or <see cref="StorageOptionJson"/>.
    /// </summary>
    public ConfigNode? Storage { get; init; }
}
