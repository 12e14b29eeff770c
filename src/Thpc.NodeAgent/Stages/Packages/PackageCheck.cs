using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Packages;

/// <param name="Name">The package itself, which may have another name than the one asked for, and provide it.</param>
internal sealed record InstalledPackage(string Name, string Version);

/// <param name="Installed">Null while missing.</param>
internal sealed record PackageState(PackageNeed Need, InstalledPackage? Installed);

/// <summary>What this node needs, and what of it is there.</summary>
/// <param name="System">Such as "debian 12".</param>
internal sealed record PackageCheck(string System, PackageFamily Family, IReadOnlyList<PackageState> Items, IReadOnlyList<string> Warnings)
{
    public IReadOnlyList<PackageNeed> Missing => [.. Items.Where(item => item.Installed is null).Select(item => item.Need)];

    /// <summary>What is missing and the distribution's repositories are known to lack.</summary>
    public IReadOnlyList<PackageNeed> AbsentNeeds { get; init; } = [];

    /// <summary>Names of packages that came in with an installation that was cut short.</summary>
    public IReadOnlyList<string> CutShort { get; init; } = [];

    /// <summary>Why the distribution's repositories lack some of what is missing; null where that is not known.</summary>
    public AgentException? Absence { get; init; }

    /// <summary>What is no package of the distribution and missing all the same, such as a Lustre client for the kernel; a sentence each.</summary>
    public IReadOnlyList<string> Obstacles { get; init; } = [];

    /// <summary>Why nodes made from this machine would not work, a sentence each that says what to do; none where they would.</summary>
    public IReadOnlyList<string> Problems =>
    [
        .. Missing.Select(need => $"{need.Name} is missing ({need.Purpose}): `thpc-node-agent packages install`, or install it by hand"),
        .. CutShort.Count == 0 ? [] : (string[])[$"{CutShortWords(CutShort)}: `thpc-node-agent packages install` installs them again"],
        .. Obstacles,
    ];

    public static string CutShortWords(IEnumerable<string> names) =>
        $"{string.Join(", ", names)} came in with an installation that was cut short, and their scripts may not have run";
}
