using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Looks at a script and all that it has started, right before they are ended.</summary>
internal static class TimeoutInspector
{
    private const int MaxProcesses = 40;
    private const int MaxFiles = 5;
    private const int MaxOfLine = 160;
    private const int MaxLines = 20;

    /// <summary>For a process's memory, which may be out of reach; all are looked at side by side.</summary>
    private static readonly TimeSpan MemoryLimit = TimeSpan.FromSeconds(1);

    /// <summary>For all of it: the script is to be ended.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <param name="family">The script first.</param>
    /// <param name="output">Its last words.</param>
    public static async Task<TimeoutDiagnostics> InspectAsync(IReadOnlyList<ProcessEntry> family, string output, NodeRoot root, CancellationToken cancel)
    {
        var redaction = new Redactor([]);
        string Shown(string text) => OutputText.OneLine(redaction.Apply(text)) is var line && line.Length > MaxOfLine ? line[..MaxOfLine] + "…" : line;
        string[] lines = [.. redaction.Apply(output).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(MaxLines).Select(Shown)];
        try
        {
            return await Task.Run(async () =>
            {
                ProcessSnapshot[] snapshots = await Task.WhenAll(family.Take(MaxProcesses).Select(entry => ProcessSnapshot.AtAsync(entry, MemoryLimit, cancel)));
                snapshots = [.. snapshots.Select(snapshot => snapshot with { Command = Shown(snapshot.Command) })];
                var mounts = MountTree.Read();
                return new TimeoutDiagnostics(
                    StallAnalysis.Describe(snapshots, string.Join('\n', lines), mounts, FileLocks.Held(snapshots.Select(StallAnalysis.WaitedFor).OfType<string>(), root), TcpTable.Read()),
                    [.. snapshots.Select(snapshot => new StalledProcess(
                        snapshot.Entry.Id, snapshot.Entry.ParentId, snapshot.Entry.State.ToString(), snapshot.WaitChannel, snapshot.Command, [.. StallAnalysis.NetworkFiles(snapshot, mounts).Take(MaxFiles)]))],
                    Math.Max(0, family.Count - MaxProcesses),
                    lines);
            }, cancel).WaitAsync(Limit, cancel);
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException)
        {
            return new TimeoutDiagnostics([$"not to be looked at: {e.Message}"], [], family.Count, lines);
        }
    }
}
