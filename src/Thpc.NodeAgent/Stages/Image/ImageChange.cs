using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

internal enum ImageChangeKind
{
    Remove,
    Empty,
    Rewrite,
    Create,
}

/// <summary>A change that an operation makes to one path.</summary>
/// <param name="Path">The path on the node, in Latin-1: one char per byte.</param>
/// <param name="Why">What the path is; contains no secrets.</param>
internal sealed record ImageChange(ImageChangeKind Change, string Path, string Why)
{
    public FileKind Kind { get; init; } = FileKind.Regular;

    /// <summary>Computes the new content from the old, for Rewrite and Create. Several edits of one path are applied in order.</summary>
    public Func<byte[], byte[]>? Edit { get; init; }

    public string Verb => Change switch
    {
        ImageChangeKind.Remove => "remove",
        ImageChangeKind.Empty => "empty",
        ImageChangeKind.Rewrite => "rewrite",
        _ => "create",
    };

    public override string ToString() => $"{Verb} {TreePath.Display(Path)} ({Why})";
}

/// <summary>The findings of one operation.</summary>
/// <param name="Notes">What was seen and is kept, such as mount points.</param>
/// <param name="Directories">Directories whose entire content is removed.</param>
internal sealed record OperationFindings(
    Operation Operation, IReadOnlyList<ImageChange> Changes, IReadOnlyList<string> Notes, IReadOnlyList<string> Directories)
{
    /// <summary>Paths that could not be inspected, such as a directory that is a link, and the reason.</summary>
    public IReadOnlyList<string> Uninspected { get; init; } = [];
}
