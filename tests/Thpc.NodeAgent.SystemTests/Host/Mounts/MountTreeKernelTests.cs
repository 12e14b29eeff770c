using CsCheck;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Host.Mounts;

/// <summary>Compares with the kernel after random mounts, bind mounts, moves and unmounts.</summary>
public sealed class MountTreeKernelTests
{
    private static readonly string[] Places = ["/a", "/a/b", "/a/b/c", "/a/d", "/e", "/e/b", "/f g", "/f g/h"];

    // Every mount contains all the directories, so that each can become a mount point.
    private const string Script = """
        cd "$1"; fill() { for place in /a /a/b /a/b/c /a/d /e /e/b "/f g" "/f g/h"; do mkdir -p "$1$place"; done; }
        id() { exec 3<"$1"; read -r _ id < <(grep mnt_id /proc/self/fdinfo/3); exec 3<&-; }
        mount -t tmpfs root "$1"; cd "$1"; fill "$1"
        eval "$2"
        echo TABLE; cat /proc/self/mountinfo; echo KERNEL
        for place in /a /a/b /a/b/c /a/d /e /e/b "/f g" "/f g/h"; do
            [ -d "$1$place" ] || continue
            id "$1$place"; here=$id; id "$(dirname "$1$place")"
            echo "$here $([ "$here" != "$id" ] && echo point || echo directory) $place"
        done
        echo FINDMNT; findmnt --kernel --noheadings --raw --output ID,PARENT,FSTYPE,TARGET
        """;

    private static readonly Gen<string> Place = Gen.Int[0, Places.Length - 1].Select(i => Places[i]);

    private static readonly Gen<string> Command = Gen.OneOf(
        Place.Select(place => $"mount -t tmpfs made \"$1{place}\" && fill \"$1{place}\""),
        Gen.Select(Place, Place, (from, to) => $"mount --bind \"$1{from}\" \"$1{to}\""),
        Gen.Select(Place, Place, (from, to) => $"mount --rbind \"$1{from}\" \"$1{to}\""),
        Gen.Select(Place, Place, (from, to) => $"mount --move \"$1{from}\" \"$1{to}\""),
        Place.Select(place => $"umount \"$1{place}\""));

    [Fact]
    public async Task Visible_mount_equals_the_kernels()
    {
        Needs.RootUser();
        var directory = Directory.CreateTempSubdirectory("thpc-mounts-");
        var hidden = 0;
        try
        {
            await Command.Array[1, 12].SampleAsync(async commands =>
            {
                var run = await ProgramRunner.RunAsync(
                    ["unshare", "--mount", "--propagation", "private", "bash", "-c", Script, "bash", directory.FullName,
                        string.Join("; ", commands.Select(command => $"{{ {command}; }} 2>/dev/null"))],
                    TimeSpan.FromSeconds(30),
                    TestContext.Current.CancellationToken);
                Assert.True(run.Succeeded, run.Output);
                var parts = run.Output.Split("TABLE\n")[1].Split("KERNEL\n");
                var (kernel, findmnt) = parts[1].Split("FINDMNT\n") is [var first, var second] ? (first, second) : default;
                var tree = MountTree.Parse(parts[0]);
                foreach (var line in kernel.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 3)))
                {
                    var path = directory.FullName + line[2];
                    Assert.Equal((line[0], line[2]), ($"{tree.FindCovering(path)!.Id}", line[2]));
                    Assert.Equal((line[1] == "point", line[2]), (tree.At(path) is not null, line[2]));
                }

                hidden += tree.Entries.Count(entry => !ReferenceEquals(tree.At(entry.MountPoint), entry));

                // util-linux parses every line the same way. Other mounts may be gone by then: the kernel takes a mount out of all
                // namespaces when its directory is deleted in one.
                bool IsOurs(string line) => line.Contains(directory.FullName, StringComparison.Ordinal);
                Assert.Equal(
                    findmnt.Split('\n').Where(IsOurs),
                    tree.Entries.Select(entry =>
                        $"{entry.Id} {entry.Parent} {entry.Type} {entry.MountPoint.Replace(" ", "\\x20", StringComparison.Ordinal)}")
                        .Where(IsOurs));
            }, iter: 60, threads: 1);
        }
        finally
        {
            directory.Delete(recursive: true);
        }

        Assert.True(hidden > 60, "the generated trees hide too little to prove anything");
    }
}
