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

/// <summary>One path that an operation would touch.</summary>
/// <param name="Path">As the node names it, a byte a character.</param>
/// <param name="Why">What it is, without secrets.</param>
internal sealed record ImageChange(ImageChangeKind Change, string Path, string Why)
{
    public FileKind Kind { get; init; } = FileKind.Regular;

    /// <summary>From the old content to the new one, for what is rewritten or created; of several for one path each is applied to what the one before made.</summary>
    public Func<byte[], byte[]>? Edit { get; init; }

    public string Word => Change switch
    {
        ImageChangeKind.Remove => "remove",
        ImageChangeKind.Empty => "empty",
        ImageChangeKind.Rewrite => "rewrite",
        _ => "create",
    };

    public override string ToString() => $"{Word} {TreePath.Display(Path)} ({Why})";
}

/// <summary>What one operation found on the node.</summary>
/// <param name="Notes">What it saw and leaves, such as mount points.</param>
/// <param name="Directories">Those whose content it takes away, whatever is in them.</param>
internal sealed record OperationFindings(Operation Operation, IReadOnlyList<ImageChange> Changes, IReadOnlyList<string> Notes, IReadOnlyList<string> Directories)
{
    /// <summary>What it could not look at, such as a directory that is a link, and why.</summary>
    public IReadOnlyList<string> Unseen { get; init; } = [];
}
