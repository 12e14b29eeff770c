using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Native;

namespace Thpc.NodeAgent.Host.Files;

/// <summary>
/// Edits a text file that other programs change at the same time, with or without a lock on it (flock(1)). A program that appends may
/// still have the replaced file open: text that it writes there is found and added to the new file. Text is Latin-1.
/// </summary>
internal static class SharedTextFile
{
    private const int MaxAttempts = 60;

    // After that, a file that other programs only appended to is replaced anyway; the appended text is found afterwards.
    private const int MaxRetriedAttempts = 10;
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WriterLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WriterPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan NoLeasePause = TimeSpan.FromMilliseconds(20);

    /// <summary>Reads the text even if another program holds a lock on it; .NET's own readers fail then.</summary>
    /// <returns>Empty if the file does not exist.</returns>
    public static string Read(string path)
    {
        using var file = Open(path, NativeMethods.OpenReadOnly);
        return Read(file);
    }

    /// <summary>Replaces the text by the edit's result. Mode, owner and attributes stay.</summary>
    /// <param name="path">The file itself, not a link to it.</param>
    /// <param name="edit">May be called several times, with text that other programs wrote meanwhile. It must be idempotent.</param>
    /// <param name="note">Called with warnings.</param>
    /// <returns>Whether the file changed.</returns>
    /// <exception cref="IOException">No text of other programs is lost; or UnauthorizedAccessException.</exception>
    public static async Task<bool> ChangeAsync(string path, Func<string, string> edit, Action<string> note, CancellationToken cancel)
    {
        ConcurrentChange? late = null;
        var changed = false;
        var start = TimeProvider.System.GetTimestamp();
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            using var file = await OpenLockedAsync(path, start, note, cancel);
            var now = Read(file);
            if (late?.Appended is { } appended && IsDone(now + appended))
            {
                if (Append(path, file, appended))
                {
                    return true;
                }

                continue;
            }

            var basis = late is null ? now : late.Merged(now) ?? throw new IOException("another program rewrote it twice at the same time");
            ExceptionDispatchInfo? refusal = null;
            var text = basis;
            try
            {
                text = edit(basis);
            }
            catch (AgentException e) when (late is not null)
            {
                // The edit fails on the text that other programs wrote. Their text stays.
                refusal = ExceptionDispatchInfo.Capture(e);
            }

            if (text != now)
            {
                var strict = attempt <= MaxRetriedAttempts;
                bool MayReplace() =>
                    IsAt(path, file)
                        && (Read(file) is var there && (there == now || (!strict && there.StartsWith(now, StringComparison.Ordinal))));
                if (!await AtomicFile.ReplaceAsync(path, Encoding.Latin1.GetBytes(text), cancel, mayReplace: MayReplace))
                {
                    continue;
                }

                // Not cancellable from here on: lines of other programs may only be in the replaced file.
                cancel = CancellationToken.None;
                changed = true;
                if (await FinalTextAsync(path, file, note) is var last && last != now)
                {
                    late = new ConcurrentChange(now, last, text);
                    continue;
                }
            }

            refusal?.Throw();
            return changed;
        }

        throw new IOException("other programs write to it continuously");

        bool IsDone(string text)
        {
            try
            {
                return edit(text) == text;
            }
            catch (AgentException)
            {
                return false;
            }
        }
    }

    private static SafeFileHandle? Open(string path, int flags)
    {
        var descriptor = NativeMethods.Open(path, flags | NativeMethods.OpenCloseOnExec);
        if (descriptor >= 0)
        {
            return new SafeFileHandle(descriptor, ownsHandle: true);
        }

        var error = Marshal.GetLastPInvokeError();
        return error == NativeMethods.ErrorNoEntry
            ? null
            : throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{path}'", error);
    }

    private static string Read(SafeFileHandle? file)
    {
        if (file is null)
        {
            return "";
        }

        var bytes = new byte[RandomAccess.GetLength(file) + 1];
        var count = 0;
        while (RandomAccess.Read(file, bytes.AsSpan(count), count) is > 0 and var read)
        {
            count += read;
            if (count == bytes.Length)
            {
                Array.Resize(ref bytes, 2 * count);
            }
        }

        return Encoding.Latin1.GetString(bytes, 0, count);
    }

    /// <summary>Opens the file and locks it. If the lock is not free within a few seconds, it continues without it.</summary>
    /// <returns>Null if the file does not exist.</returns>
    [SuppressMessage("Reliability", "CA2000", Justification = "It is returned or disposed.")]
    private static async Task<SafeFileHandle?> OpenLockedAsync(string path, long start, Action<string> note, CancellationToken cancel)
    {
        while (Open(path, NativeMethods.OpenReadOnly) is { } file)
        {
            var error = NativeMethods.Flock(file, NativeMethods.LockExclusive | NativeMethods.LockNonBlocking) == 0
                ? 0
                : Marshal.GetLastPInvokeError();
            var late = TimeProvider.System.GetElapsedTime(start) > LockLimit;
            if (error == NativeMethods.ErrorWouldBlock && late)
            {
                var holder = FileLocks.Held([path], new NodeRoot("/"))
                    .FirstOrDefault(held => held.File == path && held.Holder != Environment.ProcessId);
                var by = holder is null ? "" : $" by pid {holder.Holder} ({holder.HolderName})";
                note(string.Create(
                    CultureInfo.InvariantCulture,
                    $"the lock on {path} is held{by} for more than {LockLimit.TotalSeconds:0} s: changing the file without the lock"));
            }

            // The holder of the lock may have replaced the file.
            if ((error != NativeMethods.ErrorWouldBlock || late) && (IsAt(path, file) || late))
            {
                return file;
            }

            file.Dispose();
            await Task.Delay(error == 0 ? TimeSpan.Zero : LockPause, cancel);
        }

        return null;
    }

    private static bool IsAt(string path, SafeFileHandle? file) => (FileStatus.Read(path), file) switch
    {
        (null, null) => true,
        ({ } there, { } open) =>
            NativeMethods.StatusAt(open, "\0"u8) is { } mine && mine.Inode == there.Inode && mine.Device == there.Device,
        _ => false,
    };

    /// <summary>Appends lines in place.</summary>
    /// <returns>False if the path no longer leads to this file.</returns>
    private static bool Append(string path, SafeFileHandle? file, string lines)
    {
        using var end = Open(path, NativeMethods.OpenWriteOnly | NativeMethods.OpenAppend);
        if (file is null || end is null || !IsAt(path, file) || !IsAt(path, end))
        {
            return false;
        }

        using (var stream = new FileStream(end, FileAccess.Write, bufferSize: 0))
        {
            stream.Write(Encoding.Latin1.GetBytes(lines));
            AtomicFile.Flush(stream);
        }

        return IsAt(path, file);
    }

    /// <returns>The text of the replaced file once no program has it open for writing, or after <see cref="WriterLimit"/>.</returns>
    private static async Task<string> FinalTextAsync(string path, SafeFileHandle? file, Action<string> note)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (file is not null)
        {
            if (NativeMethods.IsOpenForWriting(file) is not { } open)
            {
                await Task.Delay(NoLeasePause);
                break;
            }

            if (!open)
            {
                break;
            }

            if (TimeProvider.System.GetElapsedTime(start) > WriterLimit)
            {
                note($"a program keeps the replaced {path} open: what it writes from now on is not in the new file");
                break;
            }

            await Task.Delay(WriterPause);
        }

        return Read(file);
    }

    /// <summary>A change by another program that came between reading and replacing the file.</summary>
    /// <param name="Before">The text when it was read.</param>
    /// <param name="Last">The final text of the replaced file.</param>
    /// <param name="Ours">The text that replaced it.</param>
    private sealed record ConcurrentChange(string Before, string Last, string Ours)
    {
        /// <summary>The appended lines; null if the text was changed in another way.</summary>
        public string? Appended =>
            (Before.Length == 0 || Before.EndsWith('\n')) && Last.StartsWith(Before, StringComparison.Ordinal)
                ? Last[Before.Length..]
                : null;

        /// <returns>The other program's text plus later additions to ours; null if both files were rewritten.</returns>
        public string? Merged(string now) =>
            now.StartsWith(Ours, StringComparison.Ordinal) ? Last + now[Ours.Length..] : Appended is { } lines ? now + lines : null;
    }
}
