using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.SystemTests.Security;

/// <summary>
/// All paths that the agent and its helpers create, replace, remove or open for writing, recorded by strace. The other tests of this
/// directory rely on this list: directories that only root can write to, and paths that the user names.
/// </summary>
public sealed partial class WrittenPathsTests(SshKeys keys) : IClassFixture<SshKeys>
{
    // GooseFS's daemon outlives the mount command; strace follows it until the next command ends it.
    private const string Commands = """
        trace() {
            name=$1; shift
            strace -f --seccomp-bpf -qq -y -s 4096 -o "$node/trace.$name" -e trace=%file,ftruncate,fchmod,fchown \
                "$executable" "$@" --root "$node" >>"$node/said" 2>&1
            echo "$name $?"
        }
        trace bootstrap bootstrap
        trace again bootstrap --force >/dev/null
        trace status status --timeline "$node/given/timeline"
        trace bundle bundle
        trace bundle-file bundle --output "$node/given/bundle"
        trace fleet fleet "$node/fleet" --html "$node/given/page"
        trace guard guard
        trace add storage add --local-path /goosefs --masters 127.0.97.2:9200 --persist >"$node/add" &
        until [ -L "$node/etc/systemd/system/multi-user.target.wants/thpc-goosefs-goosefs.service" ] &&
            grep -q goosefs "$node/etc/thpc/node-agent.toml"; do sleep 0.05; done
        until said=$(trace remove storage remove /goosefs --persist); [ "$said" != "remove 4" ]; do sleep 0.05; done
        wait
        cat "$node/add"; echo "$said"
        trace prep image prep --yes --operations defaults,keep-scripts --backup "$node/given/backup"
        """;

    // User-named directories are held open during the write. "./" is the working directory of a helper.
    private static readonly string[] Allowed =
    [
        "/run/thpc-node-agent", "/run/thpc-node-agent/lock", "/run/thpc-node-agent/ready", "/run/thpc-node-agent/opt-ready",
        "/run/thpc-node-agent/script", "/run/thpc-node-agent/mount-*", "/run/thpc-node-agent/probe-*",
        "/run/thpc-node-agent/fleet-report.json", "/run/thpc-node-agent/steps",
        "/var/lib/thpc-node-agent", "/var/lib/thpc-node-agent/report.json", "/var/lib/thpc-node-agent/report.1.json",
        "/var/lib/thpc-node-agent/bundle-*.tar.gz",
        "/var/lib/thpc-node-agent/scripts", "/var/lib/thpc-node-agent/scripts/init-script-1",
        "/var/lib/thpc-node-agent/scripts/init-script-1.sig", "/var/lib/thpc-node-agent/scripts/*.done",
        "/var/lib/thpc-node-agent/scripts/*.begun",
        "/var/lib/thpc-node-agent/kept-scripts", "/var/lib/thpc-node-agent/kept-scripts/*", "/var/lib/thpc-node-agent/kept-scripts/*.sig",
        "/var/log/thpc-node-agent", "/var/log/thpc-node-agent/init-script-1.log",
        "/var/log/thpc-node-agent/init-script-1.log.1",
        "/root/thpc_preinstalled.json", "/root/thpc_preinstalled.json.next", "/root/.ssh/key",
        "/etc/thpc/node-agent.toml", "/etc/systemd/system/multi-user.target.wants",
        "/etc/systemd/system/multi-user.target.wants/thpc-goosefs-goosefs.service", "/etc/systemd/system/thpc-goosefs-goosefs.service",
        "/etc/systemd/system",
        "/usr/local/goosefs/conf/goosefs-site.properties",
        "./goosefs", "./fleet", "/goosefs", "/fleet/.node.json.*.tmp", "/fleet/node.json", "/metrics/node.prom",
        "/given/timeline", "/given/bundle", "/given/page", "/given/backup",
    ];

    [Fact]
    public async Task Agent_writes_only_to_documented_paths()
    {
        Needs.RootUser();
        Needs.Program("strace");
        using var node = new TemporaryNode().AddGooseFs();
        using var master = GooseFsNodes.Listen("127.0.97.2", 9200);
        foreach (var directory in (string[])["/metrics", "/given", "/root", "/run", "/var/lib", "/var/log", "/etc/systemd"])
        {
            Directory.CreateDirectory(node.On(directory));
        }

        node.Write("/var/lib/cloud/data/instance-id", "node\n");
        node.Write("/etc/fstab", "");
        node.AddScript("a.sh", "#!/bin/sh\n");
        var script = "#!/bin/sh\n"u8.ToArray();
        await File.WriteAllBytesAsync(node.On("/scripts/a.sh.sig"), keys.Sign("ecdsa256", script), TestContext.Current.CancellationToken);
        using var cos = await CosStandin.StartAsync();
        cos.Put("kept.sh", script);
        cos.Put("kept.sh.sig", keys.Sign("ecdsa256", script));
        node.Write("/etc/thpc/allowed_signers", $"somebody {keys.PublicKey("ecdsa256")}\n");
        node.Configure(
            $"[script]\nallowed_signers = \"/etc/thpc/allowed_signers\"\n[cos]\ncredentials = \"anonymous\"\nendpoint = "
                + $"\"{cos.Url.GetLeftPart(UriPartial.Authority)}\"\n"
            + $"[[init_script]]\nscript_path = \"{CosStandin.Location("kept.sh")}\"\nroles = [\"LOGIN\"]\nsha256 = "
            + $"\"{Convert.ToHexString(SHA256.HashData(script))}\"\n");
        node.Write("/root/.ssh/key", "secret");
        node.Configure("[metrics]\ntextfile = \"/metrics/node.prom\"\n[fleet]\ndirectory = \"/fleet\"\n");
        Assert.Equal(
            "bootstrap 0\nstatus 0\nbundle 0\nbundle-file 0\nfleet 0\nguard 0\nadd 0\nremove 0\nprep 0\n",
            await MountNamespace.RunAsync(node, Commands));

        HashSet<string> written = [];
        foreach (var trace in Directory.EnumerateFiles(node.Directory, "trace.*"))
        {
            var lines = await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken);
            written.UnionWith(lines.Where(line => ChangePattern().IsMatch(line) && !FailurePattern().IsMatch(line))
                .SelectMany(line => Paths(line, node)));
        }

        // The vendor's GooseFS client may write anything below its home.
        written.RemoveWhere(path =>
            path == "logs"
                || (path.StartsWith("/usr/local/goosefs/", StringComparison.Ordinal)
                    && !path.EndsWith(".properties", StringComparison.Ordinal)));
        Assert.Equal(Allowed.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    /// <summary>The files of a system call as paths of the node. Temporary files and descriptors count as their final path.</summary>
    private static IEnumerable<string> Paths(string line, TemporaryNode node)
    {
        foreach (var match in PathPattern().Matches(line).Cast<Match>())
        {
            var path = match.Groups["path"].Value;
            path = path.StartsWith('/') ? path : Path.Combine(match.Groups["directory"].Value, path);
            path = TemporaryPattern().Replace(path, "").Replace("/./", "/", StringComparison.Ordinal);
            if (PinnedPattern().IsMatch(path) || path.StartsWith("/dev/", StringComparison.Ordinal)
                || path.StartsWith("/proc/", StringComparison.Ordinal))
            {
                continue;
            }

            path = path.StartsWith(node.Directory, StringComparison.Ordinal) ? path[node.Directory.Length..] : path;
            yield return VaryingPattern().Replace(path, "$1*$2");
        }
    }

    [GeneratedRegex(@"^\d+ +(?:open(?:at)?\(.*(?:O_WRONLY|O_RDWR|O_CREAT|O_TRUNC)|creat\(|rename|unlink|mkdir|rmdir|symlink|link\(|linkat"
        + @"|mknod|chmod|fchmod|chown|lchown|fchown|truncate|ftruncate|utime|setxattr)")]
    private static partial Regex ChangePattern();

    [GeneratedRegex(@"= -1 E[A-Z]+ |= \?$")]
    private static partial Regex FailurePattern();

    // "a path" after its directory, or an open file 5</its path>.
    [GeneratedRegex(@"(?:(?:AT_FDCWD|\d+)<(?<directory>[^>]*)>, )?""(?<path>[^""]+)""|\b\d+<(?<path>/[^>]*)>")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"\.thpc-(?:[0-9a-f]*-)?[0-9a-f]+\.tmp(?:\.list)?( \(deleted\))?\z")]
    private static partial Regex TemporaryPattern();

    [GeneratedRegex(@"^/proc/\d+/fd/\d+")]
    private static partial Regex PinnedPattern();

    [GeneratedRegex(@"(/\.node\.json\.|/bundle-|/mount-|/probe-|/scripts/|/kept-scripts/)[0-9A-Za-z-]{16,"
        + @"}(\.tmp|\.sig|\.done|\.begun|\.tar\.gz|\z)")]
    private static partial Regex VaryingPattern();
}
