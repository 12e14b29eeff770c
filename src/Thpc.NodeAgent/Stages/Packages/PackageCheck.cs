using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Packages;

/// <param name="Name">The installed package's own name; it may only provide the requested name.</param>
internal sealed record InstalledPackage(string Name, string Version);

/// <param name="Installed">Null if missing.</param>
internal sealed record PackageState(PackageNeed Need, InstalledPackage? Installed);

/// <summary>The packages that the node needs, and which of them are installed.</summary>
/// <param name="System">Such as "debian 12".</param>
internal sealed record PackageCheck(string System, PackageFamily Family, IReadOnlyList<PackageState> Items, IReadOnlyList<string> Warnings)
{
    private const string InstallCommand = "`thpc-node-agent packages install`";

    public IReadOnlyList<PackageNeed> Missing => [.. Items.Where(item => item.Installed is null).Select(item => item.Need)];

    /// <summary>Missing packages that the distribution is known to lack.</summary>
    public IReadOnlyList<PackageNeed> AbsentNeeds { get; init; } = [];

    /// <summary>Names of packages that an interrupted transaction installed.</summary>
    public IReadOnlyList<string> Interrupted { get; init; } = [];

    /// <summary>Why the distribution lacks some of the missing packages; null if it is not known to lack any.</summary>
    public Error? Absence { get; init; }

    /// <summary>Missing software that is not a distribution package, such as a Lustre client for the kernel; one sentence each.</summary>
    public IReadOnlyList<string> Obstacles { get; init; } = [];

    /// <summary>Why nodes made from this machine would fail, and what to do; one sentence each.</summary>
    public IReadOnlyList<string> Problems =>
    [
        .. Missing.Select(need => $"{need.Name} is missing ({need.Purpose}): run {InstallCommand}, or install it by hand"),
        .. Interrupted.Count == 0 ? [] : (string[])[$"{DescribeInterrupted(Interrupted)}: run {InstallCommand} to reinstall"],
        .. Obstacles,
    ];

    public static string DescribeInterrupted(IEnumerable<string> names) =>
        $"{string.Join(", ", names)}: installed by an interrupted transaction, so package scripts may not have run";
}
