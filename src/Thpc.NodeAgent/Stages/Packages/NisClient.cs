using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>The packages that a node needs to find users in NIS: the daemon, the commands, and the name service module.</summary>
internal static class NisClient
{
    private const string Purpose = "NIS client";
    private const string CommandsPurpose = "NIS commands";
    private const string ModulePurpose = "NIS module of the name service";

    // Provided by every rpm that contains the module: nss_nis, libnss_nis2, and glibc up to 2.25.
    private const string Library = "libnss_nis.so.2()(64bit)";

    // Part of libc6 up to Debian 10 and Ubuntu 20.04; the newer libnss-nis uses the same path.
    private static readonly BuiltIn InLibc = new("libc6",
    [
        .. from triplet in (string[])["x86_64-linux-gnu", "aarch64-linux-gnu"]
           from directory in (string[])["/lib", "/usr/lib"]
           select $"{directory}/{triplet}/libnss_nis.so.2",
    ]);

    /// <summary>
    /// Up to Debian 11 and Ubuntu 20.04 the package nis contains daemon and commands; later it is empty and also installs the server.
    /// Without the module no NIS user is found, and Debian's daemon package only recommends it.
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

    /// <summary>The error if the distribution is known to lack some of the missing packages; otherwise null.</summary>
    /// <param name="missing">The packages that the node lacks.</param>
    public static Error? Absence(OsRelease system, IReadOnlyList<PackageNeed> missing)
    {
        var absent = AbsentNeeds(system, missing);
        return absent.Count == 0 ? null : new Error(
            ErrorCode.PackagesMissing,
            Messages.NoNis($"{system}", string.Join(", ", absent.Select(need => need.Name))),
            Hints.NisMissing);
    }

    /// <returns>The missing NIS packages if the distribution is known to lack them; otherwise none.</returns>
    public static IReadOnlyList<PackageNeed> AbsentNeeds(OsRelease system, IReadOnlyList<PackageNeed> missing) =>
        LacksNis(system) ? [.. missing.Where(need => need.Purpose is Purpose or CommandsPurpose or ModulePurpose)] : [];

    private static bool LacksNis(OsRelease system) =>
        system.Id is "rhel" or "centos" or "rocky" or "almalinux" or "ol" && system.Major >= 9;
}
