using System.Text;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>Keeps files in a .tar.gz of mode 0600: modes, owners, links and holes as they were.</summary>
internal static class TarBackup
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);

    // tar(1): files changed while they were read. A log that grows is kept as far as it had come.
    private const int SomeChanged = 1;

    /// <summary>Says why the file cannot be written there; null if it can.</summary>
    public static string? Validate(string file) =>
        Path.Exists(file) ? "is there already, and may be all that is left of an earlier run"
        : Directory.Exists(Path.GetDirectoryName(file)) ? null
        : $"{Path.GetDirectoryName(file)} is no directory";

    /// <summary>The directory that a file will be in, as the kernel names it; a byte a character.</summary>
    public static string RealDirectory(string file)
    {
        var directory = Path.GetDirectoryName(file)!;
        var descriptor = NativeMethods.Open(directory, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        using var handle = descriptor < 0 ? throw new IOException($"{directory} cannot be opened") : new Microsoft.Win32.SafeHandles.SafeFileHandle(descriptor, ownsHandle: true);
        return TreePath.FromText(new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget ?? directory);
    }

    /// <summary>Whole and on the disk, or not there at all.</summary>
    /// <param name="directory">What the paths begin at.</param>
    /// <param name="paths">A byte a character, each alone, without what is below it.</param>
    /// <exception cref="IOException">It could not be written; or AgentException, a link of another user's leads there.</exception>
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

    private static async Task WriteAsync(DirectoryHandle place, string name, string directory, IEnumerable<string> paths, CancellationToken cancel)
    {
        // What a killed run had begun has the keys that this one is to keep.
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

                // By what is open here and not by name: where others may write, another file may have that name by now.
                var made = await ProgramRunner.RunAsync(
                    ["tar", "--create", "--gzip", "--sparse", "--numeric-owner", "--force-local", $"--file={OpenHere(archive)}", $"--directory={directory}", "--no-recursion", "--null", $"--files-from={OpenHere(names)}"],
                    Limit,
                    cancel);
                if (made.TimedOut || made.ExitCode is not (0 or SomeChanged))
                {
                    throw new IOException($"tar: {(made.TimedOut ? $"no end within {Limit.TotalMinutes:0} minutes" : made.LastWords)}");
                }

                AtomicFile.Flush(archive);
            }

            // While the archive is not there, the next run sweeps beside it; once it is, nobody does.
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
