using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Signatures;
using Thpc.NodeAgent.Stages.Shared;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Stores init scripts in the image.</summary>
internal static class ScriptOperations
{
    private const string Does = "stores the init scripts pinned by sha256 in the image, so that nodes can start while COS is down";

    public static Operation Keep { get; } = new("keep-scripts", false, Does, scanner =>
    {
        if (scanner.Node.Keeper is not { } keeper)
        {
            return;
        }

        if (keeper.Unpinned > 0)
        {
            scanner.Note($"keep-scripts: init scripts without sha256 are not kept: {keeper.Unpinned}; nodes download them");
        }

        var wanted = keeper.Scripts.Select(script => KeptScripts.PathOf(script.Sha256!)).ToHashSet(StringComparer.Ordinal);
        bool IsMissing(string path) => !IsKept(scanner.Node.Tree, path, keeper.AreSigned);
        foreach (var script in keeper.Scripts.Where(script => IsMissing(KeptScripts.PathOf(script.Sha256!))))
        {
            scanner.Add(new ImageChange(ImageChangeKind.Create, KeptScripts.PathOf(script.Sha256!), script.DisplayName));
        }

        foreach (var entry in scanner.List(NodePaths.KeptScripts).Where(entry => !entry.IsMount && !wanted.Contains(Script(entry.Path))))
        {
            scanner.Remove(entry, "a kept script that the configuration no longer names");
        }
    });

    private static string Script(string path) =>
        path.EndsWith(ScriptSigners.Suffix, StringComparison.Ordinal) ? path[..^ScriptSigners.Suffix.Length] : path;

    private static bool IsKept(RootedFileTree tree, string path, bool signed)
    {
        bool Is(string file) => tree.Inspect(file) is { IsMount: false } entry && KeptScripts.IsKept(tree, entry);
        return Is(path) && (!signed || Is(path + ScriptSigners.Suffix));
    }
}
