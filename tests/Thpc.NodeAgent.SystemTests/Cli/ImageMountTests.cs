namespace Thpc.NodeAgent.SystemTests.Cli;

/// <summary>Mounts inside a node, and `image prep` on a running machine, which a chroot imitates.</summary>
public sealed class ImageMountTests : IDisposable
{
    // A chroot with this machine's programs and processes, in which the node is `/`. The folder keeps its name, because tests/mutation
    // reads from it which mutant is in use.
    private const string Live = """
        folder=$(basename "$(dirname "$executable")")
        mkdir -p "$node"/{proc,dev,usr,tmp,run} "$node/$folder"; cp "$executable" "$node/$folder/agent"
        mount --bind /usr "$node/usr"; mount --bind /proc "$node/proc"; mount --bind /dev "$node/dev"
        for d in bin sbin lib lib64; do ln -s usr/$d "$node/$d"; done
        live() { chroot "$node" "/$folder/agent" "$@" 2>>"$node/errors"; }

        """;

    private readonly TemporaryNode _node = new();

    public void Dispose() => _node.Dispose();

    [Fact]
    public async Task Mount_points_are_not_crossed()
    {
        var output = await MountNamespace.RunAsync(_node, """
            mkdir -p "$node"/{tmp/a/b/bind,tmp/a/c,var/log/deep/tmpfs,home/alice,data,root/.ssh} && cd "$node"
            echo 'alice:x:1000:1000::/home/alice:/bin/sh' >etc/passwd
            mkdir -p data/alice/.ssh; echo kept | tee data/one data/alice/.ssh/key data/file >/dev/null
            echo gone | tee tmp/a/x tmp/a/b/y tmp/a/c/z root/.ssh/key tmp/target >/dev/null
            mount --bind data tmp/a/b/bind; mount -t tmpfs tmpfs var/log/deep/tmpfs; echo kept >var/log/deep/tmpfs/log
            mount --bind data/alice home/alice; mount --bind data/file tmp/target
            agent image check --json >"$node/check" ; echo "check $?"
            agent image prep --yes --operations all; echo "prep $?"
            agent image check; echo "check $?"
            find tmp var/log root/.ssh data home -type f | sort; cat data/one data/alice/.ssh/key var/log/deep/tmpfs/log data/file
            """);
        Assert.Contains("check 5", output, StringComparison.Ordinal);
        Assert.Contains("prep 0", output, StringComparison.Ordinal);
        Assert.EndsWith("""
            check 0
            data/alice/.ssh/key
            data/file
            data/one
            home/alice/.ssh/key
            tmp/a/b/bind/alice/.ssh/key
            tmp/a/b/bind/file
            tmp/a/b/bind/one
            tmp/target
            var/log/deep/tmpfs/log
            kept
            kept
            kept
            kept

            """, output, StringComparison.Ordinal);
        Assert.DoesNotContain("alice", _node.Read("/check"), StringComparison.Ordinal);
        foreach (var place in (string[])["/tmp/a/b/bind", "/tmp/target", "/home/alice", "/var/log/deep/tmpfs"])
        {
            Assert.Contains($"warning: {place} is a mount point", _node.Read("/errors"), StringComparison.Ordinal);
        }
    }

    /// <summary>Only a local mount of a system directory belongs to the machine, and only on the machine itself.</summary>
    [Theory]
    [InlineData("live", "mount -t tmpfs tmpfs", "/tmp", "")]
    [InlineData("live", "bindfs $node/server", "/tmp", "/tmp/file\n")]
    [InlineData("live", "mount -t tmpfs tmpfs", "/root", "/root/.ssh/key\n")]
    [InlineData("agent", "mount -t tmpfs tmpfs", "/tmp", "/tmp/file\n")]
    public async Task Local_mounts_of_system_directories_are_crossed_on_the_running_machine(
        string how, string mount, string place, string left)
    {
        Needs.Program("bindfs");
        var output = await MountNamespace.RunAsync(_node, Live + $$"""
            mkdir -p "$node"/{server,root}; {{mount}} "$node{{place}}"
            mkdir -p "$node/root/.ssh"; touch "$node"/{tmp/file,root/.ssh/key}
            {{how}} image prep --yes --operations ssh,tmp >/dev/null; echo "prep $?"
            cd "$node"; find tmp root/.ssh -type f -printf '/%p\n'
            """);
        Assert.Equal($"prep 0\n{left}", output);
    }

    [Fact]
    public async Task Running_machine_keeps_open_files_and_runs_drop_ins_by_name()
    {
        _node.Write("/tmp/open", "x");
        _node.Write("/tmp/closed", "x");
        _node.Write("/tmp/stands/here/other", "x");
        _node.Write("/etc/thpc/image-prep.d/20-b", "#!/bin/sh\necho \"second $THPC_IMAGE_ROOT $THPC_SECRET\" >>/order; echo last words\n");
        _node.Write("/etc/thpc/image-prep.d/100-a", "#!/bin/sh\n[ -e /tmp/closed ] || echo first >>/order\n");
        _node.Write("/etc/thpc/image-prep.d/README", "not a program");
        var output = await MountNamespace.RunAsync(_node, Live + """
            chmod 755 "$node"/etc/thpc/image-prep.d/[0-9]*
            exec 5<"$node/tmp/open"; (cd "$node/tmp/stands/here" && exec sleep 60) & sleep 0.3
            THPC_SECRET=no live image prep --yes --operations defaults,tmp; echo "prep $?"
            live image check --operations defaults,tmp; echo "check $?"
            (cd "$node/tmp" && find . -type f -o -type d | sort); cat "$node/order"
            kill %1
            """);
        Assert.EndsWith("check 0\n.\n./open\n./stands\n./stands/here\nfirst\nsecond / \n", output, StringComparison.Ordinal);
        Assert.Contains("last words", output, StringComparison.Ordinal);
        Assert.Contains("README is not executable: not run", output, StringComparison.Ordinal);
        Assert.Contains("\"kernel_release\": \"", _node.Read("/root/thpc_preinstalled.json"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chmod 775 $d/10-a", 1, "must be owned by root and writable only by root")]
    [InlineData("chown 1000 $d/10-a", 1, "must be owned by root and writable only by root")]
    [InlineData("chmod 777 $d", 1, "must be owned by root and writable only by root")]
    [InlineData("ln -s /tmp/x $d/20-b", 1, "is not a regular file")]
    [InlineData("printf '#!/bin/sh\\necho it broke; exit 3\\n' >$d/10-a", 1, "exit code 3: it broke")]
    [InlineData("true", 0, "")]
    public async Task Failing_or_untrusted_drop_in_fails_the_run(string spoil, int exitCode, string words)
    {
        _node.Write("/etc/thpc/image-prep.d/10-a", "#!/bin/sh\n");
        var output = await MountNamespace.RunAsync(_node, Live + $$"""
            d=$node/etc/thpc/image-prep.d; chmod 755 $d $d/10-a; rm "$node/root/thpc_preinstalled.json"
            {{spoil}}
            live image prep --yes; echo "prep $?"
            ls "$node/root"
            """);
        Assert.Contains($"prep {exitCode}\n", output, StringComparison.Ordinal);
        Assert.Contains(words, output + _node.Read("/errors"), StringComparison.Ordinal);
        Assert.Equal(exitCode == 0, output.EndsWith("thpc_preinstalled.json\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rm -r /var/lib/cloud/instance; echo \"$*\" >/called", "cloud-init clean --logs: done")]
    [InlineData("echo no such command; exit 2", "cloud-init clean --logs: no such command")]
    public async Task Cloud_init_clean_runs_and_remaining_state_is_removed(string does, string words)
    {
        _node.Write("/var/lib/cloud/instance/obj.pkl", "x");
        _node.Write("/var/lib/cloud/data/instance-id", "x");
        _node.Write("/var/lib/cloud/seed/nocloud/user-data", "kept");
        var output = await MountNamespace.RunAsync(_node, Live + $$"""
            mount -t tmpfs tmpfs "$node/usr/local/bin"
            printf '#!/bin/sh\n%s\n' '{{does}}' >"$node/usr/local/bin/cloud-init"; chmod 755 "$node/usr/local/bin/cloud-init"
            live image prep --yes --operations cloud-init; echo "prep $?"
            live image check --operations cloud-init; echo "check $?"
            cd "$node/var/lib/cloud" && find . -type f
            """);
        Assert.Contains(words, output, StringComparison.Ordinal);
        Assert.EndsWith("check 0\n./seed/nocloud/user-data\n", output, StringComparison.Ordinal);
        Assert.Contains("prep 0\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cloud_init_clean_does_not_run_if_it_would_remove_user_scripts()
    {
        _node.Write("/var/lib/cloud/data/instance-id", "x");
        _node.Write("/var/lib/cloud/scripts/per-boot/mine", "kept");
        var output = await MountNamespace.RunAsync(_node, Live + $$"""
            mount -t tmpfs tmpfs "$node/usr/local/bin"
            printf '#!/bin/sh\nrm -r /var/lib/cloud/scripts\n' >"$node/usr/local/bin/cloud-init"; chmod 755 "$node/usr/local/bin/cloud-init"
            live image prep --yes --operations cloud-init; echo "prep $?"
            cd "$node/var/lib/cloud" && find . -type f
            """);
        Assert.EndsWith("prep 0\n./scripts/per-boot/mine\n", output, StringComparison.Ordinal);
        Assert.Contains("`cloud-init clean` and the programs in /etc/cloud/clean.d are not run", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prep_is_refused_while_a_bootstrap_runs()
    {
        var output = await MountNamespace.RunAsync(_node, Live + """
            mkdir -p "$node/run/thpc-node-agent" "$node/root/.ssh"; echo x >"$node/root/.ssh/key"
            exec 9>"$node/run/thpc-node-agent/lock"; flock 9
            live image prep --yes; echo "prep $?"
            ls "$node/root/.ssh"
            """);
        Assert.EndsWith("prep 4\nkey\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drop_ins_of_an_unpacked_image_do_not_run()
    {
        Needs.RootUser();
        var proof = _node.On("/proof");
        File.SetUnixFileMode(
            _node.Write("/etc/thpc/image-prep.d/10-a", $"#!/bin/sh\ntouch {proof}\n"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var run = await Agent.RunAsync(_node, "image", "prep", "--yes");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("drop-ins of /etc/thpc/image-prep.d are not run", run.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(proof));
    }
}
