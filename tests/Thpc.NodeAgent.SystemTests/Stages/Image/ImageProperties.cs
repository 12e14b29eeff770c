using System.Text;
using CsCheck;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.SystemTests.Stages.Image;

/// <summary>Random nodes with leftovers of an old cluster and its users among unrelated files.</summary>
public sealed class ImageProperties
{
    private const string Passwd =
        "root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/bash\nbob:x:1001:1001::/people/bob:/bin/sh\n"
            + "nobody:x:65534:65534::/nonexistent:/bin/false\n";
    private const string Properties = "# ours\ngoosefs.home=/x\n";
    private const string Mine = "# mine\nUUID=1\t/ ext4 defaults 0 1\n\n/srv/y\t/y none bind\n";

    private static readonly string[] Names = ["a", "-rf", "--", "new\nline", "tab\tbed", " ", "*", "$(id)", "back\\slash", "'\"", "..x",
        ".hidden", Utf8("é数😀"), "\u00ff\u00fe", "\u0001", new string('n', 240)];

    // {0} is a name. The expected findings are listed here by hand, independent of the operations' own tables.
    private static readonly (string Operation, string Path)[] Changes =
    [
        ("ssh", "/root/.ssh/{0}"), ("ssh", "/root/.ssh/deep/er/{0}"),
        ("agent-state", "/var/lib/thpc-node-agent/{0}"), ("agent-state", "/var/lib/thpc-node-agent/scripts/{0}"),
        ("agent-state", "/var/log/thpc-node-agent/{0}"), ("agent-state", "/run/thpc-node-agent/ready"),
        ("cluster-config", "/etc/thpc/cos-credentials.toml"), ("fstab", "/etc/systemd/system/thpc-goosefs-g.service"),
        ("fstab", "/etc/systemd/system/multi-user.target.wants/thpc-goosefs-g.service"),
        ("fstab", "/usr/local/goosefs/conf/goosefs-site.properties"), ("fstab", "/data/goosefs-1.4.2/conf/goosefs-site.properties"),
        ("users-ssh", "/home/alice/.ssh/{0}"), ("users-ssh", "/people/bob/.ssh/{0}"),
        ("ssh-host-keys", "/etc/ssh/ssh_host_rsa_key"), ("ssh-host-keys", "/etc/ssh/ssh_host_ed25519_key.pub"),
        ("machine-id", "/etc/machine-id"), ("machine-id", "/var/lib/dbus/machine-id"), ("machine-id", "/var/lib/systemd/random-seed"),
        ("cloud-init", "/var/lib/cloud/instances/{0}/obj.pkl"), ("cloud-init", "/var/lib/cloud/data/{0}"),
        ("cloud-init", "/var/log/cloud-init-output.log"),
        ("logs", "/var/log/{0}"), ("logs", "/var/log/app/{0}.1"), ("logs", "/var/log/messages-20260301"),
        ("logs", "/var/log/journal/0123/{0}.journal"), ("logs", "/var/log/dpkg.log.2.gz"),
        ("history", "/root/.bash_history"), ("history", "/home/alice/.python_history"),
        ("history", "/people/bob/.local/share/fish/fish_history"),
        ("tmp", "/tmp/{0}"), ("tmp", "/tmp/d/{0}/deep"), ("tmp", "/var/tmp/{0}"),
        ("dhcp", "/var/lib/dhcp/dhclient.eth0.leases"), ("dhcp", "/var/lib/NetworkManager/internal-1-eth0.lease"),
        ("dhcp", "/run/systemd/netif/leases/2"),
        ("package-cache", "/var/cache/apt/archives/{0}.deb"), ("package-cache", "/var/lib/apt/lists/{0}"),
        ("package-cache", "/var/cache/dnf/r/{0}"), ("package-cache", "/var/cache/zypp/{0}"),
        ("scheduler-keys", "/etc/munge/munge.key"), ("scheduler-keys", "/etc/defaultdomain"), ("scheduler-keys", "/var/yp/binding/{0}"),
        ("scheduler-keys", "/etc/slurm/slurm.conf"), ("scheduler-keys", "/etc/slurm-llnl/jwt.key"),
        ("scheduler-keys", "/var/spool/slurmd/{0}"),
        ("scheduler-keys", "/etc/munge/{0}"), ("scheduler-keys", "/root/munge.key.old"), ("scheduler-keys", "/opt/slurm/etc/slurm.conf~"),
        ("scheduler-keys", "/opt/gridengine/default/common/act_qmaster"), ("scheduler-keys", "/var/lib/slurm/slurmd/{0}"),
        ("machine-id", "/var/lib/wicked/duid.xml"), ("machine-id", "/var/lib/NetworkManager/secret_key"),
        ("machine-id", "/etc/iscsi/initiatorname.iscsi"), ("network-config", "/etc/udev/rules.d/70-persistent-net.rules"),
    ];

    private static readonly string[] Unrelated =
    [
        "/root/{0}", "/root/ssh/{0}", "/etc/{0}", "/etc/thpc/{0}", "/etc/ssh/sshd_config", "/etc/ssh/ssh_host",
        "/etc/systemd/system/other.service", "/etc/systemd/system/multi-user.target.wants/{0}", "/home/alice/{0}", "/home/alice/.sshx/{0}",
        "/people/bob/.bash_historyx", "/var/lib/cloud/seed/nocloud/{0}", "/var/lib/{0}", "/var/lib/thpc-node-agentx/{0}", "/var/logs/{0}",
        "/tmpx/{0}", "/var/tmpx/{0}", "/data/{0}", "/var/cache/apt/archives/lock", "/var/cache/man/{0}",
        "/var/lib/dhcp/{0}.conf", "/etc/slurm/README", "/etc/slurm/slurm.conf.example", "/etc/ssh/ssh_host_ca_key",
        "/var/lib/cloud/scripts/per-boot/{0}", "/etc/udev/rules.d/75-persistent-net-generator.rules", "/usr/local/etc/{0}",
        "/var/yp/nicknames", "/var/lib/systemd/timers/{0}", "/nonexistent/.ssh/{0}",
    ];

    private static readonly string[] SharedLines = ["10.0.0.1:/ /opt nfs vers=3,nolock 0 0\n",
        "10.0.0.2:/ /d nfs4 x-thpc.cluster=hpc-8hje8h12,nofail 0 0\n", "10.0.0.3@tcp0:/1/cfs /t lustre user_xattr 0 0\n",
        "/dev/vdb /disk ext4 defaults 0 2\n", "//10.9.9.9/y\t/s cifs rw\n"];

    private static readonly Gen<Node> Nodes = Gen.Select(
        Gen.Select(Gen.Int[0, Changes.Length - 1], Gen.Int[0, Names.Length - 1]).Array[0, 14],
        Gen.Select(Gen.Int[0, Unrelated.Length - 1], Gen.Int[0, Names.Length - 1]).Array[0, 10],
        Gen.Int[0, 31],
        Gen.Bool.Array[7],
        (changes, unrelated, lines, flags) => new Node(changes, unrelated, lines, flags));

    [Fact]
    public async Task Prep_removes_exactly_what_check_finds()
    {
        Needs.RootUser();
        await Nodes.SampleAsync(CheckAndPrepAsync, iter: 60, threads: 1);
    }

    private static async Task CheckAndPrepAsync(Node given)
    {
        using var outside = new TemporaryNode();
        outside.Write("/directory/file", "outside");
        using var node = new TemporaryNode();
        try
        {
            await CheckAndPrepAsync(given, node, outside);
        }
        finally
        {
            // .NET cannot remove names that are not valid UTF-8.
            await ProgramRunner.RunAsync(
                ["find", node.Directory, "-mindepth", "1", "-delete"], TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        }
    }

    private static async Task CheckAndPrepAsync(Node given, TemporaryNode node, TemporaryNode outside)
    {
        node.Write("/etc/passwd", Passwd);
        List<(string Operation, string Path)> seeded = [];
        HashSet<string> unrelated = [];
        foreach (var (template, name) in given.Unrelated)
        {
            var path = Unrelated[template].Replace("{0}", Names[name], StringComparison.Ordinal);
            node.WriteRaw(path, $"innocent {path}");
            unrelated.Add(path);
        }

        foreach (var (template, name) in given.Changes)
        {
            var (operation, pattern) = Changes[template];
            var path = pattern.Replace("{0}", Names[name], StringComparison.Ordinal);
            node.WriteRaw(path, operation == "fstab" ? Properties + $"goosefs.master.hostname={path}\n" : $"leftover {path}");
            seeded.Add((operation, path));
        }

        var lines = SharedLines.Where((_, index) => (given.Lines & (1 << index)) != 0).ToList();
        node.Write(
            "/etc/fstab", string.Concat(lines.Select((line, index) => index == 1 ? Mine + line : line)) + (lines.Count < 2 ? Mine : ""));
        seeded.AddRange(lines.Select(
            line => (line.StartsWith("//", StringComparison.Ordinal) ? "network-mounts" : line.StartsWith('/') ? "data-disks" : "fstab",
                "/etc/fstab")));
        AddLinks(node, outside, given.Flags, seeded, unrelated);

        var before = await ImageNodes.SnapshotAsync(node.Directory);
        var beforeOutside = await ImageNodes.SnapshotAsync(outside.Directory);
        var check = await Agent.RunAsync(node, "image", "check", "--operations", "all", "--json");
        Assert.Equal(5, check.ExitCode);
        var found = check.Items();
        Assert.All(
            seeded, item =>
                Assert.Contains(found, other => (other.Operation, other.Path) == (item.Operation, TreePath.Display(item.Path))));
        Assert.Equal(before, await ImageNodes.SnapshotAsync(node.Directory));

        var prep = await Agent.RunAsync(node, "image", "prep", "--operations", "all", "--yes", "--json");
        Assert.True(prep.ExitCode == 0, prep.Errors);
        Assert.Equal(found, prep.Items().Where(item => item.Change != "create"));

        var after = await ImageNodes.SnapshotAsync(node.Directory);
        Assert.All(unrelated, path => Assert.Equal(before[path], after.GetValueOrDefault(path)));
        Assert.Equal(Mine, node.Read("/etc/fstab"));
        Assert.All(
            seeded.Where(item => item.Path.EndsWith(".properties", StringComparison.Ordinal)),
            item => Assert.Equal(Properties, node.Read(item.Path)));
        Assert.All(
            found.Where(item => item.Change == "remove"),
            item => Assert.DoesNotContain(after.Keys, path => TreePath.Display(path) == item.Path));
        Assert.Equal(beforeOutside, await ImageNodes.SnapshotAsync(outside.Directory));

        var again = await Agent.RunAsync(node, "image", "check", "--operations", "all", "--json");

        // A link in place of yum's cache stays uninspected.
        var isInspected = !unrelated.Contains("/var/cache/yum")
            || !File.GetAttributes(node.On("/var/cache/yum")).HasFlag(FileAttributes.ReparsePoint);
        Assert.Equal((isInspected ? 0 : 5, 0), (again.ExitCode, again.Items().Count));
        var second = await Agent.RunAsync(node, "image", "prep", "--operations", "all", "--yes", "--json");
        Assert.Equal((0, 0), (second.ExitCode, second.Items().Count));
        Assert.Equal(after.Where(NotTheLock), (await ImageNodes.SnapshotAsync(node.Directory)).Where(NotTheLock));
    }

    private static void AddLinks(
        TemporaryNode node, TemporaryNode outside, bool[] flags, List<(string Operation, string Path)> seeded, HashSet<string> unrelated)
    {
        void Seed(bool flag, string operation, string path, string target)
        {
            if (flag && !Path.Exists(node.On(path)))
            {
                node.Link(path, target);
                seeded.Add((operation, path));
            }
        }

        Seed(flags[0], "ssh", "/root/.ssh/out", outside.On("/directory/file"));
        Seed(flags[1], "tmp", "/tmp/out", outside.On("/directory"));
        Seed(flags[2], "users-ssh", "/home/alice/.ssh/up", "../../../data");
        if (flags[3] && !Path.Exists(node.On("/var/cache/yum")))
        {
            node.Link("/var/cache/yum", outside.On("/directory"));
            unrelated.Add("/var/cache/yum");
        }

        if (flags[4])
        {
            node.Link("/var/log/to-file", "../../data/kept");
            unrelated.Add("/var/log/to-file");
        }

        foreach (var (flag, operation,
            path) in ((bool, string, string)[])[(flags[5], "logs", "/var/log/hard"), (flags[6], "tmp", "/tmp/hard")])
        {
            if (flag)
            {
                var kept = $"/data/{operation}";
                node.Write(kept, "innocent");
                Directory.CreateDirectory(Path.GetDirectoryName(node.On(path))!);
                HardLink(node.On(kept), node.On(path));
                seeded.Add((operation, path));
                unrelated.Add(kept);
            }
        }
    }

    /// <summary>The lock file names its last holder.</summary>
    private static bool NotTheLock(KeyValuePair<string, string> item) => item.Key != "/run/thpc-node-agent/lock";

    private static void HardLink(string from, string to)
    {
        using var run = System.Diagnostics.Process.Start("ln", [from, to]);
        run.WaitForExit();
        Assert.Equal(0, run.ExitCode);
    }

    private static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    private sealed record Node((int Template, int Name)[] Changes, (int Template, int Name)[] Unrelated, int Lines, bool[] Flags);
}
