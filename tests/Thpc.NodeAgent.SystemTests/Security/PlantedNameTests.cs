using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.SystemTests.Security;

/// <summary>
/// In world-writable directories a user has already created a file of any kind with the name that the agent is about to write. The agent
/// must not write to it, follow it or trust it. The agent's own file must be root's, with the usual mode.
/// </summary>
public sealed class PlantedNameTests
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Readable = Private | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    // $1 is the user's own directory, %p the name.
    private static readonly Dictionary<string, string> Plants = new()
    {
        ["file"] = "echo mine >\"$1/kept\"; cp \"$1/kept\" \"%p\"; chmod 666 \"%p\"",
        ["file with another name"] = "echo mine >\"$1/kept\"; chmod 666 \"$1/kept\"; ln \"$1/kept\" \"%p\"",
        ["link to a file of root's"] = "ln -s \"$1/../../victim/shadow\" \"%p\"",
        ["link to a file that is not there"] = "ln -s \"$1/../../victim/new\" \"%p\"",
        ["link to a link of his"] = "ln -s \"$1/../../victim/shadow\" \"$1/link\"; ln -s \"$1/link\" \"%p\"",
        ["link to a directory of root's"] = "ln -s \"$1/../../victim\" \"%p\"",
        ["fifo"] = "mkfifo -m 666 \"%p\"",
        ["directory"] = "mkdir -m 777 \"%p\"",
    };

    private static readonly Dictionary<string, (string[] Command, UnixFileMode Mode)> Commands = new()
    {
        ["timeline"] = (["status", "--timeline", "%p"], Readable),
        ["page"] = (["fleet", "%n/fleet", "--html", "%p"], Readable),
        ["bundle"] = (["bundle", "--output", "%p"], Private),
        ["backup"] = (["image", "prep", "--operations", "ssh", "--yes", "--backup", "%p"], Private),
        ["metrics"] = (["bootstrap"], Readable),
        ["report for the fleet"] = (["bootstrap"], Readable),
    };

    public static TheoryData<string, string> Rows
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var command in Commands.Keys)
            {
                foreach (var plant in Plants.Keys)
                {
                    rows.Add(command, plant);
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Planted_files_are_neither_written_nor_followed(string what, string plant)
    {
        using var attacker = new Attacker();
        var node = attacker.Node;
        node.Write("/fleet/x.json", "{}");
        node.Write("/root/.ssh/key", "secret");
        node.Write("/var/lib/cloud/data/instance-id", "out\n");
        await Agent.RunAsync(node, "bootstrap");
        var name = what switch { "metrics" => "/open/out.prom", "report for the fleet" => "/open/out.json", _ => "/open/out" };
        node.Configure(what switch
        {
            "metrics" => $"[metrics]\ntextfile = \"{name}\"\n",
            "report for the fleet" => "[fleet]\ndirectory = "
            + "\"/open\"\n",
            _ => ""
        });
        await attacker.ShellAsync(Plants[plant].Replace("%p", node.On(name), StringComparison.Ordinal));
        var before = await attacker.VictimAsync();

        await Agent.RunAsync(
            node, [.. Commands[what].Command.Select(word =>
                word.Replace("%p", node.On(name), StringComparison.Ordinal).Replace("%n", node.Directory, StringComparison.Ordinal))]);

        Assert.Equal(before, await attacker.VictimAsync());
        var kept = Path.Combine(attacker.Home, "kept");
        Assert.Equal(
            File.Exists(kept) ? "mine\n" : null,
            File.Exists(kept) ? await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken) : null);
        var now = FileStatus.Read(node.On(name), link: true)!.Value;
        if (now.UserId != Attacker.UserId)
        {
            // Replaced by a file with one name and the right mode.
            Assert.Equal((FileKind.Regular, 1L, 0u, (uint)Commands[what].Mode), (now.Kind, now.Links, now.UserId, now.Permissions));
        }
        else if (now.Kind == FileKind.Regular)
        {
            Assert.Equal("mine\n", node.Read(name));
        }

        Assert.Equal([Path.GetFileName(name)], Directory.EnumerateFileSystemEntries(attacker.Open).Select(Path.GetFileName));
    }

    [Fact]
    public async Task Guessed_temporary_name_is_of_no_use()
    {
        using var attacker = new Attacker();
        var node = attacker.Node;
        node.Configure("[metrics]\ntextfile = \"/open/out.prom\"\n[fleet]\ndirectory = \"/open\"\n");
        node.Write("/root/.ssh/key", "secret");

        // In a new pid namespace a process has a low pid.
        await attacker.ShellAsync("for pid in $(seq 300); do for name in out.prom out; do ln -s \"$1/../../victim/shadow\" "
            + "\"$1/../../open/$name.thpc-$pid.tmp\"; ln -s \"$1/../../victim/shadow\" \"$1/../../open/$name.thpc-$pid.tmp.list\"; done; "
            + "done");
        var before = await attacker.VictimAsync();
        var said = await MountNamespace.RunAsync(node, """
            agent bootstrap >/dev/null; echo "bootstrap $?"
            agent bundle --output "$node/open/out" >/dev/null; echo "bundle $?"; rm "$node/open/out"
            agent image prep --operations ssh --yes --backup "$node/open/out" >/dev/null; echo "backup $?"
            """);
        Assert.Equal("bootstrap 0\nbundle 0\nbackup 0\n", said);
        Assert.Equal(before, await attacker.VictimAsync());
        Assert.All(
            (string[])["/open/out", "/open/out.prom"],
            name => Assert.Equal(
                (FileKind.Regular, 0u),
                (FileStatus.Read(node.On(name), link: true)!.Value.Kind, FileStatus.Read(node.On(name), link: true)!.Value.UserId)));
    }
}
