using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Images;

/// <summary>Shares the packages between tests, because building them takes seconds.</summary>
[CollectionDefinition(nameof(Packages))]
public sealed class PackagesOfOneBuild : ICollectionFixture<Packages>;

/// <summary>The Debian and the RPM package of the published executable.</summary>
public sealed class Packages : IAsyncLifetime
{
    private readonly TemporaryNode _output = new();

    public string Deb => Assert.Single(Directory.GetFiles(_output.Directory, "thpc-node-agent_*_amd64.deb"));

    public string Rpm => Assert.Single(Directory.GetFiles(_output.Directory, "thpc-node-agent-*-1.x86_64.rpm"));

    public async ValueTask InitializeAsync()
    {
        Needs.Program("dpkg-deb");
        Needs.Program("rpmbuild");
        await MakeAsync(Repository.Root, _output.Directory);
    }

    public ValueTask DisposeAsync()
    {
        _output.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <param name="repository">The repository, or a copy of it.</param>
    internal static async Task MakeAsync(string repository, string output, IReadOnlyDictionary<string, string>? environment = null)
    {
        var run = await ProgramRunner.RunAsync(
            [Path.Combine(repository, "scripts/package.sh"), "--output", output, "x64", "deb", "rpm"], TimeSpan.FromMinutes(10),
            TestContext.Current.CancellationToken, environment);
        Assert.True(run.Succeeded, run.Output);
    }

    internal static async Task<string> SayAsync(params string[] command)
    {
        var run = await ProgramRunner.RunAsync(command, TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.True(run.Succeeded, run.Output);
        return run.Output;
    }
}
