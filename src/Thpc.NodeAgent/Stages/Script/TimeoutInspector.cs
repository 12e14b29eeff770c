using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Looks at a script and all that it has started, right before they are ended.</summary>
internal static class TimeoutInspector
{
    private const int MostProcesses = 40;
    private const int MostFiles = 5;
    private const int MostOfLine = 160;
    private const int MostLines = 20;

    /// <summary>For a process's memory, which may be out of reach; all are looked at side by side.</summary>
    private static readonly TimeSpan MemoryLimit = TimeSpan.FromSeconds(1);

    /// <summary>For all of it: the script is to be ended.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <param name="family">The script first.</param>
    /// <param name="output">Its last words.</param>
    public static async Task<TimeoutDiagnostics> LookAsync(IReadOnlyList<ProcessEntry> family, string output, NodeRoot root, CancellationToken cancel)
    {
        var redaction = new Redactor([]);
        string Shown(string text) => OutputText.OneLine(redaction.Apply(text)) is var line && line.Length > MostOfLine ? line[..MostOfLine] + "…" : line;
        string[] lines = [.. redaction.Apply(output).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(MostLines).Select(Shown)];
        try
        {
            return await Task.Run(async () =>
            {
                ProcessSnapshot[] looks = await Task.WhenAll(family.Take(MostProcesses).Select(entry => ProcessSnapshot.AtAsync(entry, MemoryLimit, cancel)));
                looks = [.. looks.Select(look => look with { Command = Shown(look.Command) })];
                var mounts = MountTree.Read();
                return new TimeoutDiagnostics(
                    StallAnalysis.Of(looks, string.Join('\n', lines), mounts, FileLocks.Held(looks.Select(StallAnalysis.WaitedFor).OfType<string>(), root), TcpTable.Read()),
                    [.. looks.Select(look => new StalledProcess(
                        look.Entry.Id, look.Entry.ParentId, look.Entry.State.ToString(), look.WaitChannel, look.Command, [.. StallAnalysis.NetworkFiles(look, mounts).Take(MostFiles)]))],
                    Math.Max(0, family.Count - MostProcesses),
                    lines);
            }, cancel).WaitAsync(Limit, cancel);
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException)
        {
            return new TimeoutDiagnostics([$"not to be looked at: {e.Message}"], [], family.Count, lines);
        }
    }
}
