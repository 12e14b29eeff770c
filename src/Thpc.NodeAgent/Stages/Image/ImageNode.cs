using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>The node as the operations see it.</summary>
/// <param name="marker">What the marker is to say; null for who only audits.</param>
internal sealed class ImageNode(NodeRoot root, ImageManifest? marker) : IDisposable
{
    private OpenFiles? _open;

    public NodeRoot Root => root;

    public ImageManifest? Marker => marker;

    /// <summary>Fetches scripts that are to be kept; null where none are.</summary>
    public KeptScriptsWriter? Keeper { get; init; }

    /// <summary>Of the last report; null where there is none.</summary>
    public string? LastClusterId { get; init; }

    public RootedFileTree Tree { get; } = new(root);

    public MountTree Mounts { get; } = MountTree.Read();

    /// <summary>What running programs use; nothing in an unpacked image.</summary>
    public OpenFiles Open => _open ??= root.IsLive ? OpenFiles.Read() : OpenFiles.None;

    /// <summary>The disks of what is mounted on `/`; none in an unpacked image, where nothing can be known of them.</summary>
    public IReadOnlyList<string> RootDisks => root.IsLive ? new BlockDevices(root).DisksOfRoot(Mounts) : [];

    /// <summary>The disks of a source of fstab; none where that is not known.</summary>
    public IReadOnlyList<string> DisksOf(string source) => root.IsLive ? new BlockDevices(root).DisksOf(OctalEscape.FromBytes(source)) : [];

    /// <summary>Where a path leads, its links followed; as it is where they cannot be. A byte a character.</summary>
    public string Lead(string path)
    {
        var text = OctalEscape.FromBytes(path);
        if (LocalPath.ValidateForm(text) is not null)
        {
            return path;
        }

        try
        {
            return TreePath.FromText(root.Resolve(text, Mounts));
        }
        catch (AgentException)
        {
            return path;
        }
    }

    /// <summary>What operations that are not chosen would do, and nodes may stumble over: for people.</summary>
    public IReadOnlyList<string> FindWarnings(IReadOnlyList<Operation> chosen)
    {
        var found = Inspect(AllOperations.All.Where(operation => operation.IfLeft is not null && !chosen.Contains(operation)));
        return [.. found.SelectMany(findings =>
            findings.Changes.Select(change => $"{TreePath.Display(change.Path)} {change.Why}; {findings.Operation.IfLeft}").Concat(findings.Notes).Concat(findings.Unseen)).Distinct()];
    }

    /// <summary>What every operation finds, in their order; nothing is changed.</summary>
    public IReadOnlyList<OperationFindings> Inspect(IEnumerable<Operation> operations)
    {
        return [.. operations.Select(LookAt)];

        OperationFindings LookAt(Operation operation)
        {
            var finder = new ImageScanner(this);
            operation.Inspect(finder);
            return finder.Findings(operation);
        }
    }

    public void Dispose() => Tree.Dispose();
}
