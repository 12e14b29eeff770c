using System.Text;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Backs up files into a .tar.gz of mode 0600, with their modes, owners, links and holes.</summary>
internal static class TarBackup
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);

    // tar(1): a file changed while it was read. The archive has the part of a growing log that was read.
    private const int SomeChanged = 1;

    /// <returns>Why the file cannot be written, to follow its name; null if it can.</returns>
    public static LocalizedText? Validate(string file) =>
        Path.Exists(file) ? Messages.BackupExists
        : Directory.Exists(Path.GetDirectoryName(file)) ? null
        : Messages.NotDirectory($"{Path.GetDirectoryName(file)}");

    /// <returns>The real path of the directory that contains the file, Latin-1.</returns>
    public static string RealDirectory(string file)
    {
        var directory = Path.GetDirectoryName(file)!;
        var descriptor = NativeMethods.Open(directory, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        using var handle = descriptor < 0
            ? throw new IOException($"{directory} cannot be opened")
            : new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true);
        return TreePath.FromText(new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget ?? directory);
    }

    /// <summary>Writes the backup atomically and flushes it to the disk.</summary>
    /// <param name="directory">The directory that the paths are relative to.</param>
    /// <param name="paths">Latin-1; a directory is stored without its content.</param>
    /// <exception cref="IOException">It could not be written; or AgentException: its path contains a link of another user.</exception>
    public static async Task WriteAsync(string file, string directory, IEnumerable<string> paths, CancellationToken cancel)
    {
        var machine = new NodeRoot("/");
        using var place = DirectoryHandle.Open(machine, machine.Resolve(Path.GetDirectoryName(file)!));
        try
        {
            await WriteAsync(place, Path.GetFileName(file), directory, paths, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw place.WithOriginalPath(e);
        }
    }

    private static async Task WriteAsync(
        DirectoryHandle place, string name, string directory, IEnumerable<string> paths, CancellationToken cancel)
    {
        // An unfinished archive of a killed run contains keys: delete it.
        var file = place.PathOf(name);
        AtomicFile.Sweep(file);
        var temporary = AtomicFile.TemporaryName(file);
        var list = temporary + ".list";
        try
        {
            await using (var names = AtomicFile.Create(list))
            await using (var archive = AtomicFile.Create(temporary))
            {
                names.Write(Encoding.Latin1.GetBytes(string.Concat(paths.Select(path => $".{path}\0"))));

                // By descriptor, not by name: other users may have replaced the file.
                var result = await ProgramRunner.RunAsync(
                    [
                        "tar", "--create", "--gzip", "--sparse", "--numeric-owner", "--force-local", $"--file={OpenHere(archive)}",
                        $"--directory={directory}", "--no-recursion", "--null", $"--files-from={OpenHere(names)}",
                    ],
                    Limit,
                    cancel);
                if (result.TimedOut || result.ExitCode is not (0 or SomeChanged))
                {
                    var problem = result.TimedOut ? $"did not end within {Limit.TotalMinutes:0} minutes" : result.LastOutput;
                    throw new IOException($"tar: {problem}");
                }

                AtomicFile.Flush(archive);
            }

            // Delete the list first: once the archive exists, no later run sweeps beside it.
            File.Delete(list);
            AtomicFile.Rename(temporary, file);
        }
        finally
        {
            File.Delete(list);
            File.Delete(temporary);
        }
    }

    private static string OpenHere(FileStream file) => $"/proc/{Environment.ProcessId}/fd/{file.SafeFileHandle.DangerousGetHandle()}";
}
