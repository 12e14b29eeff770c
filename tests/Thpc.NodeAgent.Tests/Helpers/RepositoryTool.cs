using System.Diagnostics;

namespace Thpc.NodeAgent.Tests.Helpers;

internal sealed record ToolRun(int ExitCode, string Output, string Errors);

/// <summary>Programs that read the repository, such as git.</summary>
internal static class RepositoryTool
{
    /// <summary>Runs a program in the repository's folder and waits for its end.</summary>
    public static ToolRun Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ToolRun(process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
