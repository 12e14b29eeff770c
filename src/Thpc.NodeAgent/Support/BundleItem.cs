using System.Text;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Support;

/// <summary>One file of a bundle.</summary>
/// <param name="ReadAsync">Reads its text within a limit; null if there is nothing to read.</param>
internal sealed record BundleItem(string Name, Func<TimeSpan, CancellationToken, Task<string?>> ReadAsync)
{
    public static BundleItem FromFile(string name, string path) =>
        new(name,
            async (limit, cancel) =>
                await FileHeadAndTail.ReadAsync(path, limit, cancel) is { } content ? Encoding.UTF8.GetString(content) : null);

    /// <summary>The output of programs, each below its command line: the last 64 KiB of each. Missing programs are left out.</summary>
    public static BundleItem FromPrograms(string name, params IReadOnlyList<string>[] commands) => new(name, async (limit, cancel) =>
    {
        var found = commands.Where(command => ProgramFinder.Find(new NodeRoot("/"), command[0]) is not null);
        var outputs = await Task.WhenAll(found.Select(async command =>
        {
            var run = await ProgramRunner.RunAsync(command, limit, cancel);
            var end = run.TimedOut ? $"[did not finish within {limit.TotalSeconds:0.#} s]\n"
                : run.ExitCode != 0 ? $"[exit code {run.ExitCode}]\n"
                : "";
            return $"$ {string.Join(' ', command)}\n{run.Output}{end}\n";
        }));
        return outputs.Length == 0 ? null : string.Concat(outputs);
    });
}
