using System.Text.Json;
using Thpc.NodeAgent.Tests.Support;

namespace Thpc.NodeAgent.Tests.Cli;

/// <summary>Live and dead NFS servers, systemd and mounts are in the boot test.</summary>
public sealed class DoctorTests
{
    private const string Id = "an-id-that-nobody-sees";
    private const string Key = "a-key-that-nobody-sees";

    [Fact]
    public async Task A_node_that_has_all_it_needs_is_well()
    {
        Needs.RootUser();
        using var cos = await CosStandin.StartSignedAsync(Id, Key, null);
        using var node = Node(cos.Url);

        var run = await Agent.RunAsync(node, Keys, "doctor");

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("credentials    credential of environment\n", run.Output, StringComparison.Ordinal);
        Assert.Contains($"script         cos://{CosStandin.Host}/echo.sh: {CosStandin.Script.Length} bytes, CRC-64 ", run.Output, StringComparison.Ordinal);
        Assert.Contains(", run by /bin/sh\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("nobody-sees", run.Output + run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_is_named_with_its_code_and_one_thing_to_do()
    {
        Needs.RootUser();
        using var cos = await CosStandin.StartSignedAsync(Id, "another-key", null);
        using var node = Node(cos.Url);
        node.AddScript("dos.sh", "#!/bin/sh\r\nexit 0\r\n");
        node.AddScript("perl.sh", "#!/no/such/perl\n");
        node.Configure("[[cfs]]\nlocal_path = \"/data\"\nremote_path = \"127.0.0.1:/\"\nprotocol = \"NFS 4.0\"\n");

        var run = await Agent.RunAsync(node, Keys, "doctor", "--json");

        Assert.Equal(5, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        var failures = json.RootElement.EnumerateArray().Where(item => item.GetProperty("verdict").GetString() == "fail").ToList();
        string[] codes = [.. failures.Select(item => $"{item.GetProperty("check").GetString()} {item.GetProperty("code").GetString()}")];
        Assert.Contains("script COS_FORBIDDEN", codes);
        Assert.Contains("script SCRIPT_BAD_FORMAT", codes);
        Assert.Contains("script SCRIPT_INTERPRETER_MISSING", codes);
        Assert.Contains("server MOUNT_UNREACHABLE", codes);
        Assert.Contains("mounts MOUNT_MISSING", codes);
        Assert.All(failures, item => Assert.NotEqual("", item.GetProperty("remedy").GetString()));
        Assert.DoesNotContain("nobody-sees", run.Output + run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_changes_nothing_and_says_what_the_last_run_met()
    {
        using var node = new TemporaryNode();
        node.AddScript("fails.sh", "#!/bin/sh\necho no luck; exit 3\n");
        await Agent.RunAsync(node, "bootstrap");
        var before = await ImageNodes.SnapshotAsync(node.Directory);

        var run = await Agent.RunAsync(node, "doctor");

        Assert.Equal(5, run.ExitCode);
        Assert.Contains("exited with 3; last output: no luck", run.Output, StringComparison.Ordinal);
        Assert.Equal(before, await ImageNodes.SnapshotAsync(node.Directory));
    }

    [Fact]
    public async Task Without_a_valid_configuration_the_rest_of_the_node_is_looked_at()
    {
        using var node = new TemporaryNode();
        node.Write("/etc/thpc/node-agent.toml", "[cluster]\nid = 1\n");

        var run = await Agent.RunAsync(node, "doctor");

        Assert.Equal(5, run.ExitCode);
        Assert.StartsWith("fail  configuration  CONFIG_INVALID ", run.Output, StringComparison.Ordinal);
        Assert.Contains("disk ", run.Output, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Keys => new() { ["TENCENTCLOUD_SECRET_ID"] = Id, ["TENCENTCLOUD_SECRET_KEY"] = Key };

    private static TemporaryNode Node(Uri cos)
    {
        var node = new TemporaryNode();
        node.Configure($"[cos]\nendpoint = \"{cos.GetLeftPart(UriPartial.Authority)}\"\n[[init_script]]\nscript_path = \"{CosStandin.Location("echo.sh")}\"\n");
        return node;
    }
}
