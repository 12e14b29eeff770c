using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>One file of a directory.</summary>
/// <param name="Content">The parsed content; null if there is a problem.</param>
/// <param name="Problem">A clause that follows the file's name; null if there is none.</param>
internal sealed record DirectoryFile<T>(string Name, T? Content, string? Problem)
    where T : class;

/// <summary>
/// Reads a directory that other programs write to: maybe thousands of files, maybe on a dead server. It follows no links, opens only
/// regular files, and does not trust a file's length.
/// </summary>
internal static class DirectoryReader
{
    // More than processors: the readers mostly wait for the server. On NFS, 10,000 files are 30,000 round trips of maybe 1 ms.
    private const int Readers = 32;

    /// <summary>The names in a directory that cannot block, sorted; empty where it is missing or cannot be read.</summary>
    public static IReadOnlyList<string> Names(string directory)
    {
        try
        {
            var paths = Directory.EnumerateFileSystemEntries(directory);
            return [.. paths.Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Reads, in parallel, all files with this suffix whose names do not begin with a dot.</summary>
    /// <param name="maxBytes">The maximum size of a file.</param>
    /// <param name="parse">Parses a file's content; returns null if it is invalid. Called on several threads at a time.</param>
    /// <param name="invalid">The problem of a file with invalid content.</param>
    /// <returns>Sorted by name.</returns>
    /// <exception cref="AgentException">FILE_ACCESS: the directory does not exist, cannot be read, or the limit ended.</exception>
    public static async Task<IReadOnlyList<DirectoryFile<T>>> ReadAsync<T>(
        string directory,
        string suffix,
        int maxBytes,
        Func<ReadOnlySpan<byte>, T?> parse,
        string invalid,
        TimeSpan limit,
        CancellationToken cancel)
        where T : class
    {
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            return await BlockingCall.RunAsync(() => Read(directory, suffix, maxBytes, parse, invalid, abandoned.Token), limit, cancel);
        }
        catch (TimeoutException e)
        {
            // Stop the readers that still get answers.
            await abandoned.CancelAsync();
            throw new AgentException(
                ErrorCode.FileAccess, Messages.NotReadWithin(directory, $"{limit.TotalSeconds:0}"), Hints.CheckServerOrRaiseTimeout, e);
        }
        catch (IOException e)
        {
            throw new AgentException(ErrorCode.FileAccess, Messages.NotReadable(directory, e.Message), Hints.NameReadableDirectory, e);
        }
    }

    private static DirectoryFile<T>[] Read<T>(
        string directory, string suffix, int maxBytes, Func<ReadOnlySpan<byte>, T?> parse, string invalid, CancellationToken cancel)
        where T : class
    {
        var descriptor = NativeMethods.Open(directory, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        using var folder = descriptor < 0 ? throw Failure() : new SafeFileHandle(descriptor, ownsHandle: true);
        var end = Encoding.ASCII.GetBytes(suffix);
        byte[][] names =
        [
            .. (NativeMethods.Names(folder) ?? throw Failure()).Where(name => name[0] != '.' && name.AsSpan().EndsWith(end))
                .OrderBy(Encoding.Latin1.GetString, StringComparer.Ordinal),
        ];
        var files = new DirectoryFile<T>[names.Length];
        var next = -1;
        void Work(int reader)
        {
            NativeMethods.SeparateOpens(reader);
            var buffer = new byte[16 * 1024];
            for (int at; (at = Interlocked.Increment(ref next)) < names.Length && !cancel.IsCancellationRequested;)
            {
                files[at] = ReadOne(folder, names[at], ref buffer, maxBytes, parse, invalid);
            }
        }

        Thread[] threads =
        [
            .. Enumerable.Range(0, Math.Min(Readers, names.Length))
                .Select(reader => new Thread(() => Work(reader)) { IsBackground = true }),
        ];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        cancel.ThrowIfCancellationRequested();
        return files;
    }

    private static DirectoryFile<T> ReadOne<T>(
        SafeFileHandle folder, byte[] name, ref byte[] buffer, int maxBytes, Func<ReadOnlySpan<byte>, T?> parse, string invalid)
        where T : class
    {
        var shown = TreePath.Display(Encoding.Latin1.GetString(name));
        DirectoryFile<T> Unread(string problem) => new(shown, null, problem);

        // Zero-terminated for libc.
        byte[] path = [.. name, 0];
        if (NativeMethods.StatusAt(folder, path) is not { } status)
        {
            return Unread(Failure().Message);
        }

        if (status.Kind != FileKind.Regular || status.Size > maxBytes)
        {
            return Unread(
                status.Kind != FileKind.Regular ? "is not a regular file" : $"has {status.Size} bytes; the maximum is {maxBytes}");
        }

        // Without blocking: a FIFO may have replaced the file since.
        const int Flags = NativeMethods.OpenReadOnly | NativeMethods.OpenNonBlocking | NativeMethods.OpenCloseOnExec;
        var descriptor = NativeMethods.OpenAt(folder, path, Flags | NativeMethods.OpenNoFollow, 0);
        if (descriptor < 0)
        {
            return Unread(Failure().Message);
        }

        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            var length = ReadAll(file, ref buffer, (int)status.Size, maxBytes);
            return length > maxBytes ? Unread($"has more than {maxBytes} bytes")
                : parse(buffer.AsSpan(0, length)) is { } content ? new DirectoryFile<T>(shown, content, null)
                : Unread(invalid);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Unread(e.Message);
        }
    }

    /// <summary>Reads a file in one call, or in several if it is longer than its size from stat.</summary>
    /// <returns>The number of bytes; larger than <paramref name="maxBytes"/> if the file is.</returns>
    private static int ReadAll(SafeFileHandle file, ref byte[] buffer, int expected, int maxBytes)
    {
        var total = 0;
        while (true)
        {
            if (buffer.Length <= Math.Max(total, expected))
            {
                Array.Resize(ref buffer, (Math.Max(total, expected) * 2) + 1);
            }

            var count = RandomAccess.Read(file, buffer.AsSpan(total), total);
            total += count;

            // A short read of a regular file means its end.
            if (count == 0 || total < buffer.Length || total > maxBytes)
            {
                return total;
            }
        }
    }

    private static IOException Failure() => new(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
}
