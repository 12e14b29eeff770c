using System.Diagnostics;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.SystemTests.Helpers;

internal sealed record AgentRun(int ExitCode, string Output, string Errors);

/// <summary>Runs the executable of `publish.sh`, or the one that THPC_AGENT names.</summary>
internal static class Agent
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    // Looked up by the tests that run it; all others pass without.
    private static readonly Lazy<string> Found = new(Find);

    /// <exception cref="FileNotFoundException">It was not published.</exception>
    public static string Executable => Found.Value;

    public static Task<AgentRun> RunAsync(TemporaryNode node, params string[] arguments) =>
        RunAsync(node, new Dictionary<string, string>(), arguments);

    /// <summary>Runs the agent on a node. From this process's environment it gets only PATH.</summary>
    public static async Task<AgentRun> RunAsync(
        TemporaryNode node, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using var process = Start(node, environment, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        using var timer = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(timer.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"the agent was still running after {Limit}: {string.Join(' ', arguments)}");
        }

        return new AgentRun(process.ExitCode, await output, await errors);
    }

    public static Process Start(TemporaryNode node, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(Executable)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach (var argument in (string[])[.. arguments, "--root", node.Directory])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        start.Environment["PATH"] = ProgramFinder.SearchPath;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    private static string Find()
    {
        var path = Environment.GetEnvironmentVariable("THPC_AGENT") ?? Path.Combine(Repository.Root, "artifacts/linux-x64/thpc-node-agent");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} does not exist; run ./publish.sh first");
    }
}
