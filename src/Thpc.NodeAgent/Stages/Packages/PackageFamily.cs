namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>The supported package managers.</summary>
internal enum PackageFamily
{
    Apt,
    Dnf,
    Yum,
    Zypper,
}

internal static class PackageFamilies
{
    /// <summary>The name of the manager's program.</summary>
    public static string Program(this PackageFamily family) => family switch
    {
        PackageFamily.Apt => "apt-get",
        PackageFamily.Dnf => "dnf",
        PackageFamily.Yum => "yum",
        _ => "zypper",
    };

    /// <summary>Chooses by the system's id, or else by related ids, or else by the installed programs.</summary>
    /// <param name="exists">Whether the node has a program of this name.</param>
    /// <returns>Null if unknown.</returns>
    public static PackageFamily? Choose(OsRelease system, Func<string, bool> exists)
    {
        var family = ByName(system.Id, system.Major)
            ?? system.IdLike.Select(relative => ByName(relative, null)).FirstOrDefault(found => found is not null)
            ?? Enum.GetValues<PackageFamily>().Cast<PackageFamily?>().FirstOrDefault(other => exists(other!.Value.Program()));

        // dnf and yum have the same packages and nearly the same arguments; a related id does not distinguish them.
        return family switch
        {
            PackageFamily.Dnf when !exists("dnf") && exists("yum") => PackageFamily.Yum,
            PackageFamily.Yum when !exists("yum") && exists("dnf") => PackageFamily.Dnf,
            _ => family,
        };
    }

    private static PackageFamily? ByName(string id, int? major) => id switch
    {
        "debian" or "ubuntu" => PackageFamily.Apt,
        "fedora" or "opencloudos" or "openeuler" => PackageFamily.Dnf,
        "rhel" or "centos" or "rocky" or "almalinux" or "ol" or "anolis" => major < 8 ? PackageFamily.Yum : PackageFamily.Dnf,
        "tencentos" or "tlinux" or "alinux" => major < 3 ? PackageFamily.Yum : PackageFamily.Dnf,
        "amzn" => major < 2022 ? PackageFamily.Yum : PackageFamily.Dnf,
        "suse" or "opensuse" or "opensuse-leap" or "opensuse-tumbleweed" or "sles" or "sled" or "sles_sap" or "sle_hpc" =>
            PackageFamily.Zypper,
        _ => null,
    };
}
