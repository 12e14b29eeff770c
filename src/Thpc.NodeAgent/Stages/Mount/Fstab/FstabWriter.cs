using System.Diagnostics.CodeAnalysis;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Stages.Mount.Fstab;

/// <summary>Changes /etc/fstab, one writer at a time, and lets systemd know.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim whose wait handle nobody asks for holds nothing.")]
internal sealed class FstabWriter(NodeRoot root)
{
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(5);

    private static readonly LocalizedText NoFile = new("Put a file there, an empty one if need be; nothing was touched.", "请在该处放置一个普通文件（可以为空）；未做任何改动。");

    private readonly SemaphoreSlim _turn = new(1);
    private bool _changed;

    public static FstabDocument Read(NodeRoot root) => FstabDocument.Parse(SharedTextFile.Read(FileOf(root)));

    /// <param name="edit">Is applied again to what another program writes at the same moment; throws where that leaves no room for it.</param>
    /// <param name="note">Hears what a person should know although all went well.</param>
    /// <exception cref="AgentException">FSTAB_WRITE, FSTAB_INVALID, NO_SPACE or the edit's own; the file is as others left it.</exception>
    public async Task ChangeAsync(Func<FstabDocument, FstabDocument> edit, CancellationToken cancel, Action<string>? note = null)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            _changed |= await SharedTextFile.ChangeAsync(FileOf(root), text => edit(FstabDocument.Parse(text)).Text, Note, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var code = ErrorCode.Describe(e).Code == ErrorCode.NoSpace ? ErrorCode.NoSpace : ErrorCode.FstabWrite;
            throw new AgentException(code, $"writing /etc/fstab: {e.Message}", inner: e);
        }
        finally
        {
            _turn.Release();
        }

        void Note(string text) => note?.Invoke(root.IsLive ? text : text.Replace(root.Prefix, "", StringComparison.Ordinal));
    }

    /// <summary>Something else than fstab of which systemd makes units was changed.</summary>
    public void MarkChanged() => _changed = true;

    /// <summary>
    /// Has systemd make its units anew if anything was changed since the last time; but not while a server is silent. systemd
    /// (252) looks at every mount point in fstab, hangs there for 90 s, and has units of a part of fstab then.
    /// </summary>
    /// <exception cref="AgentException">FSTAB_WRITE: systemd did not take it.</exception>
    public async Task ReloadAsync(Action<string> note, CancellationToken cancel)
    {
        if (!_changed || !Systemd.Runs(root))
        {
            return;
        }

        if (await SilentAsync(cancel) is { } silent)
        {
            note($"{silent} does not answer, and systemd would hang on it: it was not told of the change of fstab; `systemctl daemon-reload` tells it once that answers");
            return;
        }

        if (await Systemd.ReloadAsync(root, cancel) is { } problem)
        {
            throw new AgentException(ErrorCode.FstabWrite, $"systemd was not told of the change of fstab: {problem}", new("Run `systemctl daemon-reload`, and see why it failed: `journalctl -b -p warning`.", "请运行 `systemctl daemon-reload`，并查看失败原因：`journalctl -b -p warning`。"));
        }

        _changed = false;
    }

    /// <summary>A mount point on the way to one of fstab's that does not answer; null where there is none.</summary>
    private async Task<string?> SilentAsync(CancellationToken cancel)
    {
        List<string> places = [.. Read(root).Lines.Select(line => line.Entry?.MountPoint).OfType<string>()];
        var points = MountTree.Read().Entries.Where(entry => entry.MayBlock && places.Exists(place => LocalPath.IsAtOrBelow(place, entry.MountPoint))).Select(entry => entry.MountPoint);
        var answers = await Task.WhenAll(points.Distinct().Select(async point => (Point: point, Answer: await MountProbe.AskAsync(root, point, SilenceLimit, cancel))));
        return answers.FirstOrDefault(asked => asked.Answer.Code == ErrorCode.MountTimeout).Point;
    }

    /// <exception cref="AgentException">FSTAB_INVALID: it is there, and is no file. Whoever opened a FIFO would wait for ever.</exception>
    private static string FileOf(NodeRoot root)
    {
        string path;
        try
        {
            path = root.Fstab;
        }
        catch (AgentException e) when (e.Code == ErrorCode.MountUnsafePath)
        {
            throw new AgentException(ErrorCode.FstabInvalid, e.Message, NoFile, e);
        }

        return FileStatus.Read(path) is { Kind: not FileKind.Regular }
            ? throw new AgentException(ErrorCode.FstabInvalid, NodePaths.Fstab + " is there and is no file", NoFile)
            : path;
    }
}
