using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// Replaces files atomically: temporary file in the same directory, fsync, rename, fsync of the directory. After a crash at any
/// moment the file has its complete old or its complete new content.
/// </summary>
internal static class AtomicFile
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="mode">The new file's mode; 0600 by default.</param>
    /// <param name="durable">If false, the file survives the end of this process, but may be lost in a power cut.</param>
    /// <param name="whole">If true, a file that is not durable is never half: a power cut may bring the old one back.</param>
    public static void Write(
        string path, ReadOnlySpan<byte> content, UnixFileMode mode = Private, bool durable = true, bool whole = false)
    {
        Sweep(path);
        var temporary = TemporaryName(path);
        try
        {
            using (var file = Create(temporary))
            {
                file.Write(content);
                File.SetUnixFileMode(file.SafeFileHandle, mode);
                if (durable || whole)
                {
                    // Without it XFS may leave an empty file after a power cut.
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
    /// Replaces a file that other programs use too, such as fstab. Mode, owner and extended attributes (such as the SELinux label) stay.
    /// A missing file is created with mode 0644.
    /// </summary>
    /// <param name="path">The file itself, not a link to it.</param>
    /// <param name="sharedAs">
    /// For a file that several machines may replace at the same time: this machine's name, empty if unknown. Temporary files of other
    /// machines are kept.
    /// </param>
    /// <param name="mayReplace">Called just before the rename; false cancels it.</param>
    /// <returns>Whether the file was replaced.</returns>
    /// <exception cref="IOException">The file is unchanged.</exception>
    public static async Task<bool> ReplaceAsync(
        string path, ReadOnlyMemory<byte> content, CancellationToken cancel, string? sharedAs = null, Func<bool>? mayReplace = null)
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
                string[] copy = ["cp", "--attributes-only", "--preserve=all", "--", path, temporary];
                var copied = await ProgramRunner.RunAsync(copy, TimeSpan.FromSeconds(20), cancel);
                if (!copied.Succeeded)
                {
                    throw new IOException($"cannot copy mode and owner of {path}: {copied.LastOutput}");
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

    /// <summary>Renames a complete temporary file to its final name.</summary>
    public static void Rename(string temporary, string path, bool durable = true)
    {
        File.Move(temporary, path, overwrite: true);
        if (durable)
        {
            FlushDirectory(Path.GetDirectoryName(path)!);
        }
    }

    /// <summary>Gives a file a second name (link(2)), which must be free.</summary>
    /// <exception cref="IOException">Such as a file system without hard links.</exception>
    public static void Link(string path, string name)
    {
        if (NativeMethods.Link(path, name) != 0)
        {
            throw new IOException($"{Marshal.GetLastPInvokeErrorMessage()} : '{name}'", Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Flushes an unbuffered file to the disk (fsync(2)).</summary>
    /// <exception cref="IOException">Written data is lost, such as on a server or with delayed allocation.</exception>
    public static void Flush(FileStream file)
    {
        while (NativeMethods.FlushFile(file.SafeFileHandle) != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == NativeMethods.ErrorInvalid)
            {
                // The file system does not support fsync.
                return;
            }

            if (error != NativeMethods.ErrorInterrupted)
            {
                throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{file.Name}'", error);
            }
        }
    }

    /// <summary>
    /// Reserves disk space for the next <see cref="Write"/> of that file, by writing its temporary file in advance. That write then
    /// succeeds even if the disk is full by then.
    /// </summary>
    /// <exception cref="IOException">There is not enough space.</exception>
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

    /// <summary>Frees reserved space that was not needed.</summary>
    public static void Release(string path) => File.Delete(TemporaryName(path));

    /// <returns>A name beside <paramref name="path"/> that only this process uses.</returns>
    public static string TemporaryName(string path) => $"{path}.thpc-{Environment.ProcessId}.tmp";

    /// <summary>Whether this is the name of a temporary file of that file, of any process; names without directories.</summary>
    public static bool IsTemporary(string name, string file) =>
        name.StartsWith($"{file}.thpc-", StringComparison.Ordinal) && name.EndsWith(".tmp", StringComparison.Ordinal);

    /// <summary>Creates a file of mode 0600. An existing file or link of that name is deleted first.</summary>
    public static FileStream Create(string path)
    {
        File.Delete(path);
        return new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            UnixCreateMode = Private,
            BufferSize = 0,
        });
    }

    /// <summary>Deletes temporary files of <paramref name="path"/>, and lists made for them, that killed runs left behind.</summary>
    /// <param name="sharedAs">As in <see cref="ReplaceAsync"/>: if given, only this machine's temporary files are deleted.</param>
    public static void Sweep(string path, string? sharedAs = null)
    {
        var start = Path.GetFileName(path) + ".thpc-";
        try
        {
            foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, "*.thpc-*.tmp*"))
            {
                var name = Path.GetFileName(file);
                if (!name.StartsWith(start, StringComparison.Ordinal))
                {
                    continue;
                }

                var owner = name[start.Length..].Split('.')[0];
                var isStale = sharedAs is null
                    ? !IsRunning(owner)
                    : sharedAs.Length > 0 && owner.StartsWith(sharedAs + "-", StringComparison.Ordinal);
                if (isStale)
                {
                    File.Delete(file);
                }
            }
        }
        catch (UnauthorizedAccessException)
        {
            // It belongs to another user and does no harm.
        }
    }

    // Compares the program too: after a reboot another program may have the same pid. The number may also be that of a thread of this
    // process: /proc has threads as well, without listing them.
    private static bool IsRunning(string process) =>
        process != $"{Environment.ProcessId}" && ProcFiles.Target($"/proc/{process}/exe") == Environment.ProcessPath
            && ProcFiles.Read($"/proc/{process}/status")?.Contains($"\nTgid:\t{process}\n", StringComparison.Ordinal) == true;

    /// <summary>Flushes the names in a directory to the disk.</summary>
    /// <returns>Whether that succeeded. A failure is harmless: after a power cut the complete old file may be back.</returns>
    public static bool FlushDirectory(string directory)
    {
        var descriptor = NativeMethods.Open(directory, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        if (descriptor < 0)
        {
            return false;
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return NativeMethods.FlushFile(handle) == 0;
    }
}
