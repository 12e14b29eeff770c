using Thpc.NodeAgent.Cos;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Cos;

public sealed class CosClientTests
{
    [Theory]
    [InlineData("size=64k", "large")]
    [InlineData("nr_inodes=1", "echo.sh")]
    public async Task Full_disk_is_named_and_not_retried(string option, string key)
    {
        Needs.RootUser();
        using var standin = await CosStandin.StartAsync();
        standin.Put("large", new byte[1 << 20]);
        var directory = Directory.CreateTempSubdirectory("cos-full-").FullName;
        await RunAsync("mount", "-t", "tmpfs", "-o", option, "none", directory);
        try
        {
            using var client = new CosClient(standin.Url);
            List<string> notes = [];
            var error = await Assert.ThrowsAsync<AgentException>(() =>
                client.FetchAsync(
                    CosStandin.Location(key), null, Path.Combine(directory, key),
                    new FetchLimits(1 << 21, TimeSpan.FromMinutes(1), TimeProvider.System.GetTimestamp()), notes.Add,
                    TestContext.Current.CancellationToken));
            Assert.Equal("NO_SPACE", error.Code.Name);
            Assert.Contains(directory, error.Message, StringComparison.Ordinal);
            Assert.Empty(notes);
        }
        finally
        {
            await RunAsync("umount", directory);
            Directory.Delete(directory);
        }
    }

    private static async Task RunAsync(params string[] command) =>
        Assert.Equal(0, (await ProgramRunner.RunAsync(command, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ExitCode);
}
