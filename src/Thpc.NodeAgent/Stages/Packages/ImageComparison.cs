using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>
/// Compares an image at boot with its manifest. Pure. A package that the node's role needs and that is known to be missing is a refusal;
/// a harmless or unknown difference is a warning.
/// </summary>
internal sealed record ImageComparison(IReadOnlyList<string> Warnings, Error? Refusal)
{
    private const int MaxNames = 10;

    /// <param name="needs">What the node's role needs.</param>
    /// <param name="needsTurbo">Whether the node must mount TURBO storage.</param>
    public static ImageComparison Compare(
        ImageManifest manifest, ClusterSettings cluster, IReadOnlyList<PackageNeed> needs, bool needsTurbo, NodeSnapshot now)
    {
        List<LocalizedText> warnings = [.. Origin(manifest, cluster, now).Select(text => (LocalizedText)text)];
        List<LocalizedText> missing = [];
        IEnumerable<PackageNeed> WithState(NeedState state) => needs.Where(need => Inspect(manifest, need, now) == state);
        var gone = manifest.Packages.Where(package => now.Has(package.Name) == false).DistinctBy(package => package.Name).ToList();
        var lost = WithState(NeedState.Missing).ToList();
        var madeFor = manifest.NodeRole is { } role && role != cluster.RoleName ? role : null;
        bool IsGone(PackageNeed need) => gone.Exists(package => Satisfies(package, need));
        bool IsNeeded(ManifestPackage package) => lost.Exists(need => Satisfies(package, need));
        AddSentence(missing, lost.Where(IsGone).Select(Describe), Messages.GoneSinceCapture);
        AddSentence(missing, lost.Where(need => !IsGone(need)).Select(Describe), names => madeFor is null
            ? Messages.NotInImage(cluster.RoleName, names)
            : Messages.NotInOtherImage(cluster.RoleName, names, madeFor));
        AddSentence(warnings, WithState(NeedState.Accepted).Select(Describe), names => $"the image was captured without {names}");
        AddSentence(
            warnings,
            WithState(NeedState.Unknown).Select(Describe),
            names => $"a {cluster.RoleName} node needs {names}, and the manifest of this image"
                + (madeFor is null ? "" : $", made for {madeFor},")
                + " does not name it; run `thpc-node-agent packages check` to find out whether it is installed");
        AddSentence(
            warnings,
            gone.Where(package => !IsNeeded(package)).Select(package => $"{package.Name} {package.Version}"),
            names => $"{Messages.GoneSinceCapture(names)}; this node does not need it");
        AddSentence(warnings, Changed(manifest, now), names => $"other versions than when the image was captured: {names}");

        Error? lustre = null;
        if (manifest.LustreClient && now.LustreProblem is { } problem)
        {
            var message = Messages.LustreLost($"{manifest.KernelRelease}", problem);
            lustre = new Error(ErrorCode.PackagesMissing, message, Hints.LustreKernel);
            if (!needsTurbo)
            {
                warnings.Add(message);
            }
        }

        return new ImageComparison(
            [.. warnings.Select(warning => TerminalText.OneLine(warning.English))],
            missing.Count > 0
                ? new Error(
                    ErrorCode.PackagesMissing,
                    LocalizedText.Join("; ", needsTurbo && lustre is not null ? [.. missing, lustre.Text] : missing)
                        .Map(TerminalText.OneLine))
                : needsTurbo ? lustre
                : null);
    }

    private enum NeedState
    {
        Present,

        /// <summary>Neither the manifest nor the node shows it.</summary>
        Unknown,

        /// <summary>Missing, and recorded as missing when the image was captured.</summary>
        Accepted,
        Missing,
    }

    private static NeedState Inspect(ImageManifest manifest, PackageNeed need, NodeSnapshot now)
    {
        var recorded = manifest.Packages.Where(package => Satisfies(package, need)).ToList();
        var names = need.Names.Concat(recorded.Select(package => package.Name));
        bool? present = now.Installed is not null ? names.Any(name => now.Has(name) == true)
            : recorded.Count > 0 ? recorded.Exists(package => now.Has(package.Name) != false)
            : null;
        return present == true ? NeedState.Present
            : recorded.Count == 0 && manifest.Missing.Contains(need.Name) ? NeedState.Accepted
            : present == false ? NeedState.Missing
            : NeedState.Unknown;
    }

    private static bool Satisfies(ManifestPackage package, PackageNeed need) =>
        need.Names.Contains(package.Need ?? package.Name) || need.Names.Contains(package.Name);

    private static IEnumerable<string> Origin(ImageManifest manifest, ClusterSettings cluster, NodeSnapshot now)
    {
        if (manifest.NodeRole is { } role && role != cluster.RoleName)
        {
            yield return $"the image was prepared for {role} nodes, and this is a {cluster.RoleName} node";
        }

        if (manifest.Schema > ImageManifest.KnownSchema)
        {
            yield return $"the image's manifest has schema {manifest.Schema}, but this agent knows only schema "
                + $"{ImageManifest.KnownSchema}; unknown parts are ignored";
        }
        else if (AgentVersion.IsLater(manifest.AgentVersion, AgentVersion.Text))
        {
            yield return $"the image was prepared by agent {manifest.AgentVersion}, and this agent is older: {AgentVersion.Text}";
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

    private static string Describe(PackageNeed need) => $"{need.Name} ({need.Purpose})";

    private static void AddSentence(
        List<LocalizedText> list, IEnumerable<string> names, Func<LocalizedText, LocalizedText> sentence)
    {
        string[] all = [.. names.Distinct(StringComparer.Ordinal)];
        if (all.Length > 0)
        {
            var more = all.Length > MaxNames ? Host.Messages.More(all.Length - MaxNames) : "";
            list.Add(sentence(string.Join(", ", all.Take(MaxNames)) + more));
        }
    }
}
