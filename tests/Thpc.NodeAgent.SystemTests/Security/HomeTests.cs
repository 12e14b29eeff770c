using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Security;

/// <summary>`image prep` removes and empties files in users' directories, while the users replace them.</summary>
public sealed class HomeTests
{
    private const int Runs = 12;

    [Theory]
    [InlineData("users-ssh,history", "/people/mallory", ".ssh")]
    [InlineData("tmp", "/tmp", "deep")]
    [InlineData("logs", "/var/log", "his")]
    public async Task Directory_swapped_by_a_user_protects_other_files(string operations, string place, string name)
    {
        using var attacker = new Attacker();
        var node = attacker.Node;
        node.Write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nmallory:x:1001:1001::/people/mallory:/bin/sh\n");
        Directory.CreateDirectory(node.On(place));

        // Most kernels do not allow users to hard-link root's files; some do.
        foreach (var hard in (string[])[".bash_history", "syslog"])
        {
            Assert.True((await ProgramRunner.RunAsync(
                ["ln", node.On("/victim/shadow"), node.On($"{place}/{hard}")], TimeSpan.FromMinutes(1),
                TestContext.Current.CancellationToken)).Succeeded);
        }

        var before = await attacker.VictimAsync();
        using var chown = System.Diagnostics.Process.Start("chown", [$"{Attacker.UserId}", node.On(place)]);
        await chown.WaitForExitAsync(TestContext.Current.CancellationToken);
        var cleaned = 0;
        using (await Attacker.SwapAsync(node.On($"{place}/{name}"), node.On($"{place}/link"), attacker.Victim))
        {
            for (var i = 0; i < Runs; i++)
            {
                var run = await Agent.RunAsync(node, "image", "prep", "--operations", operations, "--yes");
                cleaned += run.Output.Contains("clean ", StringComparison.Ordinal) ? 1 : 0;
            }
        }

        Assert.Equal(before, await attacker.VictimAsync());
        Assert.True(cleaned > 0, "no run had anything to clean, and the attack was not tried");
    }
}
