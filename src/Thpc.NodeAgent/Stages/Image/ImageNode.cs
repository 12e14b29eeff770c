using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>The node as the operations see it.</summary>
/// <param name="marker">What the marker is to say; null for who only audits.</param>
internal sealed class ImageNode(NodeRoot root, Manifest? marker) : IDisposable
{
    private OpenFiles? _open;

    public NodeRoot Root => root;

    public Manifest? Marker => marker;

    /// <summary>Fetches scripts that are to be kept; null where none are.</summary>
    public ScriptKeeper? Keeper { get; init; }

    /// <summary>Of the last report; null where there is none.</summary>
    public string? LastClusterId { get; init; }

    public SafeTree Tree { get; } = new(root);

    public MountTree Mounts { get; } = MountTree.Read();

    /// <summary>What running programs use; nothing in an unpacked image.</summary>
    public OpenFiles Open => _open ??= root.IsLive ? OpenFiles.Read() : OpenFiles.None;

    /// <summary>What every operation finds, in their order; nothing is changed.</summary>
    public IReadOnlyList<Findings> Look(IEnumerable<Operation> operations)
    {
        return [.. operations.Select(LookAt)];

        Findings LookAt(Operation operation)
        {
            var finder = new Finder(this);
            operation.Look(finder);
            return finder.Findings(operation);
        }
    }

    public void Dispose() => Tree.Dispose();
}
