using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host;

/// <summary>The agent's state files, in directories that only root can read.</summary>
internal static class StateFiles
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // Space for a final report: the output of a failed script, or forty mounts that fail (68 KB).
    private const int MaxReportBytes = 128 * 1024;

    /// <summary>Creates /var/lib/thpc-node-agent, or a directory below it, with mode 0700 if it is missing.</summary>
    public static string EnsureState(NodeRoot root, string below = "")
    {
        Directory.CreateDirectory(root.StateDirectory, Private);
        File.SetUnixFileMode(root.StateDirectory, Private);
        var path = Path.Combine(root.StateDirectory, below);
        Directory.CreateDirectory(path, Private);
        return path;
    }

    /// <summary>The path of the last report on the node: that of the copy if the report could not be written.</summary>
    public static string ReportPath(NodeRoot root) => File.Exists(root.ReportCopy) ? NodePaths.ReportCopy : NodePaths.Report;

    /// <summary>Replaces the report. If that fails, a copy in memory, below /run, has it until the next boot.</summary>
    /// <param name="last">Whether it is the run's final report, which must survive a power cut. Intermediate ones need not.</param>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static void WriteReport(NodeRoot root, byte[] report, bool last)
    {
        try
        {
            EnsureState(root);
            DiskSpace.Guard(root.Report, () => AtomicFile.Write(root.Report, report, durable: last, whole: true));
            File.Delete(root.ReportCopy);
        }
        catch (Exception e) when (e is AgentException or IOException or UnauthorizedAccessException)
        {
            WriteCopy(root, report);
            throw;
        }

        if (last)
        {
            return;
        }

        try
        {
            // A report about a full disk must be written too.
            AtomicFile.Reserve(root.Report, MaxReportBytes);
        }
        catch (IOException)
        {
            // Writing the final report will fail with this error.
        }
    }

    /// <summary>
    /// Keeps the last report beside the next one, and the one before it. `report.json` exists at every moment. A failure is ignored: the
    /// run itself does not need old reports.
    /// </summary>
    public static void KeepReport(NodeRoot root)
    {
        try
        {
            if (RegularFile.ReadBytes(root.ReportCopy) is { } copy)
            {
                // There was no space for it at the end of its run.
                AtomicFile.Write(root.Report, copy, durable: false);
                File.Delete(root.ReportCopy);
            }

            if (RegularFile.ReadBytes(root.Report) is not { } last
                || (RegularFile.ReadBytes(root.ReportBefore(1)) is { } kept && last.AsSpan().SequenceEqual(kept)))
            {
                // Equal if a run was killed between this and its first report.
                return;
            }

            for (var before = NodePaths.MaxEarlierReports; before > 1; before--)
            {
                if (File.Exists(root.ReportBefore(before - 1)))
                {
                    AtomicFile.Rename(root.ReportBefore(before - 1), root.ReportBefore(before), durable: false);
                }
            }

            // A second name for the same file, whose content is already on the disk. The next write replaces only the first name.
            AtomicFile.Link(root.Report, root.ReportBefore(1));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The disk is full or read-only.
        }
    }

    /// <param name="before">0 is the last run, 1 the run before it, 2 the one before that.</param>
    /// <returns>The report, from wherever it could be written; null if no run has left one.</returns>
    /// <exception cref="AgentException">NOT_ROOT: only root may read it.</exception>
    public static byte[]? ReadReport(NodeRoot root, int before = 0)
    {
        try
        {
            return (before == 0 ? RegularFile.ReadBytes(root.ReportCopy) : null) ?? RegularFile.ReadBytes(root.ReportBefore(before));
        }
        catch (UnauthorizedAccessException) when (NativeMethods.EffectiveUserId() != 0)
        {
            throw new AgentException(ErrorCode.NotRoot, Messages.ReportForRoot(NodePaths.Report));
        }
    }

    /// <summary>Saves the steps that run now, for `status`. A failure is ignored: the run itself does not need the file.</summary>
    /// <param name="steps">Empty: the file is deleted.</param>
    public static void WriteRunningSteps(NodeRoot root, IReadOnlyList<string> steps)
    {
        try
        {
            if (steps.Count > 0)
            {
                // In place: a reader that comes in between misses a line, and the next second shows it.
                File.WriteAllText(root.RunningSteps, string.Concat(steps.Select(step => $"{step}\n")));
            }
            else
            {
                File.Delete(root.RunningSteps);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // /run is full or read-only.
        }
    }

    /// <returns>The steps that run now, while a run is in progress; empty if they are unknown.</returns>
    public static IReadOnlyList<string> ReadRunningSteps(NodeRoot root) =>
        ProcFiles.Read(root.RunningSteps)?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static void WriteCopy(NodeRoot root, byte[] report)
    {
        try
        {
            AtomicFile.Write(root.ReportCopy, report, durable: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // /run is full or read-only too. The caller gets the error of the report's own place.
        }
    }

    /// <returns>The state that a package installation left for later runs; null if there is none, or it cannot be read.</returns>
    public static byte[]? ReadPackages(NodeRoot root)
    {
        try
        {
            return RegularFile.ReadBytes(root.PackagesState);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="state">Null deletes the file.</param>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static void WritePackages(NodeRoot root, byte[]? state)
    {
        EnsureState(root);
        if (state is null)
        {
            File.Delete(root.PackagesState);
        }
        else
        {
            DiskSpace.Guard(root.PackagesState, () => AtomicFile.Write(root.PackagesState, state));
        }
    }

    /// <summary>Appends text that is about to be removed from fstab or units to the file of removed storage.</summary>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static void KeepRemoved(NodeRoot root, string text) => Append(root, root.RemovedStorage, text);

    /// <summary>The logs of init scripts and of the package manager: those of the last run first, each group by name.</summary>
    public static IReadOnlyList<string> Logs(NodeRoot root) => Directory.Exists(root.LogDirectory)
        ? [.. ((string[])["*.log", "*.log.1", "*.log.2"])
            .SelectMany(pattern => Directory.EnumerateFiles(root.LogDirectory, pattern).Order(StringComparer.Ordinal))]
        : [];

    /// <summary>Whether the file of removed storage exists.</summary>
    public static bool HasRemoved(NodeRoot root) => RegularFile.Exists(root.RemovedStorage);

    /// <summary>Adds a message of `guard` for the next report.</summary>
    public static void AddGuardNote(NodeRoot root, string note) => Append(root, root.GuardNotes, note + "\n");

    public static IReadOnlyList<string> ReadGuardNotes(NodeRoot root) =>
        RegularFile.ReadText(root.GuardNotes)?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Call it once a report contains the messages.</summary>
    public static void DeleteGuardNotes(NodeRoot root) => File.Delete(root.GuardNotes);

    /// <summary>Marks that a bootstrap succeeded in this boot. /run is empty after the next boot.</summary>
    public static void WriteReady(NodeRoot root) => WriteMark(root, root.Ready);

    /// <summary>Whether a bootstrap has succeeded in this boot.</summary>
    public static bool IsReady(NodeRoot root) => File.Exists(root.Ready);

    /// <summary>Allows or prevents the start of the scheduler's controllers. Running ones are not stopped.</summary>
    /// <param name="usable">Whether /opt is mounted as configured.</param>
    public static void SetOptReady(NodeRoot root, bool usable)
    {
        if (!usable)
        {
            File.Delete(root.OptReady);
        }
        else if (!IsOptReady(root))
        {
            WriteMark(root, root.OptReady);
        }
    }

    public static bool IsOptReady(NodeRoot root) => File.Exists(root.OptReady);

    /// <summary>Writes the marker with the image's manifest.</summary>
    /// <param name="path">The marker's path for this process, links resolved.</param>
    public static void WriteMarker(string path, byte[] manifest)
    {
        WriteNextMarker(path, manifest);
        AtomicFile.Rename(path + NodeRoot.NextMarker, path);
    }

    /// <summary>
    /// Stores the marker's next content beside it. If the run is killed before it writes the marker, the next run needs this content: its
    /// sources are already removed from the node.
    /// </summary>
    public static void WriteNextMarker(string path, byte[] manifest)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        AtomicFile.Write(path + NodeRoot.NextMarker, manifest, Readable);
    }

    private static void WriteMark(NodeRoot root, string path)
    {
        Directory.CreateDirectory(root.RunDirectory);
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        DiskSpace.Guard(path, () => AtomicFile.Write(path, [], Readable, durable: false));
    }

    // Latin-1, like fstab.
    private static void Append(NodeRoot root, string path, string text)
    {
        EnsureState(root);
        var old = RegularFile.ReadBytes(path) ?? [];
        DiskSpace.Guard(path, () => AtomicFile.Write(path, [.. old, .. System.Text.Encoding.Latin1.GetBytes(text)]));
    }
}
