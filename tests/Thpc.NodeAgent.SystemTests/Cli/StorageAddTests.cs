namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>With real mounts of a GooseFS stand-in. The boot test covers NFS.</summary>
public sealed class StorageAddTests : IDisposable
{
    private const string Answer = """
        {"Response": {"RequestId": "x", "StorageOption": {
          "GooseFSOptions": [{"LocalPath": "/goosefs/", "RemotePath": "/", "Masters": "127.0.95.1:9200"},
                             {"LocalPath": "/sub", "RemotePath": "/sub", "Masters": ["127.0.95.1:9200"]}],
          "CosOptions": [{"LocalPath": "/bucket", "Bucket": "demo-1250000000"}], "LaterOptions": [{"Path": 1}]}}}
        """;

    private readonly TemporaryNode _node = new TemporaryNode().AddGooseFs();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Storage_is_mounted_once_by_options()
    {
        using var master = GooseFsNodes.Listen("127.0.95.2", 9200);
        var before = _node.Read("/etc/thpc/node-agent.toml");
        var said = await MountNamespace.RunAsync(_node, """
            agent storage add --local-path /goosefs --masters 127.0.95.2:9200 >/dev/null; echo "add $?"; cat $node/goosefs/file
            agent storage add --local-path /goosefs/ --masters 127.0.95.2:9200 | grep 'in place'
            grep -c ^mount $node/usr/local/goosefs/calls
            mkdir -p $node/run/thpc-node-agent; : >$node/run/thpc-node-agent/ready
            agent health; agent storage list
            """);
        Assert.StartsWith("add 0\nfrom the masters\n", said, StringComparison.Ordinal);
        Assert.Matches(
            "  in place already: /goosefs\n1\nok: /goosefs\nState .*\n"
                + "mounted +/goosefs +127.0.95.2:9200:/ +goosefs +unit +not configured, .* of ",
            said);
        Assert.Equal(before, _node.Read("/etc/thpc/node-agent.toml"));
    }

    [Fact]
    public async Task Api_response_is_mounted_and_persisted()
    {
        using var master = GooseFsNodes.Listen("127.0.95.1", 9200);
        _node.Configure("# a comment at the end");
        _node.Write("/answer.json", Answer);
        var before = _node.Read("/etc/thpc/node-agent.toml");
        var said = await MountNamespace.RunAsync(_node, """
            agent storage add --json $node/answer.json --persist; echo "add $?"; cat $node/sub/deep
            agent bootstrap; agent config check
            agent storage remove /sub --persist >/dev/null; echo "remove $?"
            agent storage add --json $node/answer.json --persist --dry-run
            agent storage add --json - --persist < $node/answer.json >/dev/null; echo "stdin $?"; cat $node/sub/deep
            """);
        Assert.Contains("add 0\nfrom a directory\n", said, StringComparison.Ordinal);
        Assert.Contains("CosOptions at /bucket is not mounted", said, StringComparison.Ordinal);
        Assert.Contains("LaterOptions at ", said, StringComparison.Ordinal);
        Assert.Contains("in place already: /goosefs, /sub", said, StringComparison.Ordinal);
        Assert.Contains("2 file systems.\nremove 0\n", said, StringComparison.Ordinal);
        Assert.Contains("mount: (in place already: /goosefs)\n", said, StringComparison.Ordinal);
        Assert.Contains("  would add /sub to /etc/thpc/node-agent.toml\n", said, StringComparison.Ordinal);
        Assert.EndsWith("stdin 0\nfrom a directory\n", said, StringComparison.Ordinal);
        var after = _node.Read("/etc/thpc/node-agent.toml");
        Assert.StartsWith(before, after, StringComparison.Ordinal);
        Assert.Contains("\n[[goosefs]]\nlocal_path = \"/sub\"\nremote_path = \"/sub\"\n", after, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_configured_storage_is_mounted()
    {
        using var master = GooseFsNodes.Listen("127.0.95.3", 9200);
        _node.Configure("[[goosefs]]\nlocal_path = \"/goosefs\"\nmasters = \"127.0.95.3:9200\"");
        var said = await MountNamespace.RunAsync(_node, """
            agent bootstrap >/dev/null
            printf '[[goosefs]]\nlocal_path = "/sub"\nremote_path = "/sub"\nmasters = "127.0.95.3:9200"\n' >>$node/etc/thpc/node-agent.toml
            agent storage add; cat $node/sub/deep; grep -c ^mount $node/usr/local/goosefs/calls
            """);
        Assert.Contains("\n  in place already: /goosefs\n", said, StringComparison.Ordinal);
        Assert.EndsWith("from a directory\n2\n", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mount -t tmpfs other $node/sub", "MOUNT_CONFLICT", "/sub has tmpfs other mounted")]
    [InlineData("echo x >$node/sub/mine", "MOUNT_CONFLICT", "GooseFS needs an empty directory to mount on, but /sub contains mine")]
    [InlineData("rmdir $node/sub; ln -s /etc $node/sub", "MOUNT_UNSAFE_PATH", "/sub leads to /etc")]
    public async Task Conflict_leaves_all_storage_unchanged(string obstacle, string code, string words)
    {
        using var master = GooseFsNodes.Listen("127.0.95.4", 9200);
        _node.Write("/answer.json", Answer.Replace("127.0.95.1", "127.0.95.4", StringComparison.Ordinal));
        var before = _node.Read("/etc/thpc/node-agent.toml");
        var said = await MountNamespace.RunAsync(
            _node, $"mkdir $node/sub; {obstacle}\nagent storage add --persist --json $node/answer.json; echo \"add $?\"; ls "
                + $"$node/goosefs; cat $node/errors");
        Assert.Contains("add 1\n", said, StringComparison.Ordinal);
        Assert.Contains($"thpc-node-agent: {code}: {words}", said, StringComparison.Ordinal);
        Assert.False(_node.Has("/usr/local/goosefs/calls"));
        Assert.False(Directory.Exists(_node.On("/goosefs")));
        Assert.Equal(before, _node.Read("/etc/thpc/node-agent.toml"));
    }

    [Fact]
    public async Task Other_configured_storage_is_a_conflict()
    {
        Needs.RootUser();
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"10.0.0.1:/\"");
        var run = await Agent.RunAsync(_node, "storage", "add", "--local-path", "/data", "--remote-path", "10.0.0.2:/");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("MOUNT_CONFLICT", run.Errors, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--local-path etc --remote-path h:/", "flag --local-path")]
    [InlineData("--local-path /data --remote-path nowhere", "flag --remote-path")]
    [InlineData("--local-path /data --remote-path h:/ --protocol SMB", "flag --protocol")]
    [InlineData("--local-path /data", "remote_path: is missing")]
    [InlineData("--json /nosuch.json", "the file does not exist")]
    [InlineData("--json /dev/null", "this is not JSON")]
    [InlineData("--json /x.json --local-path /data", "are both given")]
    public async Task Invalid_storage_exits_2_with_origin(string arguments, string words)
    {
        Needs.RootUser();
        var run = await Agent.RunAsync(_node, ["storage", "add", .. arguments.Split(' ')]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(words, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Uneditable_configuration_fails_before_mounting()
    {
        Needs.RootUser();
        using var master = GooseFsNodes.Listen("127.0.95.5", 9200);
        _node.Write("/etc/thpc/node-agent.toml", "goosefs = []\n" + TemporaryNode.Config);
        var run = await Agent.RunAsync(_node, "storage", "add", "--local-path", "/goosefs", "--masters", "127.0.95.5:9200", "--persist");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("nothing was changed", run.Errors, StringComparison.Ordinal);
        Assert.False(_node.Has("/usr/local/goosefs/calls"));
    }

    [Fact]
    public async Task Dry_run_changes_nothing()
    {
        var before = _node.Tree();
        var run = await Agent.RunAsync(
            _node, "storage", "add", "--local-path", "/data", "--remote-path", "127.0.0.1:/", "--protocol", "NFS 4.0", "--persist",
            "--dry-run");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(
            "would mount 127.0.0.1:/ on /data\n      mount -t nfs -o vers=4.0,noresvport,retry=0 127.0.0.1:/ /data\n      fstab: "
                + "127.0.0.1:/ /data nfs4 ", run.Output, StringComparison.Ordinal);
        Assert.Contains("  would add /data to /etc/thpc/node-agent.toml\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, _node.Tree());
    }
}
