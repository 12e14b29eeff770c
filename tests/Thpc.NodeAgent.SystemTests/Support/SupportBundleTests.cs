using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Support;

/// <summary>The boot test covers units, journal and dead mounts.</summary>
public sealed class SupportBundleTests : IDisposable
{
    private static readonly string[] Secrets = ["keyOfTheFile0123456789", "idOfTheFile0123456789", "keyOfTheEnvironment01234",
        "signatureInTheUrl0123", "passwordInTheLog01234", "privateKeyInTheLog0123"];

    private readonly TemporaryNode _node = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Bundle_has_reports_and_logs_without_secrets()
    {
        Needs.RootUser();
        File.SetUnixFileMode(
            _node.Write("/etc/thpc/cos-credentials.toml", $"secret_id = \"{Secrets[1]}\"\nsecret_key = \"{Secrets[0]}\"\n"),
            UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _node.AddScript(
            "talks.sh",
            $"#!/bin/sh\necho 'db password={Secrets[4]}' {Secrets[0]}\n"
                + $"printf '%s\\n' '-----BEGIN PRIVATE KEY-----' {Secrets[5]}\nexit 3\n");
        _node.Configure($"[[init_script]]\nscript_path = \"https://127.0.0.1:1/later.sh?sign={Secrets[3]}\"\n");
        _node.Write("/etc/fstab", "/dev/vda1 / ext4 rw 0 1\n");
        await Agent.RunAsync(_node, "bootstrap");

        var run = await RunAsync("bundle", "--output", _node.On("/b.tar.gz"));

        Assert.True(run.ExitCode == 0, run.Errors);
        var files = await UnpackAsync(_node.On("/b.tar.gz"));
        Assert.Equal(
            ["agent.txt", "doctor.json", "fstab", "log/init-script-1.log", "mountinfo", "node-agent.toml", "os-release", "report.json",
                "summary.txt", "thpc_preinstalled.json"], files.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("exited with 3", files["report.json"], StringComparison.Ordinal);
        Assert.Contains("db password=[redacted]", files["log/init-script-1.log"], StringComparison.Ordinal);
        Assert.Contains("\"check\": \"last run\"", files["doctor.json"], StringComparison.Ordinal);
        Assert.All(files.Values, text => Assert.All(Secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_node.On("/b.tar.gz")));

        var summary = files["summary.txt"].Split('\n');
        Assert.Equal((await Agent.RunAsync(_node, "status")).Output.Split('\n')[1..3], summary[1..3]);
        Assert.StartsWith("bootstrap failed: SCRIPT_FAILED: ", summary[0], StringComparison.Ordinal);
        Assert.Contains(summary, line => line.StartsWith("doctor: ", StringComparison.Ordinal));
        Assert.Contains(summary, line => line.StartsWith("ok    disk  ", StringComparison.Ordinal));
        Assert.All(
            files.Keys.Where(name => name != "summary.txt"),
            name => Assert.Single(summary, line => line.StartsWith($"  {name} ", StringComparison.Ordinal)));
        Assert.Contains(
            summary, line => line.StartsWith("hidden as [redacted], ", StringComparison.Ordinal)
                && line.Contains("log/init-script-1.log (3)", StringComparison.Ordinal));
        Assert.DoesNotContain("not complete:", summary);
    }

    [Fact]
    public async Task Bundle_unpacks_into_one_folder_of_the_node_and_time()
    {
        _node.Write("/etc/hostname", "../node 417.example\n");
        var run = await RunAsync("bundle", "--output", _node.On("/b.tar.gz"), "--lang", "zh");
        Assert.True(run.ExitCode == 0, run.Errors);
        var listed = await ProgramRunner.RunAsync(["tar", "-tvzf", _node.On("/b.tar.gz")], TimeSpan.FromMinutes(1), Cancel);
        var lines = listed.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("drwx------ ", lines[0], StringComparison.Ordinal);
        Assert.All(lines, line => Assert.Matches(" thpc-node-agent-bundle----node-417-example-20[0-9]{6}T[0-9]{6}Z/", line));
        Assert.StartsWith("该节点上没有任何运行的报告\n", (await UnpackAsync(_node.On("/b.tar.gz")))["summary.txt"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Summary_names_reports_of_earlier_runs_and_what_could_not_be_read()
    {
        Needs.RootUser();
        _node.AddScript("fails.sh", "#!/bin/sh\nexit 3\n");
        for (var run = 0; run < 3; run++)
        {
            await Agent.RunAsync(_node, "bootstrap");
        }

        File.Delete(_node.On("/etc/fstab"));
        Directory.CreateDirectory(_node.On("/etc/fstab"));
        await RunAsync("bundle", "--output", _node.On("/b.tar.gz"));
        var files = await UnpackAsync(_node.On("/b.tar.gz"));
        foreach (var name in (string[])["report.1.json", "report.2.json", "log/init-script-1.log.1", "log/init-script-1.log.2"])
        {
            Assert.Contains($"  {name} ", files["summary.txt"], StringComparison.Ordinal);
            Assert.True(files.ContainsKey(name), name);
        }

        Assert.Contains("\nnot complete:\n  fstab: could not be read: ", files["summary.txt"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bundle_includes_invalid_configuration()
    {
        _node.Write("/etc/thpc/node-agent.toml", "[cluster\nsecret = \"secretOfABrokenFile\"\nid = 1\n");

        var run = await RunAsync("bundle");

        Assert.True(run.ExitCode == 0, run.Errors);
        var file = Assert.Single(Directory.GetFiles(_node.On("/var/lib/thpc-node-agent"), "bundle-*.tar.gz"));
        Assert.StartsWith(file, run.Output, StringComparison.Ordinal);
        var files = await UnpackAsync(file);
        Assert.Contains("id = 1", files["node-agent.toml"], StringComparison.Ordinal);
        Assert.Contains("CONFIG_INVALID", files["doctor.json"], StringComparison.Ordinal);
        Assert.All(files.Values, text => Assert.DoesNotContain("secretOfABrokenFile", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Large_script_logs_keep_bundle_small()
    {
        for (var i = 0; i < 40; i++)
        {
            _node.Write(
                $"/var/log/thpc-node-agent/init-script-{i}.log",
                string.Concat(Enumerable.Range(0, 40_000).Select(line => $"line {line} of log {i}\n")));
        }

        var run = await RunAsync("bundle", "--output", _node.On("/b.tar.gz"));

        Assert.True(run.ExitCode == 0, run.Errors);
        var files = await UnpackAsync(_node.On("/b.tar.gz"));
        Assert.InRange(files.Values.Sum(text => text.Length), 1 << 20, 9 << 20);
        Assert.Contains("line 0 of log 0\n", files["log/init-script-0.log"], StringComparison.Ordinal);
        Assert.Contains("line 39999 of log 0\n", files["log/init-script-0.log"], StringComparison.Ordinal);
        Assert.StartsWith("left out: ", files["log/init-script-9.log"], StringComparison.Ordinal);
        Assert.Contains("  log/init-script-9.log: left out: ", files["summary.txt"], StringComparison.Ordinal);
    }

    // A regular expression that backtracks at each digit would take 15 minutes.
    [Fact]
    public async Task Hexadecimal_logs_are_redacted_in_time()
    {
        var digits = string.Concat(Enumerable.Repeat("0123456789abcdef", 16 << 10));
        for (var i = 1; i <= 10; i++)
        {
            _node.Write($"/var/log/thpc-node-agent/init-script-{i}.log", digits);
        }

        var run = await RunAsync("bundle", "--output", _node.On("/b.tar.gz"));

        Assert.True(run.ExitCode == 0, run.Errors);
        var files = await UnpackAsync(_node.On("/b.tar.gz"));
        Assert.Equal(digits, files["log/init-script-1.log"]);
    }

    private Task<AgentRun> RunAsync(params string[] arguments) =>
        Agent.RunAsync(
            _node, new Dictionary<string, string> { ["TENCENTCLOUD_SECRET_ID"] = "x", ["TENCENTCLOUD_SECRET_KEY"] = Secrets[2] },
            arguments);

    /// <summary>Extracts the bundle with tar.</summary>
    private static async Task<Dictionary<string, string>> UnpackAsync(string archive)
    {
        var directory = Directory.CreateTempSubdirectory("thpc-bundle-").FullName;
        try
        {
            var tar = await ProgramRunner.RunAsync(["tar", "-xzf", archive, "-C", directory], TimeSpan.FromMinutes(1), Cancel);
            Assert.True(tar.Succeeded, tar.Output);
            var folder = Assert.Single(Directory.EnumerateFileSystemEntries(directory));
            return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .ToDictionary(file => Path.GetRelativePath(folder, file), File.ReadAllText, StringComparer.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
