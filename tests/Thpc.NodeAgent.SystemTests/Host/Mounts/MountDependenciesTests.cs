using CsCheck;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.SystemTests.Host.Mounts;

public sealed class MountDependenciesTests
{
    /// <summary>The oracle is mount(8): which lines fail after other lines are removed.</summary>
    [Fact]
    public async Task Dependents_are_the_lines_that_mount_fails_without()
    {
        Needs.RootUser();
        await Gen.Select(Gen.Int[0, 6], Gen.Int[0, 8], Gen.Bool).Array[2, 7].SampleAsync(ProveAsync, iter: 12, threads: 1);
    }

    private async Task ProveAsync((int Source, int Target, bool Inside)[] shape)
    {
        // /m0 … /m8 are empty; mounted directories contain "x". The first line's source belongs to the node.
        using var node = new TemporaryNode();
        var lines = shape.DistinctBy(item => item.Target).Select((item, index) =>
            $"{node.Directory}{(index == 0 ? "/own" : $"/m{item.Source}{(item.Inside ? "/x" : "/x/x")}")} "
                + $"{node.Directory}/m{item.Target} none bind 0 0").ToArray();
        node.Write("/fstab", string.Join('\n', lines) + "\n");
        node.Write("/without", string.Join('\n', lines[1..]) + "\n");
        var output = await MountNamespace.RunAsync(node, """
            mkdir -p "$node"/own/x/x/x "$node"/m{0,1,2,3,4,5,6,7,8}
            try() {
                mount -a -T "$1" 2>/dev/null
                awk '{ print $2 }' "$1" | while read -r place; do mountpoint -q "$place" && echo "$2 $place"; done
            }
            try "$node/fstab" with; awk '{ print $2 }' "$node/fstab" | tac | xargs -n 1 umount -lq; try "$node/without" without
            true
            """);
        var with =
            output.Split('\n').Where(line => line.StartsWith("with ", StringComparison.Ordinal)).Select(line => line[5..]).ToHashSet();
        var without =
            output.Split('\n').Where(line => line.StartsWith("without ", StringComparison.Ordinal)).Select(line => line[8..]).ToHashSet();
        var standsOn = StandsOn(0, lines);
        foreach (var (line, index) in lines.Select((line, index) => (line, index)).Skip(1)
            .Where(item => with.Contains(item.line.Split(' ')[1])))
        {
            Assert.True(without.Contains(line.Split(' ')[1]) == standsOn[index] is null, $"{line}\n{node.Read("/fstab")}\n{output}");
        }
    }

    private static string?[] StandsOn(int goes, params string[] lines) =>
        MountDependencies.Find(Parse(lines), [.. lines.Select((_, index) => index == goes)], path => path).RemovedDependency;

    private static BootMountEntry?[] Parse(params string[] lines) => BootMountEntry.ParseAll(lines);
}
