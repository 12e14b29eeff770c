using System.Diagnostics.CodeAnalysis;
using System.Text;
using Thpc.NodeAgent.Host;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>
/// Changes /etc/fstab, one writer at a time, and tells systemd. Changes that come in while one is being written go together
/// into the next, so that many mounts at once do not mean as many reloads.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle nobody asks for holds nothing.")]
internal sealed class FstabWriter(NodeRoot root)
{
    private sealed class Change(Func<Fstab, Fstab> edit)
    {
        public Func<Fstab, Fstab> Edit { get; } = edit;

        public bool Done { get; set; }

        public AgentException? Error { get; set; }
    }

    private readonly SemaphoreSlim _turn = new(1);
    private readonly List<Change> _waiting = [];

    public static Fstab Read(NodeRoot root) => Fstab.Parse(ReadText(root));

    /// <exception cref="AgentException">FSTAB_WRITE, FSTAB_INVALID or NO_SPACE; the file is as it was.</exception>
    public async Task ChangeAsync(Func<Fstab, Fstab> edit, Action<string> note, CancellationToken cancel)
    {
        var mine = new Change(edit);
        lock (_waiting)
        {
            _waiting.Add(mine);
        }

        await _turn.WaitAsync(cancel);
        try
        {
            if (!mine.Done)
            {
                await WriteAsync(note, cancel);
            }
        }
        finally
        {
            _turn.Release();
        }

        if (mine.Error is { } error)
        {
            throw error;
        }
    }

    private static string ReadText(NodeRoot root)
    {
        var path = root.On(root.Resolve("/etc/fstab"));
        return File.Exists(path) ? Encoding.Latin1.GetString(File.ReadAllBytes(path)) : "";
    }

    private async Task WriteAsync(Action<string> note, CancellationToken cancel)
    {
        Change[] changes;
        lock (_waiting)
        {
            changes = [.. _waiting];
            _waiting.Clear();
        }

        try
        {
            var old = ReadText(root);
            var text = changes.Aggregate(Fstab.Parse(old), (fstab, change) => change.Edit(fstab)).Text;
            if (text != old)
            {
                await AtomicFile.ReplaceAsync(root.On(root.Resolve("/etc/fstab")), Encoding.Latin1.GetBytes(text), cancel);
                if (await Systemd.ReloadAsync(root, cancel) is { } problem)
                {
                    note($"systemd was not told of the change of fstab: {problem}");
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var code = ErrorCode.Describe(e).Code == ErrorCode.NoSpace ? ErrorCode.NoSpace : ErrorCode.FstabWrite;
            Fail(changes, new AgentException(code, $"writing /etc/fstab: {e.Message}; it is as it was", inner: e));
        }
        catch (AgentException e)
        {
            Fail(changes, e);
        }

        Array.ForEach(changes, change => change.Done = true);
    }

    private static void Fail(Change[] changes, AgentException error) => Array.ForEach(changes, change => change.Error = error);
}
