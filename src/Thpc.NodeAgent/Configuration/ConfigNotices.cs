namespace Thpc.NodeAgent.Configuration;

/// <summary>What reading a configuration brings to light besides its values.</summary>
internal sealed record ConfigNotices(string MainFile)
{
    public List<ConfigDiagnostic> Diagnostics { get; } = [];

    /// <summary>Storage that is to be added where other storage is configured, a sentence each.</summary>
    public List<string> Conflicts { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<EffectiveSetting> Settings { get; } = [];
}
