using System.Text.Json;

namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>The boot test covers NFS servers, systemd and mounts.</summary>
public sealed class DoctorTests
{
    private const string Id = "an-id-for-tests";
    private const string Key = "a-key-for-tests";

    [Fact]
    public async Task Healthy_node_has_no_failures()
    {
        Needs.RootUser();
        using var cos = await CosStandin.StartSignedAsync(Id, Key, null);
        using var node = Node(cos.Url);

        var run = await Agent.RunAsync(node, Keys, "doctor");

        Assert.True(run.ExitCode == 0, run.Output + run.Errors);
        Assert.Contains("credentials    credential of environment\n", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            $"script         cos://{CosStandin.Host}/echo.sh: {CosStandin.Script.Length} bytes, CRC-64 ", run.Output,
            StringComparison.Ordinal);
        Assert.Contains(", run by /bin/sh\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("fail ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("for-tests", run.Output + run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failures_have_code_and_fix()
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
        Assert.All(failures, item => Assert.NotEqual("", item.GetProperty("fix").GetString()));
        Assert.DoesNotContain("for-tests", run.Output + run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_changes_nothing_and_reports_last_failure()
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
    public async Task Other_checks_run_with_invalid_configuration()
    {
        using var node = new TemporaryNode();
        node.Write("/etc/thpc/node-agent.toml", "[cluster]\nid = 1\n");

        var run = await Agent.RunAsync(node, "doctor");

        Assert.Equal(5, run.ExitCode);
        Assert.StartsWith("doctor: 1 of 4 checks failed: CONFIG_INVALID: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("disk ", run.Output, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Keys => new() { ["TENCENTCLOUD_SECRET_ID"] = Id, ["TENCENTCLOUD_SECRET_KEY"] = Key };

    private static TemporaryNode Node(Uri cos)
    {
        var node = new TemporaryNode();
        node.Configure(
            $"[cos]\nendpoint = \"{cos.GetLeftPart(UriPartial.Authority)}\"\n[[init_script]]\nscript_path = "
                + $"\"{CosStandin.Location("echo.sh")}\"\n");
        return node;
    }
}
