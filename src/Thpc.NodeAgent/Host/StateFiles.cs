using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;

namespace Thpc.NodeAgent.Host;

/// <summary>The files by which the agent remembers, under directories that only root can look into.</summary>
internal static class StateFiles
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // A last report with everything that a script's end may have said.
    private const int LongReport = 64 * 1024;

    /// <summary>Makes /var/lib/thpc-node-agent, or a directory below it, if it is missing: mode 0700.</summary>
    public static string EnsureState(NodeRoot root, string below = "")
    {
        Directory.CreateDirectory(root.StateDirectory, Private);
        File.SetUnixFileMode(root.StateDirectory, Private);
        var path = Path.Combine(root.StateDirectory, below);
        Directory.CreateDirectory(path, Private);
        return path;
    }

    /// <summary>Replaces the last run's report.</summary>
    /// <param name="last">Whether it must outlive a power cut; those on the way must only outlive this process.</param>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static void WriteReport(NodeRoot root, byte[] report, bool last)
    {
        EnsureState(root);
        DiskSpace.Guard(root.Report, () => AtomicFile.Write(root.Report, report, durable: last));
        if (last)
        {
            return;
        }

        try
        {
            // The one that says that the disk is full must be written too.
            AtomicFile.Reserve(root.Report, LongReport);
        }
        catch (IOException)
        {
            // It will say itself that it cannot be.
        }
    }

    /// <returns>Null where no run has left one.</returns>
    public static byte[]? ReadReport(NodeRoot root) => RegularFile.ReadBytes(root.Report);

    /// <returns>What an installation of packages left for later runs; null where nothing was left, or it cannot be read.</returns>
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

    /// <param name="state">Null: there is nothing to be left.</param>
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

    /// <summary>Keeps what is about to be taken out, behind what was kept before.</summary>
    /// <exception cref="AgentException">NO_SPACE.</exception>
    public static void KeepRemoved(NodeRoot root, string text) => Append(root, root.RemovedStorage, text);

    /// <summary>What init scripts printed, a file each, by name.</summary>
    public static IReadOnlyList<string> Logs(NodeRoot root) =>
        Directory.Exists(root.LogDirectory) ? [.. Directory.EnumerateFiles(root.LogDirectory, "*.log").Order(StringComparer.Ordinal)] : [];

    /// <summary>Whether anything was ever taken out and kept.</summary>
    public static bool HasRemoved(NodeRoot root) => RegularFile.Exists(root.RemovedStorage);

    /// <summary>Leaves a line for the next report.</summary>
    public static void AddGuardNote(NodeRoot root, string note) => Append(root, root.GuardNotes, note + "\n");

    public static IReadOnlyList<string> ReadGuardNotes(NodeRoot root) => RegularFile.ReadText(root.GuardNotes)?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>Once a report has them.</summary>
    public static void DeleteGuardNotes(NodeRoot root) => File.Delete(root.GuardNotes);

    /// <summary>Says that a bootstrap succeeded in this boot; /run forgets it at the next.</summary>
    public static void WriteReady(NodeRoot root) => WriteMark(root, root.Ready);

    /// <summary>Whether a bootstrap has succeeded in this boot.</summary>
    public static bool IsReady(NodeRoot root) => File.Exists(root.Ready);

    /// <summary>Lets the controllers of the scheduler start, or holds those back that do not run yet.</summary>
    /// <param name="usable">Whether /opt is as the configuration wants it.</param>
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

    /// <summary>Says that the packages are there, and what the image was.</summary>
    /// <param name="path">Of this process, links resolved.</param>
    public static void WriteMarker(string path, byte[] manifest)
    {
        NoteMarker(path, manifest);
        AtomicFile.Rename(path + NodeRoot.NextMarker, path);
    }

    /// <summary>Notes beside it what the marker will say: a run that is killed before it writes it has taken away what the next one would need to know.</summary>
    public static void NoteMarker(string path, byte[] manifest)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path + NodeRoot.NextMarker, manifest, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    private static void WriteMark(NodeRoot root, string path)
    {
        Directory.CreateDirectory(root.RunDirectory);
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        DiskSpace.Guard(path, () => AtomicFile.Write(path, [], Readable, durable: false));
    }

    // A byte a character, as fstab is read.
    private static void Append(NodeRoot root, string path, string text)
    {
        EnsureState(root);
        var old = RegularFile.ReadBytes(path) ?? [];
        DiskSpace.Guard(path, () => AtomicFile.Write(path, [.. old, .. System.Text.Encoding.Latin1.GetBytes(text)]));
    }
}
