using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>What a node needs to find the cluster's users in NIS: the daemon, the commands, and the module of the name service.</summary>
internal static class NisClient
{
    private const string Purpose = "NIS client";
    private const string CommandsPurpose = "NIS commands";
    private const string ModulePurpose = "NIS module of the name service";

    // What every rpm that has the file provides: nss_nis, libnss_nis2, and glibc itself up to 2.25.
    private const string Library = "libnss_nis.so.2()(64bit)";

    // libc6 has it up to Debian 10 and Ubuntu 20.04; libnss-nis, which is newer, puts it in the same place.
    private static readonly BuiltIn InLibc = new("libc6",
    [
        .. from triplet in (string[])["x86_64-linux-gnu", "aarch64-linux-gnu"]
           from directory in (string[])["/lib", "/usr/lib"]
           select $"{directory}/{triplet}/libnss_nis.so.2",
    ]);

    /// <summary>
    /// Up to Debian 11 and Ubuntu 20.04 one package, nis, holds daemon and commands; since then it is an empty one that brings
    /// the server too. Without the module no user of NIS is found, and Debian's daemon only recommends it.
    /// </summary>
    public static IEnumerable<PackageNeed> Needs(PackageFamily family) => family switch
    {
        PackageFamily.Apt =>
        [
            new PackageNeed(Purpose, ["ypbind-mt", "nis"]), new PackageNeed(CommandsPurpose, ["yp-tools", "nis"]),
            new PackageNeed(ModulePurpose, ["libnss-nis"]) { BuiltIn = InLibc },
        ],
        _ =>
        [
            new PackageNeed(Purpose, ["ypbind"]), new PackageNeed(CommandsPurpose, ["yp-tools"]),
            new PackageNeed(ModulePurpose, [family == PackageFamily.Zypper ? "libnss_nis2" : "nss_nis", Library]),
        ],
    };

    /// <summary>Why no repository has some of this, where that is known.</summary>
    /// <param name="missing">What is missing on the node.</param>
    public static AgentException? Absence(OsRelease system, IReadOnlyList<PackageNeed> missing)
    {
        var absent = AbsentNeeds(system, missing);
        return absent.Count == 0 ? null : new AgentException(
            ErrorCode.PackagesMissing,
            $"account_type is NIS, and {system} has no {string.Join(", ", absent.Select(need => need.Name))}: " +
            "RHEL 9 and its relatives dropped NIS, and EPEL does not have it",
            new(
                "Put rebuilt ypbind, yp-tools and nss_nis packages into the image, base it on a system with NIS, or correct account_type.",
                "请在镜像中安装自行构建的 ypbind、yp-tools 和 nss_nis，或改用带有 NIS 的系统，或修正 account_type。"));
    }

    /// <returns>Those of NIS, where the system is known not to have it.</returns>
    public static IReadOnlyList<PackageNeed> AbsentNeeds(OsRelease system, IReadOnlyList<PackageNeed> missing) =>
        IsWithout(system) ? [.. missing.Where(need => need.Purpose is Purpose or CommandsPurpose or ModulePurpose)] : [];

    private static bool IsWithout(OsRelease system) =>
        system.Id is "rhel" or "centos" or "rocky" or "almalinux" or "ol" && system.Major >= 9;
}
