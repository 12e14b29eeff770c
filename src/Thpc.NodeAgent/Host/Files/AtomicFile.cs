using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// Replaces a file so that whoever looks, at whatever moment the machine dies, finds the old text or the new one, whole:
/// temporary file in the same directory, fsync, rename, fsync of the directory.
/// </summary>
internal static class AtomicFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="mode">The new file's mode; 0600 unless given.</param>
    /// <param name="durable">Without it the file is still whole at whatever moment this process dies, but a power cut may take it.</param>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode = Private, bool durable = true)
    {
        Sweep(path);
        var temporary = TemporaryName(path);
        try
        {
            using (var file = Create(temporary))
            {
                file.Write(content);
                File.SetUnixFileMode(file.SafeFileHandle, mode);
                if (durable)
                {
                    Flush(file);
                }
            }

            Rename(temporary, path, durable);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Replaces a file that others own too, such as fstab: mode, owner and extended attributes (SELinux's label among them) stay.
    /// A file that is not there yet is made with mode 0644.
    /// </summary>
    /// <param name="path">The file itself, not a link to it.</param>
    /// <param name="sharedAs">This machine's name among those that may be replacing it now, empty where it has none: what lies beside it under another may be theirs, and is left.</param>
    /// <param name="mayReplace">Is asked at the last moment.</param>
    /// <returns>Whether it was replaced.</returns>
    /// <exception cref="IOException">It is as it was.</exception>
    public static async Task<bool> ReplaceAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel, string? sharedAs = null, Func<bool>? mayReplace = null)
    {
        if (!File.Exists(path))
        {
            if (mayReplace?.Invoke() == false)
            {
                return false;
            }

            Write(path, content.Span, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            return true;
        }

        Sweep(path, sharedAs);
        var temporary = sharedAs is null ? TemporaryName(path) : $"{path}.thpc-{sharedAs}-{Guid.NewGuid():N}.tmp";
        try
        {
            await using (var file = Create(temporary))
            {
                var copied = await ProgramRunner.RunAsync(["cp", "--attributes-only", "--preserve=all", "--", path, temporary], TimeSpan.FromSeconds(20), cancel);
                if (!copied.Succeeded)
                {
                    throw new IOException($"mode and owner of {path} cannot be copied: {copied.LastWords}");
                }

                file.Write(content.Span);
                Flush(file);
            }

            if (mayReplace?.Invoke() == false)
            {
                File.Delete(temporary);
                return false;
            }

            Rename(temporary, path);
            return true;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Puts a finished file in its place.</summary>
    public static void Rename(string temporary, string path, bool durable = true)
    {
        File.Move(temporary, path, overwrite: true);
        if (durable)
        {
            FlushDirectory(Path.GetDirectoryName(path)!);
        }
    }

    /// <summary>Has what was written of an unbuffered file reach the disk.</summary>
    /// <exception cref="IOException">It does not: what a file system that allocates late, or a server, has taken is lost.</exception>
    public static void Flush(FileStream file)
    {
        while (NativeMethods.FlushFile(file.SafeFileHandle) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == NativeMethods.ErrorInvalid)
            {
                // A file system that has no such thing.
                return;
            }

            if (error != NativeMethods.ErrorInterrupted)
            {
                throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{file.Name}'", error);
            }
        }
    }

    /// <summary>
    /// Takes the space that the next <see cref="Write"/> of that file will need, by the temporary file that it begins with. Whatever fills the
    /// disk until then, that one can be written.
    /// </summary>
    /// <exception cref="IOException">There is none.</exception>
    public static void Reserve(string path, int bytes)
    {
        Sweep(path);
        var temporary = TemporaryName(path);
        try
        {
            using var file = Create(temporary);
            file.Write(new byte[bytes]);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Gives back what was reserved, where it was not needed.</summary>
    public static void Release(string path) => File.Delete(TemporaryName(path));

    /// <summary>A name beside <paramref name="path"/> that this process alone uses; what a killed run left there is overwritten or swept.</summary>
    public static string TemporaryName(string path) => $"{path}.thpc-{Environment.ProcessId}.tmp";

    /// <summary>Makes a file that nobody else can read, and that is not a link somebody left there.</summary>
    public static FileStream Create(string path)
    {
        File.Delete(path);
        return new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, UnixCreateMode = Private, BufferSize = 0 });
    }

    /// <summary>Removes temporary files beside <paramref name="path"/>, and lists made for them, that runs which were killed left behind.</summary>
    /// <param name="sharedAs">Where other machines write too, this one's name: then those of that name, and none where it is empty.</param>
    public static void Sweep(string path, string? sharedAs = null)
    {
        var start = Path.GetFileName(path) + ".thpc-";
        try
        {
            foreach (var left in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "*.thpc-*.tmp*").Where(file => Path.GetFileName(file).StartsWith(start, StringComparison.Ordinal)))
            {
                var owner = Path.GetFileName(left)[start.Length..].Split('.')[0];
                if (sharedAs is null ? !IsAtWork(owner) : sharedAs.Length > 0 && owner.StartsWith(sharedAs + "-", StringComparison.Ordinal))
                {
                    File.Delete(left);
                }
            }
        }
        catch (UnauthorizedAccessException)
        {
            // Another user's; it is in nobody's way.
        }
    }

    // Pids begin anew at every boot, so another program may have the dead one's.
    private static bool IsAtWork(string process) =>
        process != $"{Environment.ProcessId}" && new FileInfo($"/proc/{process}/exe").LinkTarget is { } program && program == Environment.ProcessPath;

    private static void FlushDirectory(string directory)
    {
        var descriptor = NativeMethods.Open(directory, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        if (descriptor >= 0)
        {
            // Where it fails a power cut may bring back the old file, which is whole too.
            using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
            _ = NativeMethods.FlushFile(handle);
        }
    }
}
