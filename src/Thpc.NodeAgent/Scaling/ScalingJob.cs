using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Scaling;

/// <summary>The resources that a job requests.</summary>
/// <param name="Cpus">CPUs per node.</param>
/// <param name="MemoryGb">Memory per node, in GB.</param>
internal sealed record ScalingJob(int Cpus, decimal MemoryGb, int Nodes)
{
    public const int MaxNodes = 100_000;
    public const int MaxCpus = 100_000;

    /// <summary>Reads a job from flags. Adds a diagnostic if the memory is invalid.</summary>
    public static ScalingJob Read(int cpus, string memory, int nodes, ICollection<ConfigDiagnostic> diagnostics)
    {
        var gb = MemorySize.Parse(memory);
        if (gb is null)
        {
            diagnostics.Add(new ConfigDiagnostic("flag --memory", Messages.NotMemory(TerminalText.Quoted(memory))));
        }

        return new ScalingJob(cpus, gb ?? 1, nodes);
    }
}
