using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>One file of a folder.</summary>
/// <param name="Content">What was made of it; null where there is a problem.</param>
internal sealed record DirectoryFile<T>(string Name, T? Content, string? Problem)
    where T : class;

/// <summary>
/// The files of a directory that others write, perhaps thousands, perhaps on a server that is dead: nothing is followed, nothing that is no
/// regular file is opened, and no file's length is trusted.
/// </summary>
internal static class DirectoryReader
{
    // More than processors, for each waits for a server most of the time.
    private const int Readers = 16;

    /// <summary>Reads all files whose name has this end and no dot at its beginning, side by side.</summary>
    /// <param name="maxBytes">What a file may have.</param>
    /// <param name="take">What to make of a file's content; null where it is not what it should be. Called on several threads at a time.</param>
    /// <param name="diagnostic">What is said of a file of which nothing could be made.</param>
    /// <returns>By name.</returns>
    /// <exception cref="AgentException">FILE_ACCESS: there is no such directory, it cannot be read, or the limit ran out.</exception>
    public static async Task<IReadOnlyList<DirectoryFile<T>>> ReadAsync<T>(string directory, string suffix, int maxBytes, Func<ReadOnlySpan<byte>, T?> take, string diagnostic, TimeSpan limit, CancellationToken cancel)
        where T : class
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            return await BlockingCall.RunAsync(() => Read(directory, suffix, maxBytes, take, diagnostic, silence.Token), limit, cancel);
        }
        catch (TimeoutException e)
        {
            // What still answers is not read on for nobody.
            await silence.CancelAsync();
            throw new AgentException(ErrorCode.FileAccess, $"{directory} could not be read within {limit.TotalSeconds:0} s", new("Its file system does not answer, or is slow: look at its server, or allow more with --timeout.", "其文件系统没有响应或很慢：请检查其服务端，或用 --timeout 放宽时限。"), e);
        }
        catch (IOException e)
        {
            throw new AgentException(ErrorCode.FileAccess, $"{directory} cannot be read: {e.Message}", new("Give a directory that exists and that you may read.", "请给出存在且可读的目录。"), e);
        }
    }

    private static DirectoryFile<T>[] Read<T>(string directory, string suffix, int maxBytes, Func<ReadOnlySpan<byte>, T?> take, string diagnostic, CancellationToken cancel)
        where T : class
    {
        var descriptor = NativeMethods.Open(directory, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        using var folder = descriptor < 0 ? throw Failure() : new SafeFileHandle(descriptor, ownsHandle: true);
        var end = Encoding.ASCII.GetBytes(suffix);
        byte[][] names = [.. (NativeMethods.Names(folder) ?? throw Failure()).Where(name => name[0] != '.' && name.AsSpan().EndsWith(end)).OrderBy(Encoding.Latin1.GetString, StringComparer.Ordinal)];
        var files = new DirectoryFile<T>[names.Length];
        var next = -1;
        void Work()
        {
            var buffer = new byte[16 * 1024];
            for (int at; (at = Interlocked.Increment(ref next)) < names.Length && !cancel.IsCancellationRequested;)
            {
                files[at] = Take(folder, names[at], ref buffer, maxBytes, take, diagnostic);
            }
        }

        Thread[] threads = [.. Enumerable.Range(0, Math.Min(Readers, names.Length)).Select(_ => new Thread(Work) { IsBackground = true })];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        cancel.ThrowIfCancellationRequested();
        return files;
    }

    private static DirectoryFile<T> Take<T>(SafeFileHandle folder, byte[] name, ref byte[] buffer, int maxBytes, Func<ReadOnlySpan<byte>, T?> take, string diagnostic)
        where T : class
    {
        var shown = TreePath.Display(Encoding.Latin1.GetString(name));
        DirectoryFile<T> Unread(string problem) => new(shown, null, problem);

        // With the zero that libc wants at its end.
        byte[] path = [.. name, 0];
        if (NativeMethods.StatusAt(folder, path) is not { } status)
        {
            return Unread(Failure().Message);
        }

        if (status.Kind != FileKind.Regular || status.Size > maxBytes)
        {
            return Unread(status.Kind != FileKind.Regular ? "is no regular file" : $"has {status.Size} bytes, and {maxBytes} is the most");
        }

        // It may have been replaced since by what waits for a writer.
        var descriptor = NativeMethods.OpenAt(folder, path, NativeMethods.OpenReadOnly | NativeMethods.OpenNoFollow | NativeMethods.OpenNonBlocking | NativeMethods.OpenCloseOnExec, 0);
        if (descriptor < 0)
        {
            return Unread(Failure().Message);
        }

        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            var length = ReadAll(file, ref buffer, (int)status.Size, maxBytes);
            return length > maxBytes ? Unread($"has more than {maxBytes} bytes") : take(buffer.AsSpan(0, length)) is { } content ? new DirectoryFile<T>(shown, content, null) : Unread(diagnostic);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Unread(e.Message);
        }
    }

    /// <summary>In one call, but for a file that is longer than its directory says.</summary>
    /// <returns>How many bytes; more than the most where there are more.</returns>
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

            // A regular file gives less than is asked for at its end only.
            if (count == 0 || total < buffer.Length || total > maxBytes)
            {
                return total;
            }
        }
    }

    private static IOException Failure() => new(Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
}
