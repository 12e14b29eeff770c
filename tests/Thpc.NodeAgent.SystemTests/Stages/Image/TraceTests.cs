using Thpc.NodeAgent.Stages.Image;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.SystemTests.Stages.Image;

public sealed class TraceTests
{
    // Lines that the rules remove or change, and lines that they keep.
    private const string Texts =
        """
        # comment
        ypserver 10.0.0.1
        domain hpc server 10.0.0.1
        NISDOMAIN=hpc
        NETCONFIG_NIS_STATIC_SERVERS="10.0.0.1"
        NISMASTER=10.0.0.1
        SLURMD_OPTIONS="--conf-server ctl:6817 -Z"
        default-duid "\000\001";
        OTHER=kept

        """;

    // /etc/sysconfig/network is a file on Red Hat systems and a directory on SUSE.
    [Theory]
    [InlineData("/etc/sysconfig/network")]
    [InlineData("/etc/sysconfig/network/config")]
    public async Task Check_finds_and_prep_removes_every_trace_and_keeps_other_files(string other)
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        List<(string Operation, string Path)> seeded = [];
        List<string> kept = [];
        foreach (var (trace,
            pattern) in Traces.All.SelectMany(
                trace => trace.Patterns.Where(pattern => pattern != other).Select(pattern => (trace, pattern))))
        {
            var path = pattern.Replace("*", "1", StringComparison.Ordinal);
            path = trace.Kind switch
            {
                TraceKind.FilesBelow => path + "/deep/slurm.conf",
                TraceKind.Content => path + "/deep/file",
                _ when trace.Named is not null => TreePath.Parent(path) + "/slurm.conf",
                _ => path,
            };
            if (!node.Has(path))
            {
                node.Write(path, trace.Kind == TraceKind.Lines ? Texts : "x");
            }

            seeded.Add((trace.Operation, path));
            if (TreePath.Parent(path) is not "/etc/munge" and not "/usr/local/etc/munge" && trace.Kind != TraceKind.Content)
            {
                kept.Add(TreePath.Parent(path) + "/neighbour");
                node.Write(kept[^1], "kept");
            }
        }

        var check = await Agent.RunAsync(node, "image", "check", "--json");
        Assert.Equal(5, check.ExitCode);
        var found = check.Items().Select(item => (item.Operation, item.Path)).ToHashSet();
        Assert.All(seeded, item => Assert.Contains(item, found));

        var prep = await Agent.RunAsync(node, "image", "prep", "--yes", "--operations", "all");
        Assert.True(prep.ExitCode == 0, prep.Errors + prep.Output);
        Assert.Equal(0, (await Agent.RunAsync(node, "image", "check")).ExitCode);
        Assert.All(kept, path => Assert.True(node.Has(path), path));
        Assert.All(
            seeded, item =>
                Assert.True(!node.Has(item.Path) || node.Read(item.Path).Contains("OTHER=kept", StringComparison.Ordinal), item.Path));
        Assert.Contains("SLURMD_OPTIONS=\"-Z\"", node.Read("/etc/default/slurmd"), StringComparison.Ordinal);
        Assert.DoesNotContain("ypserver 10", node.Read("/etc/yp.conf"), StringComparison.Ordinal);
        Assert.Contains("NISMASTER=\"\"\n", node.Read("/etc/default/nis"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_named_in_configurations_are_removed()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        string[] keys = ["/secrets/jwt.key", "/secrets/jwks.json", "/state/jwt_hs256.key", "/secrets/munge", "/cm/slurm/spool/cred_state"];
        foreach (var path in (string[])[.. keys, "/state/other", "/plain/cred_state"])
        {
            node.Write(path, "x");
        }

        node.Write(
            "/usr/local/slurm/etc/slurm.conf",
            "authaltparameters=jwt_key=/secrets/jwt.key,jwks=/secrets/jwks.json\nStateSaveLocation = /state/ # ours\n"
                + "SlurmdSpoolDir=/cm/slurm/spool\n#SlurmdSpoolDir=/plain\n");
        node.Write("/etc/sysconfig/munge", "OPTIONS=\"--key-file=/secrets/munge --force\"\n");
        var run = await Agent.RunAsync(node, "image", "prep", "--yes", "--operations", "scheduler-keys");
        Assert.True(run.ExitCode == 0, run.Errors + run.Output);
        Assert.All(keys, path => Assert.False(node.Has(path), path));
        Assert.True(node.Has("/state/other") && node.Has("/plain/cred_state") && node.Has("/etc/sysconfig/munge"));
    }

    [Fact]
    public async Task File_found_by_two_rules_is_listed_and_removed_once()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        node.Write("/etc/slurm/slurm.conf", "AuthAltParameters=jwt_key=/etc/slurm/jwt.key\n");
        node.Write("/etc/slurm/jwt.key", "x");
        var found = (await Agent.RunAsync(node, "image", "check", "--json", "--operations", "scheduler-keys")).Items();
        Assert.Equal(["/etc/slurm/jwt.key", "/etc/slurm/slurm.conf"], found.Select(item => item.Path));
        Assert.Equal(found, (await Agent.RunAsync(node, "image", "prep", "--yes", "--json", "--operations", "scheduler-keys")).Items());
    }

    [Fact]
    public async Task Link_in_place_of_a_directory_is_reported_and_not_followed()
    {
        Needs.RootUser();
        using var node = new TemporaryNode();
        node.Write("/elsewhere/slurm.conf", "x");
        node.Link("/etc/slurm", "/elsewhere");
        node.Link("/etc/munge", "/elsewhere");
        var run = await Agent.RunAsync(node, "image", "check", "--operations", "scheduler-keys");
        Assert.Equal(5, run.ExitCode);
        Assert.Contains("problem: /etc/slurm is a symbolic link, which is not followed: skipped", run.Output, StringComparison.Ordinal);
        Assert.Contains("problem: /etc/munge is a symbolic link, which is not followed: skipped", run.Output, StringComparison.Ordinal);
    }
}
