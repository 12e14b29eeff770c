using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>The node or unpacked image that operations inspect and change.</summary>
/// <param name="marker">The manifest to write into the marker; null for `image check`.</param>
internal sealed class ImageNode(NodeRoot root, ImageManifest? marker) : IDisposable
{
    private OpenFiles? _open;

    public NodeRoot Root => root;

    public ImageManifest? Marker => marker;

    /// <summary>Downloads the scripts to keep; null if none are kept.</summary>
    public KeptScriptsWriter? Keeper { get; init; }

    /// <summary>The cluster id of the last report; null if there is none.</summary>
    public string? LastClusterId { get; init; }

    public RootedFileTree Tree { get; } = new(root);

    public MountTree Mounts { get; } = MountTree.Read();

    /// <summary>Files that running programs use; empty for an unpacked image.</summary>
    public OpenFiles Open => _open ??= root.IsLive ? OpenFiles.Read() : OpenFiles.None;

    /// <summary>The disks below `/`; empty for an unpacked image, where they are unknown.</summary>
    public IReadOnlyList<string> RootDisks => root.IsLive ? new BlockDevices(root).DisksOfRoot(Mounts) : [];

    /// <summary>The disks of an fstab source; empty if unknown.</summary>
    public IReadOnlyList<string> DisksOf(string source) => root.IsLive ? new BlockDevices(root).DisksOf(OctalEscape.FromBytes(source)) : [];

    /// <summary>Resolves the links of a path inside the root; returns the path unchanged if that fails. Paths are Latin-1.</summary>
    public string ResolveLinks(string path)
    {
        var text = OctalEscape.FromBytes(path);
        return LocalPath.ValidateForm(text) is null && root.TryResolve(text, out var real, Mounts) is null ? TreePath.FromText(real) : path;
    }

    /// <summary>Warnings about findings of operations that are not selected but may affect nodes.</summary>
    public IReadOnlyList<string> FindWarnings(IReadOnlyList<Operation> chosen)
    {
        var found = Inspect(AllOperations.All.Where(operation => operation.Advice is not null && !chosen.Contains(operation)));
        return [.. found.SelectMany(Describe).Distinct()];

        static IEnumerable<string> Describe(OperationFindings findings) =>
        [
            .. findings.Changes.Select(change => $"{TreePath.Display(change.Path)} {change.Why}; {findings.Operation.Advice}"),
            .. findings.Notes,
            .. findings.Uninspected,
        ];
    }

    /// <summary>The findings of each operation, in the same order. Changes nothing.</summary>
    public IReadOnlyList<OperationFindings> Inspect(IEnumerable<Operation> operations)
    {
        return [.. operations.Select(InspectOne)];

        OperationFindings InspectOne(Operation operation)
        {
            var scanner = new ImageScanner(this);
            operation.Inspect(scanner);
            return scanner.Findings(operation);
        }
    }

    public void Dispose() => Tree.Dispose();
}
