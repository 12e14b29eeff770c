using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Tests.Configuration;

/// <summary>What a person reads in Chinese about real mistakes: the first line of the error.</summary>
public sealed class ChineseDiagnosticTests
{
    private const string Cfs = Configs.Cluster + "[[cfs]]\nlocal_path = \"/data\"\n";

    [Theory]
    [InlineData("[cluster]\nid = \"x\"\n", "2: cluster.id: \"x\" 不是集群 ID；应为 hpc- 加 4 到 32 个小写字母或数字，如 \"hpc-8hje8h12\"")]
    [InlineData("[cluster]\nid = 7\n", "2: cluster.id: 值为整数，应为字符串")]
    [InlineData("[cluster]\nid = \"hpc-8hje8h12\"\n", "1: cluster.node_role: 未填写；请添加，例如 node_role = \"COMPUTE\"")]
    [InlineData("[cluster]\nid = \"@CLUSTER_ID@\"\n", "2: cluster.id: @CLUSTER_ID@ 是未替换的占位符；请填写实际的值")]
    [InlineData(Configs.Cluster + "scheduler_type = \"SLURN\"\n", "4: cluster.scheduler_type: \"SLURN\" 不是调度器；是否指 SLURM？")]
    [InlineData(Configs.Cluster + "nod_role = \"LOGIN\"\n", "4: cluster.nod_role: 不是已知的配置键；是否指 node_role？")]
    [InlineData(Configs.Cluster + "[mount]\ntimeout = 0\n", "5: mount.timeout: 0 超出范围；允许 1 到 3600 秒")]
    [InlineData(Configs.Cluster + "[mount]\nparallelism = 99\n", "5: mount.parallelism: 99 超出范围；允许 1 到 64 个并行挂载")]
    [InlineData(Cfs, "5: cfs[1].remote_path: 未填写；请添加挂载目标，例如 remote_path = \"172.30.3.90:/\"")]
    [InlineData(
        Cfs + "remote_path = \"x\"\n",
        "6: cfs[1].remote_path: \"x\" 不是挂载目标；请用 HOST:/PATH，如 \"172.30.3.90:/\"（Turbo：\"172.30.2.180@tcp0:/4fe1839b/cfs\"）")]
    [InlineData("[cluster\nid = \"x\"\n", "1:9: 表头缺少结尾的 ]")]
    [InlineData("[cluster]\nid = hpc-8hje8h12\n", "2:6: 文本须加引号；请写 id = \"hpc-8hje8h12\"")]
    [InlineData("[cluster]\nid = “hpc-8hje8h12”\n", "2:6: “ (U+201C) 是排版引号；请改为 \"")]
    [InlineData("[cluster]\nid = \"x\"\nid = \"y\"\n", "3: cluster.id: 出现两次，首次在第 2 行；请只保留一个")]
    [InlineData("{\"Response\": 1}\n", "1:1: 这是 JSON，不是 TOML；请把 JSON 另存为单独的文件，并在 [storage] 的 option_file 中指定该文件")]
    public void First_line_of_an_invalid_configuration(string toml, string expected) =>
        Assert.Equal($"{Configs.File}:{expected}", FirstLine(() => Configs.Load(toml)));

    [Theory]
    [InlineData("{", "storage.json:1: 这不是 JSON：")]
    [InlineData(
        "{\"Response\": {\"Error\": {\"Code\": \"AuthFailure\"}}}",
        "storage.json:1: 这是 API 返回的错误（AuthFailure），不是正常响应；请重新调用 API")]
    [InlineData("{\"CFSOptions\": 7}", "storage.json:1: CFSOptions: 值为整数，应为对象列表，如 [{\"LocalPath\": \"/data\", …}]")]
    [InlineData(
        "{\"StorageOption\": {\"CFSOptions\": []}, \"ClusterId\": \"hpc-other123\"}",
        "storage.json:1: ClusterId: 值为 \"hpc-other123\"，但本节点的集群是 \"hpc-8hje8h12\"；请使用该集群的存储")]
    [InlineData(null, "node-agent.toml:5: storage.option_file: 无法读取 /etc/thpc/storage.json：no /etc/thpc/storage.json")]
    public void First_line_of_an_invalid_option_file(string? json, string expected) => Assert.StartsWith(
        $"/etc/thpc/{expected}",
        FirstLine(() => Configs.Load($"{Configs.Cluster}[storage]\noption_file = \"{Configs.OptionFile}\"\n", json)),
        StringComparison.Ordinal);

    [Fact]
    public void Flag_and_variable_are_named_in_Chinese()
    {
        Assert.StartsWith(
            "命令行参数 --node-role: cluster.node_role: \"x\" 无法识别；可用值：COMPUTE, ",
            FirstLine(() => Configs.Load(Configs.Cluster, null, new ConfigOverrides { NodeRole = "x" })), StringComparison.Ordinal);
        Assert.StartsWith(
            "环境变量 THPC_NODE_ROLE: cluster.node_role: \"x\" 无法识别；",
            FirstLine(() => Configs.Load(Configs.Cluster, null, null, ("THPC_NODE_ROLE", "x"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Storage_at_a_path_of_other_storage_is_refused_in_Chinese() => Assert.Equal(
        "命令行参数 --local-path: /data 已配置为 nfs 172.30.3.90:/（/etc/thpc/node-agent.toml:5），而要添加的是 nfs 172.30.3.91:/",
        FirstLine(() => Configs.Load(Cfs + "remote_path = \"172.30.3.90:/\"\n", null, new ConfigOverrides
        {
            Storage = new StorageFlags { LocalPath = "/data", RemotePath = "172.30.3.91:/" }.ToNode(),
        })));

    [Fact]
    public void Storage_that_the_file_does_not_have_is_named_in_Chinese() => Assert.Equal(
        "f: 没有 local_path = \"/other\" 的 [[cfs]]、[[goosefs]] 或 [[goosefsx]]（可能在 storage.option_file 中）",
        FirstLine(() => StorageToml.Remove(Cfs, "f", "/other")));

    private static string FirstLine(Action load) =>
        Assert.Throws<AgentException>(load).Error.Text.Lines(Language.Chinese)[0];
}
