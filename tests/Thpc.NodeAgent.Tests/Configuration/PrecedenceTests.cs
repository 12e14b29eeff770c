using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.Tests.Configuration;

public sealed class PrecedenceTests
{
    private static readonly (string Name, string Value)[] Environment =
    [
        ("THPC_CLUSTER_ID", "hpc-envenv00"),
        ("THPC_NODE_ROLE", "manager_backup"),
        ("THPC_SCHEDULER_TYPE", "env_scheduler"),
        ("THPC_ACCOUNT_TYPE", "env_account"),
    ];

    private static readonly ConfigOverrides Flags = new()
    {
        ClusterId = "hpc-flagflag",
        NodeRole = "Login",
        SchedulerType = "flag_scheduler",
        AccountType = "flag_account",
    };

    private const string Full = """
        [cluster]
        id = "hpc-filefile"
        node_role = "MANAGER"
        scheduler_type = "file_scheduler"
        account_type = "file_account"
        """;

    [Fact]
    public void Flag_overrides_environment_and_file()
    {
        var loaded = Configs.Load(Full, null, Flags, Environment);
        Assert.Equal(new ClusterSettings("hpc-flagflag", NodeRole.Login, "FLAG_SCHEDULER", "FLAG_ACCOUNT"), loaded.Config.Cluster);
        Assert.Equal(["flag --cluster-id", "flag --node-role", "flag --scheduler-type", "flag --account-type"], Origins(loaded));
    }

    [Fact]
    public void Environment_overrides_file()
    {
        var loaded = Configs.Load(Full, null, null, Environment);
        Assert.Equal(new ClusterSettings("hpc-envenv00", NodeRole.ManagerBackup, "ENV_SCHEDULER", "ENV_ACCOUNT"), loaded.Config.Cluster);
        Assert.Equal(
            ["environment THPC_CLUSTER_ID", "environment THPC_NODE_ROLE", "environment THPC_SCHEDULER_TYPE",
                "environment THPC_ACCOUNT_TYPE"], Origins(loaded));
    }

    [Theory]
    [InlineData("ManagerBackup")]
    [InlineData("MANAGER_BACKUP")]
    public void Environment_accepts_the_role_spelling_of_the_API(string role)
    {
        var cluster = Configs.Load(Full, null, null, ("THPC_NODE_ROLE", role)).Config.Cluster;
        Assert.Equal((NodeRole.ManagerBackup, "MANAGER_BACKUP"), (cluster.Role, cluster.RoleName));
    }

    [Fact]
    public void File_overrides_default()
    {
        var loaded = Configs.Load(Full);
        Assert.Equal(new ClusterSettings("hpc-filefile", NodeRole.Manager, "FILE_SCHEDULER", "FILE_ACCOUNT"), loaded.Config.Cluster);
        Assert.Equal([$"{Configs.File}:2", $"{Configs.File}:3", $"{Configs.File}:4", $"{Configs.File}:5"], Origins(loaded));
    }

    [Fact]
    public void Absent_settings_have_defaults()
    {
        var loaded = Configs.Load(Configs.Cluster);
        Assert.Equal(new ClusterSettings("hpc-8hje8h12", NodeRole.Compute, "SLURM", "NIS"), loaded.Config.Cluster);
        Assert.Equal(["default", "default"], Origins(loaded)[2..]);
        Assert.Equal(new MountSettings(TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(20), 8, false), loaded.Config.Mount);
        Assert.Equal(new CosSettings(CosCredentialSource.Auto, null), loaded.Config.Cos);
        Assert.Equal(TimeSpan.FromSeconds(5), loaded.Config.ScriptKillGrace);
        Assert.Equal(new Uri("http://metadata.tencentyun.com"), loaded.Config.MetadataEndpoint);
        Assert.Empty(loaded.Config.InitScripts);
        Assert.Empty(loaded.Config.Storage);
    }

    [Fact]
    public void Flags_and_environment_suffice_without_a_file()
    {
        Assert.Equal("LOGIN", Configs.Load(null, null, Flags).Config.Cluster.RoleName);
        Assert.Equal("MANAGER_BACKUP", Configs.Load(null, null, null, Environment).Config.Cluster.RoleName);
    }

    [Fact]
    public void Missing_file_is_reported()
    {
        var diagnostics = Configs.Diagnostics(() => Configs.Load(null));
        Assert.Contains(diagnostics, diagnostic => diagnostic.Contains("the configuration file does not exist", StringComparison.Ordinal));
        Assert.Contains(diagnostics, diagnostic => diagnostic.Contains("cluster.id: is missing", StringComparison.Ordinal));
        Assert.Contains(diagnostics, diagnostic => diagnostic.Contains("cluster.node_role: is missing", StringComparison.Ordinal));
    }

    [Fact]
    public void Empty_variable_counts_as_unset() =>
        Assert.Equal("hpc-8hje8h12", Configs.Load(Configs.Cluster, null, null, ("THPC_CLUSTER_ID", "")).Config.Cluster.Id);

    [Fact]
    public void Diagnostic_of_a_flag_names_the_flag() =>
        Assert.Equal(
            ["flag --node-role: cluster.node_role: \"HEAD\" is not known; use COMPUTE, LOGIN, MANAGER, MANAGER_BACKUP"],
            Configs.Diagnostics(() => Configs.Load(Configs.Cluster, null, new ConfigOverrides { NodeRole = "HEAD" })));

    [Fact]
    public void Scripts_from_flags_replace_those_of_the_file_and_the_timeout_applies_to_all()
    {
        const string Scripts =
            Configs.Cluster + "[[init_script]]\nscript_path = \"file:///a\"\n[[init_script]]\nscript_path = \"file:///b\"\ntimeout = 50\n";
        Assert.Equal([30, 50], Timeouts(Configs.Load(Scripts)));
        Assert.Equal([60, 60], Timeouts(Configs.Load(Scripts, null, new ConfigOverrides { ScriptTimeout = 60 })));
        var replaced = Configs.Load(Scripts, null, new ConfigOverrides { InitScripts = ["file:///c"], ScriptTimeout = 70 });
        Assert.Equal([70], Timeouts(replaced));
        Assert.Equal("/c", replaced.Config.InitScripts[0].Location.AbsolutePath);
    }

    [Theory]
    [InlineData(9)]
    [InlineData(1201)]
    [InlineData(-1)]
    public void Timeout_flag_out_of_range_is_refused(int seconds) =>
        Assert.Equal(
            [$"flag --script-timeout: init_script[1].timeout: {seconds} is out of range; 10 to 1200 seconds is allowed"],
            Configs.Diagnostics(
                () => Configs.Load(Configs.Cluster, null, new ConfigOverrides { InitScripts = ["file:///c"], ScriptTimeout = seconds })));

    private static string[] Origins(LoadedConfig loaded) =>
        [.. from key in (string[])["id", "node_role", "scheduler_type", "account_type"]
            select loaded.Settings.Single(setting => setting.Key == $"cluster.{key}").Origin];

    private static double[] Timeouts(LoadedConfig loaded) => [.. loaded.Config.InitScripts.Select(script => script.Timeout.TotalSeconds)];

    [Fact]
    public void Split_lists_and_tables_are_read_completely()
    {
        const string Script = "[[init_script]]\nscript_path = \"file:///";
        var config = Configs.Load(
            $"{Configs.Cluster}{Script}a\"\n[script]\nkill_grace = 1\n{Script}b\"\n[[cfs]]\nlocal_path = \"/x\"\nremote_path = "
                + $"\"h:/\"\n{Script}c\"\n[[cfs]]\nlocal_path = \"/y\"\nremote_path = \"h:/y\"\n").Config;
        Assert.Equal(["/a", "/b", "/c"], config.InitScripts.Select(script => script.Location.AbsolutePath));
        Assert.Equal(["/x", "/y"], config.Storage.Select(storage => storage.LocalPath));
        Assert.Equal(TimeSpan.FromSeconds(1), config.ScriptKillGrace);
    }

    [Fact]
    public void Split_nested_tables_keep_all_diagnostics() =>
        Assert.Equal(
            ["mount.a", "mount.b"],
            Configs.Diagnostics(Configs.Cluster + "[mount.a]\nx = 1\n[script]\n[mount.b]\ny = 1\n")
                .Select(diagnostic => diagnostic.Split(": ")[1]));
}
