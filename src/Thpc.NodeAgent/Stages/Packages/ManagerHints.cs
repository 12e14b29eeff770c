using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>What to do about a manager's failure.</summary>
internal static class ManagerHints
{
    /// <returns>Null where nothing better is known than the error code's own hint.</returns>
    public static LocalizedText? For(ManagerFault fault, PackageFamily family) => fault switch
    {
        ManagerFault.Locked => new(
            "Wait until the other package manager is done (`ps` shows it), or raise [packages] lock_timeout; then run again.",
            "请等待另一个包管理器结束（`ps` 可查看），或调大 [packages] lock_timeout；然后重新运行。"),
        ManagerFault.Network or ManagerFault.Stale => new(
            "Check the node's route, DNS and proxy towards its package repositories, then run again.",
            "请检查节点到软件源的路由、DNS 和代理，然后重新运行。"),
        ManagerFault.UnknownPackage => new(
            "Add the repository that has them to the image (on RHEL's relatives munge and slurm are in EPEL), or install them in the image by hand.",
            "请在镜像中添加包含这些软件包的软件源（RHEL 系的 munge 和 slurm 在 EPEL 中），或在镜像中手动安装。"),
        ManagerFault.Unmet when family == PackageFamily.Zypper => new(
            "Enable the repository that has what is named, such as PackageHub (`SUSEConnect -p PackageHub/…`), then run again.",
            "请启用包含所列依赖的软件源，例如 PackageHub（`SUSEConnect -p PackageHub/…`），然后重新运行。"),
        ManagerFault.Unmet when family is PackageFamily.Dnf or PackageFamily.Yum => new(
            "Enable the repository that has what is named: CRB on EL 9, PowerTools on EL 8 (`dnf config-manager --set-enabled crb`), then run again.",
            "请启用包含所列依赖的软件源：EL 9 为 CRB，EL 8 为 PowerTools（`dnf config-manager --set-enabled crb`），然后重新运行。"),
        ManagerFault.Unmet or ManagerFault.Broken => new(
            "Add the repository that has the versions named, or release held packages (`apt-mark showhold`), then run again.",
            "请添加包含所列版本的软件源，或解除被保留的软件包（`apt-mark showhold`），然后重新运行。"),
        ManagerFault.Excluded when family == PackageFamily.Zypper => new(
            "Lift the lock in the image with `zypper removelock`, or install the package there by hand.",
            "请在镜像中用 `zypper removelock` 解除锁定，或手动安装该软件包。"),
        ManagerFault.Excluded => new(
            "Take the package out of exclude or excludepkgs in the image's dnf or yum configuration, or install it there by hand.",
            "请在镜像的 dnf 或 yum 配置中从 exclude 或 excludepkgs 移除该软件包，或手动安装。"),
        ManagerFault.Conflict => new(
            "Remove one of the conflicting packages from the image or from [packages] extra, then run again.",
            "请从镜像或 [packages] extra 中移除其中一个冲突的软件包，然后重新运行。"),
        ManagerFault.Unsigned => new(
            "Import the key that signs the repository (`rpm --import`, /etc/apt/keyrings) in the image, or have the repository signed.",
            "请在镜像中导入软件源的签名公钥（`rpm --import`、/etc/apt/keyrings），或对软件源签名。"),
        ManagerFault.Corrupt => new(
            "The repository's files and its lists differ: clean the manager's cache, rebuild or change the mirror, then run again.",
            "软件源的文件与其索引不一致：请清理包管理器缓存，重建或更换镜像站，然后重新运行。"),
        ManagerFault.Script => new(
            $"The package's own script failed; read what it printed in {NodePaths.PackageLog}, mend the cause, then run again.",
            $"软件包自带的脚本失败；请查看 {NodePaths.PackageLog} 中的输出，排除原因后重新运行。"),
        ManagerFault.HalfInstalled => new(
            "Add the repository that has that package's archive, or remove it with `dpkg --remove --force-remove-reinstreq`, then run again.",
            "请添加包含该软件包的软件源，或用 `dpkg --remove --force-remove-reinstreq` 删除它，然后重新运行。"),
        _ => null,
    };
}
