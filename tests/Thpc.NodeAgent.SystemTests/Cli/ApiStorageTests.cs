namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Storage of the API that nodes cannot mount is a warning. Scripts and other mounts still run.</summary>
public sealed class ApiStorageTests : IDisposable
{
    private const string Opt = "\n[[cfs]]\nlocal_path = \"/opt\"\nremote_path = \"172.30.3.90:/x/opt\"\n";

    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Bootstrap_runs_scripts_and_mounts_supported_storage()
    {
        using var master = GooseFsNodes.Listen("127.0.95.30", 9200);
        _node.AddGooseFs();
        _node.Write("/etc/thpc/storage.json", """
            {"StorageOption": {
              "CFSOptions": [{"LocalPath": "/cfs", "FileSystemId": "cfs-1a2b3c"}],
              "GooseFSOptions": [{"LocalPath": "/later", "RemotePath": "/test-1251001001", "FileSystemId": "g_cvm_7yu01w7y"},
                {"LocalPath": "/goosefs", "RemotePath": "/", "Masters": ["127.0.95.30:9200"]}],
              "GooseFSxOptions": [{"LocalPath": "/goosefsx/x_c60_54oi5id3_proxy/", "FileSystemId": "x-c60-fc9373xp"}],
              "CosOptions": [{"LocalPath": "/bucket", "RemotePath": "cosn://b-1250000000/", "MountParamsOption": "-oallow_other"}]},
             "InitNodeScripts": [{"ScriptPath": "cos://b-1250000000.cos.ap-guangzhou.myqcloud.com/a.sh", "Timeout": 30}]}
            """);
        _node.AddScript("a.sh", "#!/bin/sh\necho ran\n").Configure("[storage]\noption_file = \"/etc/thpc/storage.json\"");
        var said = await MountNamespace.RunAsync(_node, """
            agent bootstrap >/dev/null; echo "bootstrap $?"; cat $node/goosefs/file $node/var/log/thpc-node-agent/init-script-1.log
            agent status | tee $node/status
            """);
        Assert.StartsWith("bootstrap 0\nfrom the masters\n", said, StringComparison.Ordinal);
        Assert.Contains("ran\n", said, StringComparison.Ordinal);
        var status = _node.Read("/status");
        Assert.All(
            (string[])["CFSOptions at /cfs is not mounted", "GooseFSOptions at /later is not mounted",
                "GooseFSxOptions at /goosefsx/x_c60_54oi5id3_proxy/ is not mounted", "CosOptions at /bucket is not mounted",
                "a.sh is not run from this file"],
            words => Assert.Contains(words, status, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""
        {"Response":{"StorageOption":{"CFSOptions":[{"LocalPath":"/opt/","RemotePath":"172.30.3.90:/x/opt/","Protocol":"NFS 3.0",
        "StorageType":"SD","MountOption":"vers=3,nolock,proto=tcp,noresvport"}]},"RequestId":"x"}}
        """)]
    [InlineData("""{"LocalPath":"/opt","RemotePath":"172.30.3.90:/x/opt","Protocol":"NFS 3.0"}""")]
    public async Task Explicit_default_equals_configured_storage(string json)
    {
        _node.Configure(Opt);
        var file = _node.Write("/add.json", json);
        var run = await Agent.RunAsync(_node, "storage", "add", "--json", file, "--persist", "--dry-run");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("-o vers=3,nolock,proto=tcp,noresvport,retry=0 172.30.3.90:/x/opt /opt\n", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            " nfs nfsvers=3,nolock,proto=tcp,hard,timeo=600,retrans=2,_netdev,noresvport,nofail,", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("would write", run.Output, StringComparison.Ordinal);
        _node.Write("/etc/thpc/storage.json", json);
        _node.Configure("[storage]\noption_file = \"/etc/thpc/storage.json\"");
        var check = await Agent.RunAsync(_node, "config", "check");
        Assert.Equal(
            (0, "The configuration is valid: COMPUTE of hpc-8hje8h12, 0 init scripts, 1 file system.\n"), (check.ExitCode, check.Output));
    }

    [Fact]
    public async Task Conflict_shows_both_options()
    {
        _node.Configure(Opt);
        var file = _node.Write("/add.json", """{"LocalPath":"/opt","RemotePath":"172.30.3.90:/x/opt","MountOption":"vers=3,soft"}""");
        var run = await Agent.RunAsync(_node, "storage", "add", "--json", file, "--dry-run");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("with vers=3,nolock,proto=tcp,noresvport, the default (", run.Errors, StringComparison.Ordinal);
        Assert.Contains("and the same with other options is to be added: vers=3,soft\n", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        """{"LocalPath":"/data/cos_mnt","RemotePath":"cosn://my-bucket-1250000000/hpc-data/","MountParamsOption":"-oallow_other"}""",
        "CosOptions at /data/cos_mnt is not mounted")]
    [InlineData("""{"GooseFSOptions":[{"LocalPath":"/data","RemotePath":"/test-1251001001","FileSystemId":"g_cvm_7yu01w7y"}]}""",
        "GooseFSOptions at /data is not mounted")]
    public async Task Storage_add_reports_unmountable_input(string json, string words)
    {
        _node.Configure(Opt);
        var run = await Agent.RunAsync(_node, "storage", "add", "--json", _node.Write("/add.json", json), "--persist", "--dry-run");
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.StartsWith(
            "mount: nothing to do: the input contains no storage that can be mounted\n", run.Output, StringComparison.Ordinal);
        Assert.Contains($"warning: {_node.On("/add.json")}:1: {words}", run.Output, StringComparison.Ordinal);
    }
}
