using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.SystemTests.Security;

/// <summary>
/// Root lets the agent write into a user's directory, while the user continuously swaps it with a link to a directory of root.
/// The agent must write into the user's directory or nowhere. This covers all writers of user-named paths.
/// </summary>
public sealed class SwappedDirectoryTests
{
    private const int Runs = 15;
    private const int MaxRuns = 300;

    private const string Queue =
        """{"QueueConfigs":[{"QueueName":"compute","MaxSize":10,"ExpansionNodeConfigs":[{"InstanceType":"SA2.2XLARGE16"}]}]}""";

    // %s is the swapped directory, %n the node's root.
    private static readonly Dictionary<string, string[]> Commands = new()
    {
        ["timeline"] = ["status", "--timeline", "%s/out"],
        ["page of the fleet"] = ["fleet", "%n/fleet", "--html", "%s/out"],
        ["picture of the rounds"] = ["scaling", "rounds", "%n/queue.json", "--nodes", "4", "--svg", "%s/out"],
        ["bundle"] = ["bundle", "--output", "%s/out"],
        ["backup"] = ["image", "prep", "--operations", "ssh", "--yes", "--backup", "%s/out"],
        ["metrics"] = ["bootstrap"],
        ["report for the fleet"] = ["bootstrap"],
    };

    public static TheoryData<string> Names => [.. Commands.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Writes_do_not_follow_links_of_other_users(string what)
    {
        using var attacker = new Attacker();
        var node = attacker.Node;
        await attacker.ShellAsync("mkdir \"$1/out\"; ln -s \"$1/../../victim\" \"$1/link\"");
        const string Directory = "/people/mallory/out";
        node.Write("/fleet/x.json", "{}");
        node.Write("/queue.json", Queue);
        node.Write("/var/lib/cloud/data/instance-id", "out\n");
        if (what == "timeline")
        {
            await Agent.RunAsync(node, "bootstrap");
        }

        node.Configure(what switch
        {
            "metrics" => $"[metrics]\ntextfile = \"{Directory}/out.prom\"\n",
            "report for the fleet" => $"[fleet]\ndirectory = \"{Directory}/fleet\"\n",
            _ => "",
        });
        string[] command = [.. Commands[what]
            .Select(word =>
                word.Replace("%s", node.On(Directory), StringComparison.Ordinal).Replace("%n", node.Directory, StringComparison.Ordinal))];
        var before = await attacker.VictimAsync();
        var written = 0;
        using (await Attacker.SwapAsync(node.On(Directory), node.On("/people/mallory/link")))
        {
            // If nothing was written, the attack had no chance: try a few more times.
            for (var i = 0; i < Runs || (written == 0 && i < MaxRuns); i++)
            {
                node.Write("/root/.ssh/key", "secret");
                await Agent.RunAsync(node, command);
                written += Sweep(attacker.Home);
            }
        }

        Assert.Equal(before, await attacker.VictimAsync());
        Assert.InRange(written, 1, Runs);
    }

    /// <summary>Counts and removes the files written into the user's directory, under either name.</summary>
    private static int Sweep(string home)
    {
        var count = 0;
        while (true)
        {
            try
            {
                foreach (var file in System.IO.Directory.EnumerateFiles(
                    home, "out*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }))
                {
                    if (FileStatus.Read(file, link: true) is { } status)
                    {
                        Assert.Equal(0u, status.UserId);
                        File.Delete(file);
                        count++;
                    }
                }

                return count;
            }
            catch (DirectoryNotFoundException)
            {
                // The names are still being swapped: the file may be under the other name now.
            }
        }
    }
}
