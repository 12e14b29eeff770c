using System.Globalization;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Reporting;

namespace Thpc.NodeAgent.SystemTests.Faults;

/// <summary>A node that has been in use: a user's files, links and modes, and an fstab with lines of its own.</summary>
internal sealed partial class FaultNode : IDisposable
{
    // Tabs, blanks at a line's end, no line end at the file's: what a writer of fstab could think to tidy up.
    private const string Fstab =
        "# this machine's own\nUUID=0a1b2c3d-1111-2222-3333-444455556666 / ext4 errors=remount-ro 0 1\n\n"
            + "/dev/vdb1\t/scratch\text4\tdefaults,noatime\t0 2  \n10.9.9.9:/home /home nfs4 ro,_netdev,nofail 0 0";

    private readonly string _out = Directory.CreateTempSubdirectory("thpc-fault-").FullName;

    public FaultNode()
    {
        Add("/etc/fstab", Fstab, "rw-r-----");
        Add("/etc/hosts", "127.0.0.1 localhost\n", "rw-r--r--");
        Add("/etc/shadow", "root:*:19000::::::\n", "rw-------");
        Add("/root/.ssh/authorized_keys", "ssh-ed25519 AAAA root@somewhere\n", "rw-------");
        Add("/home/alice/run.sh", "#!/bin/sh\necho hers\n", "rwxr-x--x");
        Add("/opt/tool/bin/tool", "\x7f" + "ELF\0\x01", "rwxr-xr-x");
        Add("/var/lib/other/state", "\0\x01\x02", "rw-rw-r--");
        Add("/var/log/messages", "Nov 25 12:00:00 node kernel: up\n", "rw-r-----");
        Add("/run/other.pid", "4711\n", "rw-r--r--");
        Directory.CreateDirectory(Node.On("/data"));
        File.CreateSymbolicLink(Node.On("/home/alice/tool"), "../../opt/tool/bin/tool");
    }

    public TemporaryNode Node { get; } = new();

    /// <summary>
    /// A whole bootstrap, alone with its processes and mounts. What is there before and afterwards is written down in there too,
    /// so that it makes no difference what is mounted on the node.
    /// </summary>
    /// <param name="prepare">Bash, before anything is looked at; `$node` is the node's root directory. What it starts may go on.</param>
    /// <param name="environment">NAME=VALUE for the agent, for a shell to read.</param>
    public async Task<FaultEnd> BootstrapAsync(string prepare = "", string environment = "")
    {
        var said = await MountNamespace.RunAsync(Node, $$"""
            out={{_out}}
            {{ImageNodes.Snapshot}}
            {{prepare}}
            snapshot "$node" "$out/before"; cat /proc/self/mountinfo >"$out/mounts-before"; there=" $(echo /proc/[0-9]*) "
            begin=${EPOCHREALTIME/./}
            env -i PATH="$PATH" {{environment}} "$executable" bootstrap --root "$node" >"$out/output" 2>&1
            echo "$? $((${EPOCHREALTIME/./} - begin))" >"$out/end"

            # What was killed takes a moment to die, and the dead are not counted.
            for ((i = 0; i < 50; i++)); do
                left=()
                for p in /proc/[0-9]*; do
                    [[ $there == *" $p "* ]] || { read -r stat <"$p/stat" && [[ ${stat##*) } != [ZX]* ]] && left+=("$p"); } 2>/dev/null
                done
                ((${#left[@]})) || break
                sleep 0.1
            done
            for p in "${left[@]}"; do tr '\0' ' ' <"$p/cmdline"; echo; done >"$out/left"
            snapshot "$node" "$out/after"; cat /proc/self/mountinfo >"$out/mounts-after"
            cp "$node/var/lib/thpc-node-agent/report.json" "$out/report.json"
            """);
        return Read(said);
    }

    public void Dispose()
    {
        Node.Dispose();
        Directory.Delete(_out, recursive: true);
    }

    private FaultEnd Read(string said)
    {
        Assert.True(File.Exists(Out("mounts-after")), said);
        var (before, after) = (ImageNodes.ReadSnapshot(Out("before")), ImageNodes.ReadSnapshot(Out("after")));
        var (mountsBefore, mountsAfter) = (Mounts("mounts-before"), Mounts("mounts-after"));
        var end = File.ReadAllText(Out("end")).Split(' ');
        return new FaultEnd(
            int.Parse(end[0], CultureInfo.InvariantCulture),
            File.Exists(Out("report.json")) ? ReportJson.Read(File.ReadAllBytes(Out("report.json"))) : null,
            TimeSpan.FromMicroseconds(long.Parse(end[1], CultureInfo.InvariantCulture)),
            File.ReadAllText(Out("output")),
            [.. before.Where(entry => after.GetValueOrDefault(entry.Key) != entry.Value)
                .Select(entry => $"{entry.Key} was {entry.Value}, is {after.GetValueOrDefault(entry.Key) ?? "gone"}"),
                .. mountsBefore.Except(mountsAfter)],
            after.Where(entry => !before.ContainsKey(entry.Key))
                .ToDictionary(entry => MarkerName().Replace(entry.Key, "SCRIPT.done"), entry => entry.Value, StringComparer.Ordinal),
            [.. File.ReadAllLines(Out("left")), .. mountsAfter.Except(mountsBefore)]);
    }

    /// <summary>Without mounts of other tests, which the kernel removes from all namespaces when their directories are removed.</summary>
    private List<string> Mounts(string name) =>
    [
        .. File.ReadLines(Out(name)).Where(line => line.Split(' ')[4] is var mountPoint
            && (mountPoint.StartsWith(Node.Directory, StringComparison.Ordinal)
                || !mountPoint.StartsWith(Path.GetTempPath(), StringComparison.Ordinal))),
    ];

    private string Out(string name) => Path.Combine(_out, name);

    private void Add(string path, string text, string mode)
    {
        var bits = mode.Aggregate(0, (sum, letter) => (sum << 1) | (letter == '-' ? 0 : 1));
        File.SetUnixFileMode(Node.Write(path, text), (UnixFileMode)bits);
    }

    [GeneratedRegex("[0-9a-f]{16}\\.done$")]
    private static partial Regex MarkerName();
}
