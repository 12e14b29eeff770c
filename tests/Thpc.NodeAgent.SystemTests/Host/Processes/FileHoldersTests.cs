using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Host.Processes;

public sealed class FileHoldersTests : IDisposable
{
    // Characters with a meaning in patterns of find(1).
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc [u]*?\\ ").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Each_holder_is_listed_once()
    {
        Needs.RootUser();
        File.Copy("/bin/sleep", _directory + "/own-sleep");
        await File.WriteAllTextAsync(_directory + "/data", "", TestContext.Current.CancellationToken);
        using var stands = SleepingProcesses.Start("cd \"$1\" && exec sleep 60", _directory);
        using var reads = SleepingProcesses.Start("exec sleep 60 <\"$1/data\"", _directory);
        using var runs = SleepingProcesses.Start("exec \"$1/own-sleep\" 60", _directory);
        var list = await FileHolders.InspectAsync(_directory, running: false, TestContext.Current.CancellationToken);
        Assert.True(list.Complete);
        Assert.Equal(
            new[]
            {
                (stands.Id, "root", "sleep", _directory),
                (reads.Id, "root", "sleep", _directory + "/data"),
                (runs.Id, "root", "own-sleep", _directory + "/own-sleep"),
            }.OrderBy(user => user.Id),
            list.Users.Select(user => (user.Id, user.User, user.Command, user.File)));
        Assert.Contains($"pid {reads.Id} (root, sleep: {_directory}/data)", list.Summary.English, StringComparison.Ordinal);
        Assert.Equal(
            [runs.Id],
            (await FileHolders.InspectAsync(_directory, running: true, TestContext.Current.CancellationToken)).Users.Select(
                user => user.Id));
        SleepingProcesses.End(stands, reads, runs);
    }
}
