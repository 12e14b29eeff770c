namespace Thpc.NodeAgent.Config;

/// <summary>What reading a configuration brings to light besides its values.</summary>
internal sealed record ConfigFindings(string MainFile)
{
    public List<Complaint> Complaints { get; } = [];

    public List<string> Warnings { get; } = [];

    public List<EffectiveSetting> Settings { get; } = [];
}
