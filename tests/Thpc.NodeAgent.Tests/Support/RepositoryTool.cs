using System.Diagnostics;

namespace Thpc.NodeAgent.Tests.Support;

/// <summary>Programs that read the repository, such as git.</summary>
internal static class RepositoryTool
{
    /// <summary>Runs a program in the repository's folder and waits for its end.</summary>
    public static AgentRun Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Agent.Repository,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new AgentRun(process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
