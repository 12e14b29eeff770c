using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Inspects a script and the processes it started, before they are killed at the time limit.</summary>
internal static class TimeoutInspector
{
    private const int MaxProcesses = 40;
    private const int MaxFiles = 5;
    private const int MaxLineLength = 160;
    private const int MaxLines = 20;

    /// <summary>For reading the memory of one process, which may block; all processes are read in parallel.</summary>
    private static readonly TimeSpan MemoryLimit = TimeSpan.FromSeconds(1);

    /// <summary>For the whole inspection, which delays killing the script.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <param name="family">The script's process first, then its descendants.</param>
    /// <param name="output">The end of the script's output.</param>
    public static async Task<TimeoutDiagnostics> InspectAsync(
        IReadOnlyList<ProcessEntry> family, string output, NodeRoot root, CancellationToken cancel)
    {
        var redactor = new Redactor([]);
        string Printable(string text) => TerminalText.Cut(redactor.Apply(text), MaxLineLength);
        string[] lines =
            [.. redactor.Apply(output).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(MaxLines).Select(Printable)];
        try
        {
            return await Task.Run(async () =>
            {
                ProcessSnapshot[] snapshots = await Task.WhenAll(
                    family.Take(MaxProcesses).Select(entry => ProcessSnapshot.AtAsync(entry, MemoryLimit, cancel)));
                snapshots = [.. snapshots.Select(snapshot => snapshot with { Command = Printable(snapshot.Command) })];
                var mounts = MountTree.Read();
                var locks = FileLocks.Held(snapshots.Select(StallAnalysis.AwaitedLockFile).OfType<string>(), root);
                return new TimeoutDiagnostics(
                    StallAnalysis.Describe(snapshots, string.Join('\n', lines), mounts, locks, TcpTable.Read()),
                    [.. snapshots.Select(snapshot => new StalledProcess(
                        snapshot.Entry.Id,
                        snapshot.Entry.ParentId,
                        snapshot.Entry.State.ToString(),
                        snapshot.WaitChannel,
                        snapshot.Command,
                        [.. StallAnalysis.NetworkFiles(snapshot, mounts).Take(MaxFiles)]))],
                    Math.Max(0, family.Count - MaxProcesses),
                    lines);
            }, cancel).WaitAsync(Limit, cancel);
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException)
        {
            return new TimeoutDiagnostics([$"not inspected: {e.Message}"], [], family.Count, lines);
        }
    }
}
