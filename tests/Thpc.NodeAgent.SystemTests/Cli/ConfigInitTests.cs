using Thpc.NodeAgent.Configuration;

namespace Thpc.NodeAgent.SystemTests.Cli;

public sealed class ConfigInitTests : IDisposable
{
    private const string Path = "/etc/thpc/node-agent.toml";
    private static readonly string[] Required = ["config", "init", "--cluster-id", "hpc-8hje8h12", "--node-role", "LOGIN"];

    private readonly TemporaryNode _node = new();

    public ConfigInitTests() => File.Delete(_node.On(Path));

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Options_suffice_without_a_terminal()
    {
        Directory.Delete(_node.On("/etc/thpc"));
        var run = await Agent.RunAsync(
            _node,
            [
                .. Required, "--init-script", "file:///a.sh", "--init-script", "file:///b.sh", "--local-path", "/data",
                "--remote-path", "h:/",
            ]);
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.StartsWith($"{Path}: written.", run.Output, StringComparison.Ordinal);
        Assert.Equal("-rw-r--r--", Mode(File.GetUnixFileMode(_node.On(Path))));
        var check = await Agent.RunAsync(_node, "config", "check");
        Assert.Equal(
            "The configuration is valid: LOGIN of hpc-8hje8h12, 2 init scripts, 1 file system.\n", check.Output);
    }

    [Fact]
    public async Task Existing_file_is_replaced_only_with_force()
    {
        _node.Write(Path, "# mine\n");
        var refused = await Agent.RunAsync(_node, Required);
        Assert.Equal(2, refused.ExitCode);
        Assert.StartsWith(
            $"thpc-node-agent: CONFIG_INVALID: {Path}: the file exists; nothing was written\n  → ",
            refused.Errors,
            StringComparison.Ordinal);
        Assert.Equal("# mine\n", _node.Read(Path));
        Assert.Equal(0, (await Agent.RunAsync(_node, [.. Required, "--force"])).ExitCode);
        Assert.Contains("\nnode_role = \"LOGIN\"\n", _node.Read(Path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--cluster-id hpc-8hje8h12", "--node-role is missing, and standard input is not a terminal; nothing was written")]
    [InlineData("--node-role LOGIN", "--cluster-id is missing, and standard input is not a terminal; nothing was written")]
    [InlineData("--cluster-id x --node-role LOGIN", "flag --cluster-id: cluster.id: \"x\" is not a cluster id")]
    [InlineData("--cluster-id hpc-8hje8h12 --node-role LOGIN --local-path /data", "flag --local-path: cfs[1].remote_path: is missing")]
    public async Task Invalid_options_are_named_and_nothing_is_written(string options, string message)
    {
        var before = _node.Tree();
        var run = await Agent.RunAsync(_node, ["config", "init", .. options.Split(' ')]);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"thpc-node-agent: CONFIG_INVALID: {message}", run.Errors, StringComparison.Ordinal);
        Assert.Equal(before, _node.Tree());
    }

    [Fact]
    public async Task Output_names_another_file()
    {
        var file = _node.On("/other.toml");
        var run = await Agent.RunAsync(_node, [.. Required, "--output", file]);
        Assert.Equal(0, run.ExitCode);
        Assert.False(_node.Has(Path));
        Assert.Equal(0, (await Agent.RunAsync(_node, "config", "check", "--config", file)).ExitCode);
    }

    [Fact]
    public async Task Terminal_is_asked_until_each_answer_is_valid()
    {
        var said = await OnTerminalAsync(
            "hpc-1", "hpc-8hje8h12", "", "compute", "", "foo", "file:///a.sh", "172.30.3.90:/", "/etc", "");
        Assert.Contains("  cluster.id: \"hpc-1\" is not a cluster id", said, StringComparison.Ordinal);
        Assert.Contains("  init_script[1].script_path: \"foo\" is not a script location", said, StringComparison.Ordinal);
        Assert.Contains("/etc", said, StringComparison.Ordinal);
        Assert.Contains($"{Path}: written.", said, StringComparison.Ordinal);
        var config = Configs.Load(_node.Read(Path)).Config;
        Assert.Equal(new ClusterSettings("hpc-8hje8h12", NodeRole.Compute, "SLURM", "NIS"), config.Cluster);
        Assert.Equal("file:///a.sh", Assert.Single(config.InitScripts).DisplayName);
        Assert.Equal("/opt", Assert.Single(config.Storage).LocalPath);
    }

    [Fact]
    public async Task Terminal_that_ends_leaves_no_file()
    {
        var said = await OnTerminalAsync("hpc-8hje8h12", "\u0004");
        Assert.Contains(
            "the input ended before the last answer; nothing was written", said.Replace("\r\n", " ", StringComparison.Ordinal),
            StringComparison.Ordinal);
        Assert.False(_node.Has(Path));
    }

    private static string Mode(UnixFileMode mode) =>
        "-" + string.Concat("rwxrwxrwx".Select((c, i) => ((int)mode & (1 << (8 - i))) != 0 ? c : '-'));

    private Task<string> OnTerminalAsync(params string[] answers) =>
        TestTerminal.RunAsync(_node, "config init", variables: "LC_ALL=C.UTF-8", answers: answers);
}
