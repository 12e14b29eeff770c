using System.Text;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Support;

/// <summary>One file of a bundle, and how its text is had within a limit; null where there is none.</summary>
internal sealed record BundleItem(string Name, Func<TimeSpan, CancellationToken, Task<string?>> ReadAsync)
{
    public static BundleItem OfFile(string name, string path) =>
        new(name, async (limit, cancel) => await FileHeadAndTail.ReadAsync(path, limit, cancel) is { } content ? Encoding.UTF8.GetString(content) : null);

    /// <summary>What programs print, each under its command line; of each at most 64 KiB, the end rather than the beginning.</summary>
    public static BundleItem OfPrograms(string name, params IReadOnlyList<string>[] commands) => new(name, async (limit, cancel) =>
    {
        var outputs = await Task.WhenAll(commands.Where(command => ProgramFinder.Find(new NodeRoot("/"), command[0]) is not null).Select(async command =>
        {
            var run = await ProgramRunner.RunAsync(command, limit, cancel);
            var end = run.TimedOut ? $"[no end within {limit.TotalSeconds:0.#} s]\n" : run.ExitCode != 0 ? $"[exit code {run.ExitCode}]\n" : "";
            return $"$ {string.Join(' ', command)}\n{run.Output}{end}\n";
        }));
        return outputs.Length == 0 ? null : string.Concat(outputs);
    });
}
