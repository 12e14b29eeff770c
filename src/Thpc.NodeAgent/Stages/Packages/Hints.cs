using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>Hints of the packages stage.</summary>
internal static class Hints
{
    public static LocalizedText ManagerTimeout { get; } = new(
        "Raise [packages] timeout, or find out what the package manager waits for; then run again.",
        "请调大 [packages] timeout，或查明包管理器在等待什么；然后重新运行。");

    public static LocalizedText Incomplete { get; } = new(
        "Add the repository that has the packages named above to the image, or install them there by hand.",
        "请在镜像中添加包含上述软件包的软件源，或在镜像中手动安装。");

    public static LocalizedText RepositoryNotFound { get; } = new(
        "Correct the address of that repository in the image's package sources, or use a mirror that has it; then run again.",
        "请修正镜像的软件源配置中该软件源的地址，或改用提供该软件源的镜像站；然后重新运行。");

    public static LocalizedText UnknownManager { get; } = new(
        "Install the packages in the image and `touch /root/thpc_preinstalled.json` there to skip this stage.",
        "请在镜像中安装软件包并执行 `touch /root/thpc_preinstalled.json`，之后会跳过该阶段。");

    public static LocalizedText ImageDatabase { get; } = new(
        "Install an rpm on this machine that can read the image's database, or prepare the image on a running node.",
        "请在本机安装能读取该镜像数据库的 rpm，或在运行中的节点上制作镜像。");

    public static LocalizedText LustreKernel { get; } = new(
        "Install the Lustre client for that kernel in the image, or make the image boot the client's kernel.",
        "请在镜像中安装与该内核匹配的 Lustre 客户端，或让镜像启动该客户端对应的内核。");

    public static LocalizedText NisMissing { get; } = new(
        "Put rebuilt ypbind, yp-tools and nss_nis packages into the image, base it on a system with NIS, or correct account_type.",
        "请在镜像中安装自行构建的 ypbind、yp-tools 和 nss_nis，或改用带有 NIS 的系统，或修正 account_type。");

    /// <returns>Null if the hint of the error code is the best one.</returns>
    public static LocalizedText? ForFault(ManagerFault fault, PackageFamily family) => fault switch
    {
        ManagerFault.Locked => new(
            "Wait until the other package manager has finished (see `ps`), or raise [packages] lock_timeout; then run again.",
            "请等待另一个包管理器结束（`ps` 可查看），或调大 [packages] lock_timeout；然后重新运行。"),
        ManagerFault.Network or ManagerFault.Stale => new(
            "Check the node's route, DNS and proxy to its package repositories, then run again.",
            "请检查节点到软件源的路由、DNS 和代理，然后重新运行。"),
        ManagerFault.UnknownPackage => new(
            "Add the repository that has these packages to the image (EPEL for munge and slurm on EL), or install them there by hand.",
            "请在镜像中添加包含这些软件包的软件源（EL 系统的 munge 和 slurm 在 EPEL 中），或在镜像中手动安装。"),
        ManagerFault.Unmet when family == PackageFamily.Zypper => new(
            "Enable the repository that has the named dependency, such as PackageHub (`SUSEConnect -p PackageHub/…`), then run again.",
            "请启用包含上述依赖的软件源，例如 PackageHub（`SUSEConnect -p PackageHub/…`），然后重新运行。"),
        ManagerFault.Unmet when family is PackageFamily.Dnf or PackageFamily.Yum => new(
            "Enable the dependency's repository with `dnf config-manager --set-enabled` (crb on EL 9, PowerTools on EL 8), then run again.",
            "请用 `dnf config-manager --set-enabled` 启用包含该依赖的软件源（EL 9 为 crb，EL 8 为 PowerTools），然后重新运行。"),
        ManagerFault.Unmet or ManagerFault.Broken => new(
            "Add the repository that has the versions named above, or release held packages (`apt-mark showhold`), then run again.",
            "请添加包含上述版本的软件源，或解除被保留的软件包（`apt-mark showhold`），然后重新运行。"),
        ManagerFault.Excluded when family == PackageFamily.Zypper => new(
            "Remove the lock in the image with `zypper removelock`, or install the package there by hand.",
            "请在镜像中用 `zypper removelock` 解除锁定，或手动安装该软件包。"),
        ManagerFault.Excluded => new(
            "Remove the package from exclude or excludepkgs in the image's dnf or yum configuration, or install it there by hand.",
            "请在镜像的 dnf 或 yum 配置中从 exclude 或 excludepkgs 移除该软件包，或手动安装。"),
        ManagerFault.Conflict => new(
            "Remove one of the conflicting packages from the image or from [packages] extra, then run again.",
            "请从镜像或 [packages] extra 中移除其中一个冲突的软件包，然后重新运行。"),
        ManagerFault.Unsigned => new(
            "Import the repository's signing key into the image (`rpm --import`, /etc/apt/keyrings), or sign the repository.",
            "请在镜像中导入软件源的签名公钥（`rpm --import`、/etc/apt/keyrings），或对软件源签名。"),
        ManagerFault.Corrupt => new(
            "Clean the package manager's cache, rebuild or change the mirror so that its files match its lists, then run again.",
            "请清理包管理器缓存，重建或更换镜像站，使其文件与索引一致，然后重新运行。"),
        ManagerFault.Script => new(
            $"Read the output of the package's script in {NodePaths.PackageLog}, fix the cause, then run again.",
            $"请查看 {NodePaths.PackageLog} 中软件包脚本的输出，排除原因后重新运行。"),
        ManagerFault.HalfInstalled => new(
            "Add the repository that has this package, or remove it with `dpkg --remove --force-remove-reinstreq`, then run again.",
            "请添加包含该软件包的软件源，或用 `dpkg --remove --force-remove-reinstreq` 删除它，然后重新运行。"),
        _ => null,
    };
}
