using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Image;

/// <summary>Applies image changes to the file system.</summary>
internal static class ImageChangeWriter
{
    /// <summary>Stores the pending marker, so that a later run can write it if this one is killed.</summary>
    /// <exception cref="IOException">The pending marker cannot be stored.</exception>
    public static void StorePendingMarker(ImageNode node, ImageChange marker) =>
        StateFiles.WriteNextMarker(node.Root.On(OctalEscape.FromBytes(marker.Path)), marker.Edit!([]));

    /// <param name="changes">One change, or several that rewrite the same file.</param>
    /// <returns>False if a directory to remove is no longer empty.</returns>
    /// <exception cref="IOException">The path cannot be changed.</exception>
    public static async Task<bool> ApplyAsync(
        ImageNode node, TreeRemoval removal, IReadOnlyList<ImageChange> changes, CancellationToken cancel)
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
                // Edit the current content, which may differ from the content at planning time.
                if (node.Tree.Read(path) is { } old)
                {
                    await AtomicFile.ReplaceAsync(
                        node.Root.On(OctalEscape.FromBytes(path)), changes.Aggregate(old, (content, change) => change.Edit!(content)),
                        cancel);
                }

                return true;
            default:
                StateFiles.WriteMarker(node.Root.On(OctalEscape.FromBytes(path)), changes[0].Edit!([]));
                return true;
        }
    }
}
