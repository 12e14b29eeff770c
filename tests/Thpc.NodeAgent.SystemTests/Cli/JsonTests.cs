using System.CommandLine;
using System.Text;
using System.Text.Json;
using Thpc.NodeAgent.Cli;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Every command that prints a result prints it as JSON, and nothing else on standard output.</summary>
public sealed class JsonTests : IDisposable
{
    private const string Queue = """
        {"QueueConfigs":[{"QueueName":"compute","MaxSize":100,"ExpansionNodeConfigs":[{"InstanceType":"SA2.2XLARGE16"}]}]}
        """;

    private static readonly Dictionary<string, string> WithoutJson = new()
    {
        ["help"] = "text for people",
        ["completion"] = "a script for a shell",
    };

    private readonly TemporaryNode _node = new();

    /// <summary>Command lines, each with a property of the JSON object, or "" for an array.</summary>
    public static TheoryData<string, string> Lines => new()
    {
        { "bootstrap", "stages" },
        { "bootstrap --dry-run", "dry_run" },
        { "status", "stages" },
        { "doctor", "" },
        { "health", "" },
        { "bundle --output %n/b.tar.gz", "bytes" },
        { "errors", "" },
        { "script check", "stages" },
        { "script run", "stages" },
        { "storage list", "" },
        { "storage add", "stages" },
        { "storage add --dry-run", "dry_run" },
        { "storage add --dry-run --from %n/add.json", "dry_run" },
        { "storage remove /data", "stages" },
        { "storage remove /data --dry-run", "dry_run" },
        { "storage verify", "" },
        { "packages check", "packages" },
        { "packages install --dry-run", "dry_run" },
        { "image prep --yes", "" },
        { "image prep --dry-run", "dry_run" },
        { "image prep --list-operations", "" },
        { "image check", "" },
        { "config check", "valid" },
        { "config show", "cluster.id" },
        { "config show --network", "targets" },
        { "config init --cluster-id hpc-8hje8h12 --node-role LOGIN --output %n/first.toml", "file" },
        { "config schema", "properties" },
        { "guard", "removed" },
        { "fleet %n/fleet", "outcomes" },
        { "fleet explain ins-abc %n/fleet", "differences" },
        { "scaling match %n/queue.json --cpus 2 --memory 4", "queue" },
        { "scaling rounds %n/queue.json --nodes 4", "rounds" },
        { "scaling rounds %n/queue.json --nodes 4 --fleet %n/fleet", "prediction" },
        { "cam policy", "statement" },
    };

    public void Dispose() => _node.Dispose();

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Output_is_one_JSON_value(string line, string property)
    {
        Needs.RootUser();
        _node.Write(
            "/var/lib/dpkg/status",
            "Package: base-files\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nDescription: one\n\n");
        Directory.CreateDirectory(_node.On("/var/lib/dpkg/info"));
        Directory.CreateDirectory(_node.On("/var/lib/dpkg/updates"));
        if (line.StartsWith("storage remove", StringComparison.Ordinal))
        {
            _node.Write("/etc/fstab", "10.0.0.1:/ /data nfs4 vers=4.0,_netdev,nofail,x-thpc.cluster=hpc-8hje8h12 0 0\n");
        }

        _node.Write("/add.json", """{"LocalPath":"/data","RemotePath":"127.0.0.1:/","Protocol":"NFS 4.0"}""");
        _node.Write("/queue.json", Queue);
        _node.Write("/fleet/ins-abc.json", Encoding.UTF8.GetString(ReportJson.Write(Reports.Succeeded)));
        _node.AddScript("a.sh", "#!/bin/sh\necho ran\n");
        if (line == "status")
        {
            await Agent.RunAsync(_node, "bootstrap");
        }

        var run = await Agent.RunAsync(_node, [.. line.Replace("%n", _node.Directory, StringComparison.Ordinal).Split(' '), "--json"]);
        if (run.Output.Length == 0)
        {
            Assert.Fail($"exit {run.ExitCode}: {run.Errors}");
        }

        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(property.Length == 0 ? JsonValueKind.Array : JsonValueKind.Object, json.RootElement.ValueKind);
        Assert.True(property.Length == 0 || json.RootElement.TryGetProperty(property, out _), run.Output);
    }

    [Fact]
    public void Every_command_has_json_and_a_row()
    {
        var rows = Lines.Select(row => row.Data.Item1).ToList();
        foreach (var (name, command) in Runnable(AgentCommand.Create(), ""))
        {
            var options = command.Options.Select(option => option.Name).ToList();
            if (WithoutJson.ContainsKey(name))
            {
                Assert.DoesNotContain("--json", options);
                continue;
            }

            Assert.Contains("--json", options);
            Assert.Contains(rows, row => row == name || row.StartsWith($"{name} ", StringComparison.Ordinal));
            Assert.True(
                !options.Contains("--dry-run") || rows.Exists(row => row.StartsWith($"{name} ", StringComparison.Ordinal)
                    && row.Contains("--dry-run", StringComparison.Ordinal)),
                name);
        }
    }

    [Fact]
    public async Task Plan_has_stages_steps_details_and_refusals()
    {
        Needs.RootUser();
        _node.AddScript("a.sh", "#!/bin/sh\necho ran\n");
        _node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\nprotocol = \"NFS 4.0\"\n");
        _node.Write("/etc/fstab", "10.9.9.9:/x /data nfs rw 0 0\n");
        var before = _node.Tree();
        var run = await Agent.RunAsync(_node, "bootstrap", "--dry-run", "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(before, _node.Tree());
        using var json = JsonDocument.Parse(run.Output);
        var stages = json.RootElement.GetProperty("stages").EnumerateArray().ToList();
        Assert.Equal(["packages", "script", "mount"], stages.Select(stage => stage.GetProperty("name").GetString()));
        Assert.Equal(JsonValueKind.String, stages[0].GetProperty("reason").ValueKind);
        Assert.Contains(
            stages[1].GetProperty("steps").EnumerateArray(),
            step => step.GetProperty("summary").GetString()!.StartsWith("run init script 1", StringComparison.Ordinal)
                && step.GetProperty("details").GetArrayLength() > 0 && step.GetProperty("code").ValueKind == JsonValueKind.Null);
        Assert.Contains(
            stages[2].GetProperty("steps").EnumerateArray(), step => step.GetProperty("code").GetString() == "MOUNT_CONFLICT");
    }

    [Fact]
    public async Task Config_check_lists_problems()
    {
        _node.Configure("[cos]\nendpiont = \"x\"\n[mount]\ntimeout = 0\n");
        var run = await Agent.RunAsync(_node, "config", "check", "--json");
        Assert.Equal(2, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        Assert.False(json.RootElement.GetProperty("valid").GetBoolean());
        Assert.Equal(2, json.RootElement.GetProperty("problems").GetArrayLength());
        Assert.StartsWith("thpc-node-agent: CONFIG_INVALID: ", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("storage add --dry-run --from %f --json", 0)]
    [InlineData("storage add --dry-run --json --from %f", 0)]
    [InlineData("storage add --dry-run --json %f", 0)]
    [InlineData("storage add --dry-run --from %f --json %f", 2)]
    [InlineData("storage add --dry-run --from %f --local-path /x", 2)]
    public async Task Storage_add_reads_a_file_and_prints_json(string line, int exitCode)
    {
        var file = _node.Write("/add.json", """{"LocalPath":"/data","RemotePath":"127.0.0.1:/","Protocol":"NFS 4.0"}""");
        var run = await Agent.RunAsync(_node, line.Replace("%f", file, StringComparison.Ordinal).Split(' '));
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal(exitCode == 0, run.Output.Contains("mount 127.0.0.1:/ on /data", StringComparison.Ordinal));
        var isJson = line.EndsWith("--json", StringComparison.Ordinal) || line.Contains("--json --from", StringComparison.Ordinal);
        Assert.Equal(isJson, run.Output.StartsWith('{'));
    }

    [Fact]
    public async Task Bundle_on_standard_output_excludes_json()
    {
        var run = await Agent.RunAsync(_node, "bundle", "--output", "-", "--json");
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains("--output FILE", run.Errors, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Name, Command Command)> Runnable(Command command, string above) =>
        command.Subcommands.SelectMany(child => (child.Action is null ? [] : ((string, Command)[])[(above + child.Name, child)])
            .Concat(Runnable(child, $"{above}{child.Name} ")));
}
