using System.Collections.Concurrent;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Failures;

/// <summary>Runs failures.sh for each case and language, several at a time, because some take their whole limit.</summary>
public sealed class FailedMachines : IAsyncLifetime
{
    private const int Parallel = 6;
    private static readonly string[] Commands = ["bootstrap", "status", "doctor"];
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);
    private readonly SemaphoreSlim _free = new(Parallel);
    private readonly ConcurrentDictionary<string, Task<IReadOnlyDictionary<string, string>>> _outputs = new();

    internal static string Folder { get; } = Path.Combine(Repository.Root, "tests/Thpc.NodeAgent.SystemTests/Failures");

    /// <returns>What each command printed.</returns>
    internal Task<IReadOnlyDictionary<string, string>> OutputOf(string name, string language)
    {
        Needs.RootUser();
        return _outputs[$"{name} {language}"];
    }

    public async ValueTask InitializeAsync()
    {
        if (NativeMethods.EffectiveUserId() != 0)
        {
            return;
        }

        Needs.Program("ganesha.nfsd");
        foreach (var name in FailureOutputTests.Cases.Select(failure => failure.Name))
        {
            foreach (var language in LanguageChoice.Names)
            {
                _outputs[$"{name} {language}"] = RunAsync(name, language);
            }
        }

        await Task.WhenAll(_outputs.Values).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    public ValueTask DisposeAsync()
    {
        _free.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<IReadOnlyDictionary<string, string>> RunAsync(string name, string language)
    {
        await _free.WaitAsync();
        var output = Directory.CreateTempSubdirectory("thpc-failure-").FullName;
        try
        {
            var run = await ProgramRunner.RunAsync(
                ["unshare", "--mount", "--pid", "--net", "--uts", "--fork", "--kill-child", "--mount-proc", "bash",
                    Path.Combine(Folder, "failures.sh"), name, language, Agent.Executable, Repository.Root, output],
                Limit,
                CancellationToken.None);
            Assert.True(run.Succeeded, $"{name} {language}: {run.Output}");
            return Commands.ToDictionary(command => command, command => File.ReadAllText(Path.Combine(output, $"{command}.txt")));
        }
        finally
        {
            _free.Release();
            Directory.Delete(output, recursive: true);
        }
    }
}
