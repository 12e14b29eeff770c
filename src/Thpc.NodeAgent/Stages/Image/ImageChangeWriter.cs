using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Does to a path what was found to do.</summary>
internal static class ImageChangeWriter
{
    /// <summary>Keeps what will be created, for a run after this one if that is killed.</summary>
    /// <exception cref="IOException">It cannot be kept.</exception>
    public static void Note(ImageNode node, ImageChange marker) =>
        StateFiles.WriteNextMarker(node.Root.On(OctalEscape.FromBytes(marker.Path)), marker.Edit!([]));

    /// <param name="changes">One, or several that rewrite the same file.</param>
    /// <returns>False where a directory is no longer empty.</returns>
    /// <exception cref="IOException">It cannot be changed.</exception>
    public static async Task<bool> MakeAsync(ImageNode node, TreeRemoval removal, IReadOnlyList<ImageChange> changes, CancellationToken cancel)
    {
        var path = changes[0].Path;
        switch (changes[0].Change)
        {
            case ImageChangeKind.Remove:
                return removal.Remove(path, directory: changes[0].Kind == FileKind.Directory);
            case ImageChangeKind.Empty:
                node.Tree.Empty(path);
                return true;
            case ImageChangeKind.Rewrite:
                // What it says now counts, not what it said when the plan was made.
                if (node.Tree.Read(path) is { } old)
                {
                    await AtomicFile.ReplaceAsync(node.Root.On(OctalEscape.FromBytes(path)), changes.Aggregate(old, (content, change) => change.Edit!(content)), cancel);
                }

                return true;
            default:
                StateFiles.WriteMarker(node.Root.On(OctalEscape.FromBytes(path)), changes[0].Edit!([]));
                return true;
        }
    }
}
