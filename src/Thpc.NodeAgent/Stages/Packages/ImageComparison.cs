using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// What became of an image between its capture and a boot. Pure. What the node's role needs and is known not to be there is a
/// refusal; what may do no harm, and what cannot be known, is a warning.
/// </summary>
internal sealed record ImageComparison(IReadOnlyList<string> Warnings, AgentException? Refusal)
{
    private const int MaxNames = 10;

    /// <param name="needs">What this node's role needs.</param>
    /// <param name="needsTurbo">Whether it has TURBO storage to mount.</param>
    public static ImageComparison Compare(ImageManifest manifest, ClusterSettings cluster, IReadOnlyList<PackageNeed> needs, bool needsTurbo, NodeSnapshot now)
    {
        List<string> warnings = [.. Origin(manifest, cluster, now)];
        List<string> missing = [];
        IEnumerable<PackageNeed> In(NeedState state) => needs.Where(need => Inspect(manifest, need, now) == state);
        var gone = manifest.Packages.Where(package => now.Has(package.Name) == false).DistinctBy(package => package.Name).ToList();
        var lost = In(NeedState.Missing).ToList();
        AddSentence(missing, lost.Where(need => gone.Exists(package => Serves(package, need))).Select(Describe), "the image had {0} when it was captured, and it is gone");
        AddSentence(missing, lost.Where(need => !gone.Exists(package => Serves(package, need))).Select(Describe), $"a {cluster.RoleName} node needs {{0}}, and this image{MadeFor(manifest, cluster)} does not have it");
        AddSentence(warnings, In(NeedState.Accepted).Select(Describe), "the image was captured without {0}");
        AddSentence(
            warnings,
            In(NeedState.Unknown).Select(Describe),
            $"a {cluster.RoleName} node needs {{0}}, and the manifest of this image{MadeFor(manifest, cluster)} does not name it; `thpc-node-agent packages check` says whether it is there");
        AddSentence(warnings, gone.Where(package => !lost.Exists(need => Serves(package, need))).Select(package => $"{package.Name} {package.Version}"), "the image had {0} when it was captured, and it is gone; this node does not need it");
        AddSentence(warnings, Changed(manifest, now), "other versions than when the image was captured: {0}");

        AgentException? lustre = null;
        if (manifest.LustreClient && now.LustreProblem is { } problem)
        {
            var words = $"the image had a Lustre client for kernel {manifest.KernelRelease} when it was captured, and now {problem}";
            lustre = new AgentException(ErrorCode.PackagesMissing, words, new("Install the Lustre client for that kernel in the image, or have the image boot the kernel that it is built for.", "请在镜像中安装与该内核匹配的 Lustre 客户端，或让镜像启动该客户端对应的内核。"));
            if (!needsTurbo)
            {
                warnings.Add(words);
            }
        }

        return new ImageComparison(
            [.. warnings.Select(OutputText.OneLine)],
            missing.Count > 0 ? new AgentException(ErrorCode.PackagesMissing, OutputText.OneLine(string.Join("; ", needsTurbo && lustre is not null ? [.. missing, lustre.Message] : missing)))
                : needsTurbo ? lustre
                : null);
    }

    private enum NeedState
    {
        There,

        /// <summary>Neither the manifest nor the node says it.</summary>
        Unknown,

        /// <summary>Missing, and whoever captured the image knew.</summary>
        Accepted,
        Missing,
    }

    private static NeedState Inspect(ImageManifest manifest, PackageNeed need, NodeSnapshot now)
    {
        var recorded = manifest.Packages.Where(package => Serves(package, need)).ToList();
        bool? there = now.Installed is not null ? need.Names.Concat(recorded.Select(package => package.Name)).Any(name => now.Has(name) == true)
            : recorded.Count > 0 ? recorded.Exists(package => now.Has(package.Name) != false)
            : null;
        return there == true ? NeedState.There
            : recorded.Count == 0 && manifest.Missing.Contains(need.Name) ? NeedState.Accepted
            : there == false ? NeedState.Missing
            : NeedState.Unknown;
    }

    private static bool Serves(ManifestPackage package, PackageNeed need) => need.Names.Contains(package.Need ?? package.Name) || need.Names.Contains(package.Name);

    private static IEnumerable<string> Origin(ImageManifest manifest, ClusterSettings cluster, NodeSnapshot now)
    {
        if (manifest.NodeRole is { } role && role != cluster.RoleName)
        {
            yield return $"the image was prepared for {role} nodes, and this is a {cluster.RoleName} node";
        }

        if (manifest.Schema > ImageManifest.KnownSchema)
        {
            yield return $"the image's manifest has schema {manifest.Schema} and this agent knows {ImageManifest.KnownSchema}; the part that it knows is compared";
        }
        else if (AgentVersion.IsLater(manifest.AgentVersion, AgentVersion.Text))
        {
            yield return $"the image was prepared by agent {manifest.AgentVersion}, and this is the older {AgentVersion.Text}";
        }

        if (manifest.OsId is { } id && (id != now.System.Id || manifest.OsVersion != now.System.VersionId))
        {
            yield return $"the image was {id} {manifest.OsVersion} when it was captured, and this is {now.System}";
        }
    }

    private static IEnumerable<string> Changed(ImageManifest manifest, NodeSnapshot now) =>
        from package in manifest.Packages
        let installed = now.Installed?.GetValueOrDefault(package.Name)
        where installed is not null && installed.Name == package.Name && installed.Version != package.Version
        select $"{package.Name} {package.Version} → {installed.Version}";

    private static string MadeFor(ImageManifest manifest, ClusterSettings cluster) =>
        manifest.NodeRole is { } role && role != cluster.RoleName ? $", made for {role}," : "";

    private static string Describe(PackageNeed need) => $"{need.Name} ({need.Purpose})";

    /// <param name="sentence">With "{0}" in place of the names.</param>
    private static void AddSentence(List<string> list, IEnumerable<string> names, string sentence)
    {
        string[] all = [.. names.Distinct(StringComparer.Ordinal)];
        if (all.Length > 0)
        {
            var more = all.Length > MaxNames ? $" and {all.Length - MaxNames} more" : "";
            list.Add(sentence.Replace("{0}", string.Join(", ", all.Take(MaxNames)) + more, StringComparison.Ordinal));
        }
    }
}
