using System.Diagnostics.CodeAnalysis;
using Thpc.NodeAgent.Configuration;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Units;

namespace Thpc.NodeAgent.Stages.Mount.Fstab;

/// <summary>Changes /etc/fstab, one change at a time, and reloads systemd afterwards.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A SemaphoreSlim needs no disposal unless its wait handle is used.")]
internal sealed class FstabWriter(NodeRoot root)
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly HashSet<string> _answering = new(StringComparer.Ordinal);
    private bool _changed;
    private bool _unitsChanged;

    public static FstabDocument Read(NodeRoot root) => FstabDocument.Parse(SharedTextFile.Read(FileOf(root)));

    /// <param name="edit">Runs again if another program writes the file meanwhile; throws if the change is not possible then.</param>
    /// <param name="note">Receives remarks for the report.</param>
    /// <exception cref="AgentException">FSTAB_WRITE, FSTAB_INVALID, NO_SPACE, or what the edit throws; the file is unchanged.</exception>
    public async Task ChangeAsync(Func<FstabDocument, FstabDocument> edit, CancellationToken cancel, Action<string>? note = null)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            _changed |= await SharedTextFile.ChangeAsync(FileOf(root), text => edit(FstabDocument.Parse(text)).Text, Note, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var code = Error.From(e).Code == ErrorCode.NoSpace ? ErrorCode.NoSpace : ErrorCode.FstabWrite;
            throw new AgentException(code, Messages.FstabNotWritten(e.Message), inner: e);
        }
        finally
        {
            _turn.Release();
        }

        void Note(string text) => note?.Invoke(root.IsLive ? text : text.Replace(root.Prefix, "", StringComparison.Ordinal));
    }

    /// <summary>Makes the next reload unconditional: a unit file, or a line that the agent did not write, was changed.</summary>
    public void MarkChanged() => _unitsChanged = true;

    /// <summary>Records that this mount has just answered, so that a reload does not ask it again.</summary>
    /// <param name="target">The mount point as this process sees it.</param>
    public void MarkAnswering(string target)
    {
        lock (_answering)
        {
            _answering.Add(target);
        }
    }

    /// <summary>
    /// Reloads systemd if fstab or a unit was changed since the last reload, unless its units are those of fstab already. Not while a
    /// server in fstab does not answer: systemd (252) accesses every mount point of fstab, hangs there for 90 s, and then has units for
    /// only a part of fstab.
    /// </summary>
    /// <exception cref="AgentException">FSTAB_WRITE: the reload failed.</exception>
    public async Task ReloadAsync(Action<string> note, CancellationToken cancel)
    {
        if (!Systemd.Runs(root) || !(_unitsChanged || (_changed && !AreUnitsCurrent(Read(root), MountUnits.Generated(root)))))
        {
            return;
        }

        if (await FindSilentMountAsync(cancel) is { } silent)
        {
            note($"systemd was not reloaded, because it would hang on {silent}, which does not answer; "
                + "run `systemctl daemon-reload` when it does");
            return;
        }

        if (await Systemd.ReloadAsync(root, cancel) is { } problem)
        {
            throw new AgentException(ErrorCode.FstabWrite, Messages.NotReloaded(problem), Hints.ReloadSystemd);
        }

        _changed = _unitsChanged = false;
    }

    /// <summary>Whether systemd's generated units are those of the agent's lines in fstab. Other lines are not compared.</summary>
    public static bool AreUnitsCurrent(FstabDocument fstab, IEnumerable<MountUnit> generated)
    {
        HashSet<string> units = [];
        foreach (var unit in generated)
        {
            if (unit.Options.Contains(NodePaths.ClusterTag, StringComparison.Ordinal))
            {
                units.Add($"{unit.What} {unit.Where} {unit.Type} {unit.Options}");
            }
        }

        // Special characters are escaped in units: such a line never matches, and systemd is reloaded.
        HashSet<string> lines = [];
        foreach (var line in fstab.Lines)
        {
            if (line.Entry is { Cluster: not null } entry)
            {
                lines.Add($"{entry.Source} {LocalPath.Normalize(entry.MountPoint)} {entry.Type} {entry.Options}");
            }
        }

        return lines.SetEquals(units);
    }

    /// <summary>A mount point in fstab, or a parent of one, that does not answer; null where all answer.</summary>
    private async Task<string?> FindSilentMountAsync(CancellationToken cancel)
    {
        List<string> paths = [.. Read(root).Lines.Select(line => line.Entry?.MountPoint).OfType<string>()];
        List<string> mountPoints =
        [
            .. MountTree.Read().Entries
                .Where(entry => entry.MayBlock && !IsAnswering(entry.MountPoint))
                .Where(entry => paths.Exists(path => LocalPath.IsAtOrBelow(path, entry.MountPoint)))
                .Select(entry => entry.MountPoint).Distinct(),
        ];
        var answers = await MountProbe.AskAllAsync(root, mountPoints, ProbeLimit, cancel);
        return mountPoints.Where((_, index) => answers[index].Code == ErrorCode.MountTimeout).FirstOrDefault();

        bool IsAnswering(string mountPoint)
        {
            lock (_answering)
            {
                return _answering.Contains(mountPoint);
            }
        }
    }

    /// <exception cref="AgentException">FSTAB_INVALID: fstab is not a regular file. Opening a FIFO, for example, would block.</exception>
    private static string FileOf(NodeRoot root)
    {
        string path;
        try
        {
            path = root.Fstab;
        }
        catch (AgentException e) when (e.Code == ErrorCode.MountUnsafePath)
        {
            throw new AgentException(ErrorCode.FstabInvalid, e.Error.Text, Hints.CreateFstab, e);
        }

        return FileStatus.Read(path) is { Kind: not FileKind.Regular }
            ? throw new AgentException(ErrorCode.FstabInvalid, Messages.FstabNotRegular, Hints.CreateFstab)
            : path;
    }
}
