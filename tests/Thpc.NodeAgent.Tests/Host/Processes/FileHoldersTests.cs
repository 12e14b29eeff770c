using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host.Processes;

public sealed class FileHoldersTests : IDisposable
{
    // Characters with a meaning in patterns of find(1).
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc [u]*?\\ ").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task No_holder_gives_an_empty_list()
    {
        using var beside = SleepingProcesses.Start("cd \"$1/..\" && exec sleep 60", _directory);
        var list = await FileHolders.InspectAsync(_directory, running: false, TestContext.Current.CancellationToken);
        Assert.Empty(list.Users);
        Assert.Equal("", list.Summary.English);
        SleepingProcesses.End(beside);
    }

    [Fact]
    public void Summary_names_the_first_holders_and_counts_the_rest()
    {
        var words =
            new FileHolderList([.. Enumerable.Range(1, 12).Select(id => new FileHolder(id, "root", "x", "/data"))], Complete: true).Summary;
        Assert.StartsWith("pid 1 (root, x: /data), pid 2 ", words.English, StringComparison.Ordinal);
        Assert.EndsWith("pid 8 (root, x: /data) and 4 more", words.English, StringComparison.Ordinal);
    }
}
