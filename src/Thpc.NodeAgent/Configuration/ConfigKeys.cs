using Thpc.NodeAgent.Configuration.Sections;
using static Thpc.NodeAgent.Configuration.ConfigKeyType;

namespace Thpc.NodeAgent.Configuration;

/// <summary>All keys of the configuration. Names, defaults and ranges stand here and nowhere else.</summary>
internal static class ConfigKeys
{
    public const string ClusterIdPattern = "hpc-[a-z0-9]{4,32}";
    public const string TypeNamePattern = "[A-Za-z0-9_]{1,32}";
    public const string Sha256Pattern = "[0-9A-Fa-f]{64}";

    public static readonly ConfigKey ClusterId = new("cluster", "id", ConfigKeyType.Text,
        new("Cluster ID. Environment: THPC_CLUSTER_ID.", "集群 ID。环境变量：THPC_CLUSTER_ID。"))
    { IsRequired = true, Pattern = ClusterIdPattern, Example = "hpc-8hje8h12" };

    public static readonly ConfigKey NodeRole = new("cluster", "node_role", ConfigKeyType.Text,
        new("Role of this node. Environment: THPC_NODE_ROLE.", "本节点的角色。环境变量：THPC_NODE_ROLE。"))
    { IsRequired = true, Choices = NodeRoles.Names, Example = "COMPUTE" };

    public static readonly ConfigKey SchedulerType = new("cluster", "scheduler_type", ConfigKeyType.Text,
        new("Scheduler, such as SLURM or SGE. Environment: THPC_SCHEDULER_TYPE.", "调度器，如 SLURM 或 SGE。环境变量：THPC_SCHEDULER_TYPE。"))
    { Default = "SLURM", Pattern = TypeNamePattern };

    public static readonly ConfigKey AccountType = new("cluster", "account_type", ConfigKeyType.Text,
        new("Account service of the cluster. Environment: THPC_ACCOUNT_TYPE.", "集群的账号服务。环境变量：THPC_ACCOUNT_TYPE。"))
    { Default = "NIS", Pattern = TypeNamePattern };

    public static readonly ConfigKey ScriptPath = new("init_script", "script_path", ConfigKeyType.Text,
        new("URL of the script: cos://, https:// or file://.", "脚本的 URL：cos://、https:// 或 file://。"))
    { IsRequired = true, Example = "cos://demo-1250000000.cos.ap-guangzhou.myqcloud.com/test/echo.sh" };

    public static readonly ConfigKey ScriptTimeout = new("init_script", "timeout", Integer,
        new("Limit in seconds for the download and the run together.", "下载和执行合计的时限（秒）。"))
    { Number = 30, Min = 10, Max = 1200 };

    public static readonly ConfigKey ScriptSha256 = new("init_script", "sha256", ConfigKeyType.Text,
        new("Checksum that the script must have; empty: no check.", "脚本内容应有的校验和；为空则不校验。"))
    { Default = "", Pattern = $"(?:{Sha256Pattern})?" };

    public static readonly ConfigKey ScriptOnFailure = new("init_script", "on_failure", ConfigKeyType.Text,
        new("Effect of a failure: the run fails or continues.", "脚本失败的后果：运行失败，或继续运行。"))
    { Default = "fail", Choices = ["fail", "continue"] };

    public static readonly ConfigKey ScriptArgs = new("init_script", "args", List,
        new("Arguments for the script.", "传给脚本的参数。"))
    { Max = 64, IsArguments = true };

    public static readonly ConfigKey ScriptRoles = new("init_script", "roles", List,
        new("Node roles that run the script; empty: all roles.", "执行该脚本的节点角色；为空表示所有角色。"))
    { Choices = NodeRoles.Names };

    public static readonly ConfigKey ScriptRun = new("init_script", "run", ConfigKeyType.Text,
        new("How often the script runs: once per instance or at every boot.", "执行频率：每个实例一次，或每次启动一次。"))
    { Default = "once", Choices = ["once", "every-boot"] };

    public static readonly ConfigKey CfsLocalPath = new(StorageSections.Cfs, "local_path", ConfigKeyType.Text,
        new("Mount point, an absolute path.", "挂载点，绝对路径。"))
    { IsRequired = true, Example = "/data" };

    public static readonly ConfigKey CfsRemotePath = new(StorageSections.Cfs, "remote_path", ConfigKeyType.Text,
        new("Mount target: HOST:/PATH; for Turbo HOST@tcp0:/ID/cfs.", "挂载目标：HOST:/PATH；Turbo 为 HOST@tcp0:/ID/cfs。"))
    { IsRequired = true, Example = "172.30.3.90:/" };

    public static readonly ConfigKey CfsFileSystemId = new(StorageSections.Cfs, "file_system_id", ConfigKeyType.Text,
        new("File system ID, for information only.", "文件系统 ID，仅供记录。"));

    public static readonly ConfigKey CfsProtocol = new(StorageSections.Cfs, "protocol", ConfigKeyType.Text,
        new("Protocol of the mount.", "挂载协议。"))
    { Default = "NFS 3.0", Choices = ["NFS 3.0", "NFS 4.0", "TURBO"] };

    public static readonly ConfigKey CfsStorageType = new(StorageSections.Cfs, "storage_type", ConfigKeyType.Text,
        new("Storage type, for information only.", "存储类型，仅供记录。"))
    { Default = "SD", Choices = ["SD", "HP", "TB", "TP"] };

    public static readonly ConfigKey CfsMountOption = new(StorageSections.Cfs, "mount_option", ConfigKeyType.Text,
        new("Mount options; empty: the defaults of the protocol.", "挂载选项；为空则使用该协议的默认选项。"))
    { Default = "" };

    public static readonly ConfigKey GooseFsLocalPath = new(StorageSections.GooseFs, "local_path", ConfigKeyType.Text,
        new("Mount point, an absolute path.", "挂载点，绝对路径。"))
    { IsRequired = true, Example = "/goosefs" };

    public static readonly ConfigKey GooseFsRemotePath = new(StorageSections.GooseFs, "remote_path", ConfigKeyType.Text,
        new("Directory of GooseFS to mount.", "要挂载的 GooseFS 目录。"))
    { Default = "/" };

    public static readonly ConfigKey GooseFsFileSystemId = new(StorageSections.GooseFs, "file_system_id", ConfigKeyType.Text,
        new("File system ID, for information only.", "文件系统 ID，仅供记录。"));

    public static readonly ConfigKey GooseFsMasters = new(StorageSections.GooseFs, "masters", ListOrText,
        new("Master addresses, each HOST:PORT.", "master 地址，格式均为 HOST:PORT。"))
    { IsRequired = true, Example = "172.16.0.97:9200" };

    public static readonly ConfigKey GooseFsxLocalPath = new(StorageSections.GooseFsx, "local_path", ConfigKeyType.Text,
        new("Mount point: /goosefsx/INSTANCE_proxy.", "挂载点：/goosefsx/INSTANCE_proxy。"))
    { IsRequired = true, Example = "/goosefsx/x_c60_54oi5id3_proxy" };

    public static readonly ConfigKey GooseFsxFileSystemId = new(StorageSections.GooseFsx, "file_system_id", ConfigKeyType.Text,
        new("File system ID, for information only.", "文件系统 ID，仅供记录。"));

    public static readonly ConfigKey GooseFsxMasters = new(StorageSections.GooseFsx, "masters", ListOrText,
        new("Master addresses, each HOST:55533.", "master 地址，格式均为 HOST:55533。"))
    { IsRequired = true, Example = "172.16.0.6:55533" };

    public static readonly ConfigKey OptionFile = new("storage", "option_file", ConfigKeyType.Text,
        new("JSON file with more storage, in the format of the API's StorageOption.", "包含更多存储的 JSON 文件，格式为 API 的 StorageOption。"))
    { Default = "" };

    public static readonly ConfigKey GooseFsHome = new("storage", "goosefs_home", ConfigKeyType.Text,
        new("Directory of the GooseFS client; empty: search the usual places.", "GooseFS 客户端所在目录；为空则在常用位置查找。"))
    { Default = "" };

    public static readonly ConfigKey GooseFsxInstaller = new("storage", "goosefsx_installer", List,
        new("Program, with arguments, that installs the GooseFSx client.", "用于安装 GooseFSx 客户端的程序及其参数。"))
    { Max = 64, IsArguments = true, Example = "/usr/local/sbin/install-goosefsx" };

    public static readonly ConfigKey GooseFsxInstallerTimeout = new("storage", "goosefsx_installer_timeout", Integer,
        new("Limit in seconds for that program.", "该程序的时限（秒）。"))
    { Number = 300, Min = 10, Max = 3600 };

    public static readonly ConfigKey CosCredentials = new("cos", "credentials", ConfigKeyType.Text,
        new("Source of the COS credentials.", "COS 凭证的来源。"))
    { Default = "auto", Choices = ["auto", "role", "env", "file", "anonymous"] };

    public static readonly ConfigKey CosEndpoint = new("cos", "endpoint", ConfigKeyType.Text,
        new("Gateway in place of the bucket's host: http://HOST:PORT.", "代替存储桶域名的网关：http://HOST:PORT。"))
    { Default = "" };

    public static readonly ConfigKey MountTimeout = new("mount", "timeout", Integer,
        new("Limit in seconds for one mount, retries included.", "一次挂载的总时限（秒），包括重试。"))
    { Number = 120, Min = 1, Max = 3600 };

    public static readonly ConfigKey MountAttemptTimeout = new("mount", "attempt_timeout", Integer,
        new("Limit in seconds for one attempt.", "每次尝试的时限（秒）。"))
    { Number = 20, Min = 1, Max = 600 };

    public static readonly ConfigKey MountParallelism = new("mount", "parallelism", Integer,
        new("Number of mounts at the same time.", "同时进行的挂载数。"))
    { Number = 8, Min = 1, Max = 64, Unit = "mounts at a time" };

    public static readonly ConfigKey MountEarly = new("mount", "early", ConfigKeyType.Boolean,
        new("Mount while the init scripts run, which must not need it.", "在初始化脚本运行时挂载；脚本不得依赖这些挂载。"))
    { Default = "false" };

    public static readonly ConfigKey KillGrace = new("script", "kill_grace", Integer,
        new("Seconds between SIGTERM and SIGKILL.", "SIGTERM 与 SIGKILL 之间的秒数。"))
    { Number = 5, Min = 0, Max = 60 };

    public static readonly ConfigKey AllowedSigners = new("script", "allowed_signers", ConfigKeyType.Text,
        new("File of allowed signers; if set, every script must be signed.", "允许的签名者文件；设置后所有脚本都必须有签名。"))
    { Default = "" };

    public static readonly ConfigKey MetadataEndpoint = new("metadata", "endpoint", ConfigKeyType.Text,
        new("Address of the metadata service; empty: do not use it.", "元数据服务的地址；为空则不使用。"))
    { Default = "http://metadata.tencentyun.com" };

    public static readonly ConfigKey PackagesExtra = new("packages", "extra", ListOrText,
        new("More packages to install, named as in this distribution.", "另外要安装的软件包，使用本发行版的包名。"));

    public static readonly ConfigKey PackagesTimeout = new("packages", "timeout", Integer,
        new("Limit in seconds for the package manager.", "包管理器的总时限（秒）。"))
    { Number = 900, Min = 10, Max = 7200 };

    public static readonly ConfigKey PackagesLockTimeout = new("packages", "lock_timeout", Integer,
        new("Limit in seconds to wait for another package manager.", "等待其他包管理器释放锁的时限（秒）。"))
    { Number = 300, Min = 0, Max = 3600 };

    public static readonly ConfigKey MetricsTextfile = new("metrics", "textfile", ConfigKeyType.Text,
        new("Metrics file for node_exporter; its name must end in .prom.", "供 node_exporter 读取的指标文件，文件名须以 .prom 结尾。"))
    { Default = "", Example = "/var/lib/prometheus/node-exporter/thpc_node_agent.prom" };

    public static readonly ConfigKey FleetDirectory = new("fleet", "directory", ConfigKeyType.Text,
        new("Shared directory where each node saves its report.", "各节点保存报告的共享目录。"))
    { Default = "", Example = "/opt/thpc/fleet" };

    public static IReadOnlyList<ConfigKey> All { get; } =
    [
        ClusterId, NodeRole, SchedulerType, AccountType,
        ScriptPath, ScriptTimeout, ScriptSha256, ScriptOnFailure, ScriptArgs, ScriptRoles, ScriptRun,
        CfsLocalPath, CfsRemotePath, CfsProtocol, CfsStorageType, CfsMountOption, CfsFileSystemId,
        GooseFsLocalPath, GooseFsRemotePath, GooseFsMasters, GooseFsFileSystemId,
        GooseFsxLocalPath, GooseFsxMasters, GooseFsxFileSystemId,
        OptionFile, GooseFsHome, GooseFsxInstaller, GooseFsxInstallerTimeout,
        CosCredentials, CosEndpoint,
        MountTimeout, MountAttemptTimeout, MountParallelism, MountEarly,
        KillGrace, AllowedSigners,
        MetadataEndpoint,
        PackagesExtra, PackagesTimeout, PackagesLockTimeout,
        MetricsTextfile, FleetDirectory,
    ];
}
