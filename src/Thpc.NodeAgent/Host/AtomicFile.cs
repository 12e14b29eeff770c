using Microsoft.Win32.SafeHandles;

namespace Thpc.NodeAgent.Host;

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
        var temporary = TemporaryName(path);
        try
        {
            using (var file = Create(temporary))
            {
                file.Write(content);
                File.SetUnixFileMode(file.SafeFileHandle, mode);
                file.Flush(flushToDisk: durable);
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
    /// <param name="shared">Whether other machines may be replacing it now: then what lies beside it may be theirs, and is left.</param>
    /// <exception cref="IOException">It is as it was.</exception>
    public static async Task ReplaceAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancel, bool shared = false)
    {
        if (!File.Exists(path))
        {
            Write(path, content.Span, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            return;
        }

        if (!shared)
        {
            Sweep(path);
        }

        var temporary = shared ? $"{path}.thpc-{Guid.NewGuid():N}.tmp" : TemporaryName(path);
        try
        {
            await using (var file = Create(temporary))
            {
                var copied = await Tool.RunAsync(["cp", "--attributes-only", "--preserve=all", "--", path, temporary], TimeSpan.FromSeconds(20), cancel);
                if (!copied.Succeeded)
                {
                    throw new IOException($"mode and owner of {path} cannot be copied: {copied.LastWords}");
                }

                file.Write(content.Span);
#pragma warning disable CA1849 // Only this one reaches the disk; there is no asynchronous form.
                file.Flush(flushToDisk: true);
#pragma warning restore CA1849
            }

            Rename(temporary, path);
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

    /// <summary>A name beside <paramref name="path"/> that this process alone uses; what a killed run left there is overwritten or swept.</summary>
    public static string TemporaryName(string path) => $"{path}.thpc-{Environment.ProcessId}.tmp";

    /// <summary>Makes a file that nobody else can read, and that is not a link somebody left there.</summary>
    public static FileStream Create(string path)
    {
        File.Delete(path);
        return new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, UnixCreateMode = Private, BufferSize = 0 });
    }

    /// <summary>Removes temporary files beside <paramref name="path"/> that runs which were killed left behind.</summary>
    public static void Sweep(string path)
    {
        foreach (var left in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + ".thpc-*.tmp"))
        {
            File.Delete(left);
        }
    }

    private static void FlushDirectory(string directory)
    {
        var descriptor = NativeMethods.Open(directory, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        if (descriptor >= 0)
        {
            using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
            RandomAccess.FlushToDisk(handle);
        }
    }
}
