using System.Text.RegularExpressions;

namespace Thpc.NodeAgent.SystemTests.Bootstrap;

/// <summary>A bootstrap of a node on which everything is in place: its cost, recorded by strace.</summary>
public sealed partial class NothingToDoTests
{
    [Fact]
    public async Task Cost_does_not_depend_on_the_number_of_mounts()
    {
        Needs.Program("strace");
        Needs.Program("clang");
        using var server = CannedServer.Of(200, "ins-1");
        var one = await TraceAsync(1, server.Url);
        Assert.Equal(1, server.Requests);
        var forty = await TraceAsync(40, server.Url);
        Assert.Equal(2, server.Requests);
        Assert.Equal((0, 0), (one.Connections, forty.Connections));

        // The only helper asks all mounts whether they answer: sh, setsid and stat in one process.
        Assert.Equal(["/bin/sh", "setsid", "stat"], one.Programs);
        Assert.Equal(one.Programs, forty.Programs);

        // Follow each mount point's links, and ask each file system.
        Assert.InRange(forty.Calls, 0, one.Calls + (39 * 15) + 200);
    }

    private static async Task<(int Calls, int Connections, IReadOnlyList<string> Programs)> TraceAsync(int mounts, Uri metadata)
    {
        using var node = new TemporaryNode();
        node.Write("/etc/thpc/node-agent.toml", TemporaryNode.Config.Replace("\"\"", $"\"{metadata}\"", StringComparison.Ordinal));
        node.Write("/sys/class/dmi/id/product_uuid", "5c0ffee0-0000-4000-8000-000000000001");
        node.AddScript("a.sh", "#!/bin/sh\ntrue\n");
        for (var i = 1; i <= mounts; i++)
        {
            node.Configure(
                $"[[cfs]]\nlocal_path = \"/data/{i}\"\nremote_path = \"127.0.98.4:/{i}\"\nprotocol = \"NFS 4.0\"\n");
        }

        var output = await MountNamespace.RunAsync(node, $$"""
            clang -O1 -shared -fPIC -o "$node/mounts.so" '{{Repository.Root}}/tests/kill/mounts.c'
            for i in {1..{{mounts}}}; do mkdir -p "$node/data/$i"; mount -t tmpfs "127.0.98.4:/$i" "$node/data/$i"; done
            export LD_PRELOAD=$node/mounts.so
            agent bootstrap >/dev/null || echo "first: $?"
            # Without the calls that threads make while they wait for each other.
            strace -f -qq -o "$node/trace" -e 'trace=!futex,sched_yield' "$executable" bootstrap --root "$node" || echo "second: $?"
            """);
        Assert.Contains("\n  script    skipped ", output, StringComparison.Ordinal);
        Assert.Contains("\n  mount     skipped ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("first:", output, StringComparison.Ordinal);
        var calls = await File.ReadAllLinesAsync(node.On("/trace"), TestContext.Current.CancellationToken);
        return (
            calls.Count(call => !call.Contains(" resumed>", StringComparison.Ordinal)),
            calls.Count(call => call.Contains(" connect(", StringComparison.Ordinal)
                && call.Contains("AF_INET", StringComparison.Ordinal)),
            [
                // A search through PATH calls execve several times in one process.
                .. calls.Skip(1).Select(call => ProgramPattern().Match(call)).Where(match => match.Success)
                    .DistinctBy(match => $"{match.Groups["pid"]} {match.Groups["name"]}").Select(match => match.Groups["name"].Value),
            ]);
    }

    [GeneratedRegex("""^(?<pid>[0-9]+) +execve\("[^"]*", \["(?<name>[^"]*)".*( = 0| <unfinished \.\.\.>)$""", RegexOptions.ExplicitCapture)]
    private static partial Regex ProgramPattern();
}
