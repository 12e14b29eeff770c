using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Signatures;
using Thpc.NodeAgent.Stages.Shared;

namespace Thpc.NodeAgent.Stages.Image.Operations;

/// <summary>Init scripts that the image brings with it.</summary>
internal static class ScriptOperations
{
    public static Operation Keep { get; } = new("keep-scripts", false, "keeps the init scripts that are pinned by sha256, for when COS is down", find =>
    {
        if (find.Node.Keeper is not { } keeper)
        {
            return;
        }

        if (keeper.Unpinned > 0)
        {
            find.Note($"keep-scripts: {keeper.Unpinned} of the init scripts have no sha256 and are not kept; nodes download them");
        }

        var wanted = keeper.Scripts.Select(script => KeptScripts.PathOf(script.Sha256!)).ToHashSet(StringComparer.Ordinal);
        bool IsMissing(string path) => !IsKept(find.Node.Tree, path, keeper.AreSigned);
        foreach (var script in keeper.Scripts.Where(script => IsMissing(KeptScripts.PathOf(script.Sha256!))))
        {
            find.Add(new ImageChange(ImageChangeKind.Create, KeptScripts.PathOf(script.Sha256!), script.DisplayName));
        }

        foreach (var entry in find.List(NodePaths.KeptScripts).Where(entry => !entry.IsMount && !wanted.Contains(Script(entry.Path))))
        {
            find.Remove(entry, "a kept script that the configuration does not name");
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
