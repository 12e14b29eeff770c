using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.SystemTests.Host.Files;

public sealed class DirectoryReaderTests
{
    // The reader opens at most so many files at the same time.
    private const int Together = 32;

    /// <summary>Linux sends the opens on NFS 4.0 of threads with one list of groups one after the other; tests/scale measures it.</summary>
    [Fact]
    public async Task Readers_have_different_lists_of_groups_and_no_new_group()
    {
        Needs.RootUser();
        var directory = Directory.CreateTempSubdirectory("thpc-folder-").FullName;
        for (var i = 0; i < Together; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(directory, $"{i}.x"), "", TestContext.Current.CancellationToken);
        }

        using var together = new Barrier(Together);
        var limit = TimeSpan.FromMinutes(1);
        var before = Groups();
        var files = await DirectoryReader.ReadAsync(
            directory, ".x", 100, _ => together.SignalAndWait(limit) ? Groups() : null, "", limit, TestContext.Current.CancellationToken);
        Directory.Delete(directory, recursive: true);
        Assert.InRange(files.Select(file => file.Content).Distinct().Count(), 15 - before.Split(' ').Length, 16);
        var known = before.Split(' ').Append(Own()).ToHashSet();
        Assert.All(files, file => Assert.Subset(known, file.Content!.Split(' ').ToHashSet()));
        Assert.Equal(before, Groups());
    }

    private static string Groups() => Status("Groups:");

    private static string Own() => Status("Gid:").Split('\t')[1];

    private static string Status(string name) =>
        File.ReadLines("/proc/thread-self/status").Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..].Trim();
}
