using System.Text;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Support;

/// <summary>One file of a bundle.</summary>
/// <param name="Source">The path that it is read from, or the programs that print it.</param>
/// <param name="ReadAsync">Reads its text within a limit; null if there is nothing to read.</param>
internal sealed record BundleItem(string Name, string Source, Func<TimeSpan, CancellationToken, Task<string?>> ReadAsync)
{
    public static BundleItem FromFile(string name, string path) => FromFirst(name, path);

    /// <summary>The first of these files that exists.</summary>
    /// <param name="paths">The last is the file's usual place.</param>
    public static BundleItem FromFirst(string name, params IReadOnlyList<string> paths) => new(name, paths[^1], async (limit, cancel) =>
    {
        foreach (var path in paths)
        {
            if (await FileHeadAndTail.ReadAsync(path, limit, cancel) is { } content)
            {
                return Encoding.UTF8.GetString(content);
            }
        }

        return null;
    });

    /// <summary>The output of programs, each below its command line: the last 64 KiB of each. Missing programs are left out.</summary>
    public static BundleItem FromPrograms(string name, params IReadOnlyList<string>[] commands)
    {
        var names = string.Join(", ", commands.Select(command => command[0]).Distinct());
        return new(name, names, (limit, cancel) => RunAsync(commands, limit, cancel));
    }

    private static async Task<string?> RunAsync(IReadOnlyList<string>[] commands, TimeSpan limit, CancellationToken cancel)
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
    }
}
