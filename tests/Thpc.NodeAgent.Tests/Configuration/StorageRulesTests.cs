using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Configuration.Api;

namespace Thpc.NodeAgent.Tests.Configuration;

/// <summary>Storage that both the configuration and the API name, with equal and with different options.</summary>
public sealed class StorageRulesTests
{
    [Theory]
    [InlineData("")]
    [InlineData("mount_option = \"noresvport,,tcp,nolock,nfsvers=3\"\n")]
    [InlineData("storage_type = \"HP\"\nfile_system_id = \"cfs-1a2b3c\"\n")]
    public void Same_storage_in_both_files_counts_once(string more)
    {
        var loaded = Configs.LoadJson(
            """
            {"Response":{"StorageOption":{"CFSOptions":[{"LocalPath":"/opt/","RemotePath":"172.30.3.90:/x/opt/","Protocol":"NFS 3.0",
            "StorageType":"SD","MountOption":"vers=3,nolock,proto=tcp,noresvport"}]},"RequestId":"x"}}
            """,
            $"[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"172.30.3.90:/x/opt\"\n{more}");
        Assert.Equal([new CfsStorage("/opt", "172.30.3.90", "/x/opt", CfsProtocol.Nfs3, null)], loaded.Config.Storage);
    }

    [Theory]
    [InlineData("", "vers=3,soft", "with different options: vers=3,soft here, and vers=3,nolock,proto=tcp,noresvport, the default")]
    [InlineData(
        "mount_option = \"soft\"\n",
        "vers=3,nolock,proto=tcp,noresvport",
        "with different options: vers=3,nolock,proto=tcp,noresvport, the default here, and soft")]
    public void Different_options_in_the_two_files_are_both_shown(string toml, string option, string words) =>
        Assert.Equal(
            [$"{Configs.OptionFile}:1: cfs[2].local_path: \"/opt\" is given twice {words} ({Configs.File}:7); "
                + "use the same options, or remove one"],
            Configs.Diagnostics(() =>
                Configs.LoadJson(
                    $$"""{"LocalPath":"/opt","RemotePath":"h:/","MountOption":"{{option}}"}""",
                    $"[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"h:/\"\n{toml}")));

    [Fact]
    public void Same_storage_twice_in_one_file_gives_a_diagnostic() =>
        Assert.Equal(
            [$"{Configs.File}:8: cfs[2].local_path: \"/opt\" is given twice; each storage needs its own"],
            Configs.Diagnostics(
                $"{Configs.Cluster}[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"h:/\"\n[[cfs]]\nlocal_path = \"/opt\"\nremote_path = "
                    + $"\"h:/\"\n"));

    [Fact]
    public void Explicit_default_options_equal_absent_options()
    {
        List<string> warnings = [];
        var added = StorageOptionJson.Parse(
            """{"LocalPath":"/opt/","RemotePath":"h:/","Protocol":"NFS 4.0","MountOption":"vers=4,minorversion=0,noresvport"}""",
            "add.json", [], warnings);
        var loaded = Configs.Load(
            $"{Configs.Cluster}[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"h:/\"\nprotocol = \"NFS 4.0\"\n", null,
            new ConfigOverrides { Storage = added });
        Assert.Empty(loaded.New);
        Assert.Single(loaded.Added);
        Assert.Empty(warnings);
    }
}
