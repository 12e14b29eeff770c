namespace Thpc.NodeAgent.Configuration;

/// <summary>Diagnostics, warnings and effective settings, collected while a configuration is read.</summary>
internal sealed record ConfigNotices(string MainFile)
{
    public List<ConfigDiagnostic> Diagnostics { get; } = [];

    /// <summary>One for each storage to be added at a path where other storage is configured.</summary>
    public List<ConfigDiagnostic> Conflicts { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<EffectiveSetting> Settings { get; } = [];
}
