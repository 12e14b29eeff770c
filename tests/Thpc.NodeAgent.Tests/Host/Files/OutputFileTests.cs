using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Tests.Host.Files;

public sealed class OutputFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("thpc-result-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task File_is_created_or_replaced_without_leftovers()
    {
        var file = Path.Combine(_directory, "a.svg");
        await OutputFile.WriteAsync(file, "one", Cancel);
        await OutputFile.WriteAsync(file, "two", Cancel);
        Assert.Equal("two", await File.ReadAllTextAsync(file, Cancel));
        Assert.Equal([file], Directory.GetFileSystemEntries(_directory));
    }

    [Fact]
    public async Task Link_stays_a_link()
    {
        var (link, file) = (Path.Combine(_directory, "link"), Path.Combine(_directory, "a.svg"));
        File.CreateSymbolicLink(link, file);
        await OutputFile.WriteAsync(link, "one", Cancel);
        await OutputFile.WriteAsync(link, "two", Cancel);
        Assert.Equal(file, new FileInfo(link).LinkTarget);
        Assert.Equal("two", await File.ReadAllTextAsync(file, Cancel));
    }

    [Theory]
    [InlineData("mkfifo")]
    [InlineData("mkdir")]
    public async Task Path_that_is_not_a_file_is_refused(string maker)
    {
        Needs.Program(maker);
        var place = Path.Combine(_directory, "place");
        Assert.True((await ProgramRunner.RunAsync([maker, place], TimeSpan.FromMinutes(1), Cancel)).Succeeded);
        foreach (var name in (string[])[place, Path.Combine(_directory, "link")])
        {
            if (name != place)
            {
                File.CreateSymbolicLink(name, place);
            }

            Assert.Equal(
                "FILE_ACCESS", (await Assert.ThrowsAsync<AgentException>(() => OutputFile.WriteAsync(name, "x", Cancel))).Code.Name);
        }
    }

    [Fact]
    public async Task Missing_directory_is_named() =>
        Assert.Contains(
            "/none", (await Assert.ThrowsAsync<AgentException>(
                () => OutputFile.WriteAsync(Path.Combine(_directory, "none/a.svg"), "x", Cancel))).Message, StringComparison.Ordinal);
}
