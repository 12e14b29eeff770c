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
/// A text that other programs change at the same time, whether they take a lock on it (flock(1)) or not. One that appends may have opened
/// the very file that is replaced; what it writes there is found, and put into the new one. Text is a byte a character (Latin-1).
/// </summary>
internal static class SharedTextFile
{
    private const int MaxAttempts = 60;

    // Then a file that others have merely appended to is replaced all the same: what they appended is found afterwards.
    private const int MaxRetriedAttempts = 10;
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan WriterLimit = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WriterPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan NoLeasePause = TimeSpan.FromMilliseconds(20);

    /// <summary>Also while another program holds the lock, which .NET's own readers do not survive.</summary>
    /// <returns>Empty where there is no file.</returns>
    public static string Read(string path)
    {
        using var file = Open(path, NativeMethods.OpenReadOnly);
        return Read(file);
    }

    /// <summary>Replaces the text by what the edit makes of it; mode, owner and attributes stay.</summary>
    /// <param name="path">The file itself, not a link to it.</param>
    /// <param name="edit">Is applied again, to what others have written meanwhile; applied to its own result it changes nothing.</param>
    /// <param name="note">Hears what a person should know although all went well.</param>
    /// <returns>Whether anything was changed.</returns>
    /// <exception cref="IOException">Nothing of others is lost; or UnauthorizedAccessException, or what the edit throws.</exception>
    public static async Task<bool> ChangeAsync(string path, Func<string, string> edit, Action<string> note, CancellationToken cancel)
    {
        LateText? late = null;
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

            var basis = late is null ? now : late.Joined(now) ?? throw new IOException("another program rewrote it twice at the same time");
            ExceptionDispatchInfo? refusal = null;
            var text = basis;
            try
            {
                text = edit(basis);
            }
            catch (AgentException e) when (late is not null)
            {
                // What others made of it makes the edit impossible: then theirs is what stays.
                refusal = ExceptionDispatchInfo.Capture(e);
            }

            if (text != now)
            {
                var strict = attempt <= MaxRetriedAttempts;
                bool MayReplace() => IsAt(path, file) && (Read(file) is var there && (there == now || (!strict && there.StartsWith(now, StringComparison.Ordinal))));
                if (!await AtomicFile.ReplaceAsync(path, Encoding.Latin1.GetBytes(text), cancel, mayReplace: MayReplace))
                {
                    continue;
                }

                // From here on other programs' lines may depend on it.
                cancel = CancellationToken.None;
                changed = true;
                if (await FinalTextAsync(path, file, note) is var last && last != now)
                {
                    late = new LateText(now, last, text);
                    continue;
                }
            }

            refusal?.Throw();
            return changed;
        }

        throw new IOException("other programs write to it without a pause");

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
        return error == NativeMethods.ErrorNoEntry ? null : throw new IOException($"{Marshal.GetPInvokeErrorMessage(error)} : '{path}'", error);
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

    /// <summary>Opens the file with a lock on it, for which it waits a while; null where there is none.</summary>
    [SuppressMessage("Reliability", "CA2000", Justification = "It is returned or disposed of.")]
    private static async Task<SafeFileHandle?> OpenLockedAsync(string path, long start, Action<string> note, CancellationToken cancel)
    {
        while (Open(path, NativeMethods.OpenReadOnly) is { } file)
        {
            var error = NativeMethods.Flock(file, NativeMethods.LockExclusive | NativeMethods.LockNonBlocking) == 0 ? 0 : Marshal.GetLastPInvokeError();
            var late = TimeProvider.System.GetElapsedTime(start) > LockLimit;
            if (error == NativeMethods.ErrorWouldBlock && late)
            {
                var holder = FileLocks.Held([path], new NodeRoot("/")).FirstOrDefault(held => held.File == path && held.Holder != Environment.ProcessId);
                note(string.Create(CultureInfo.InvariantCulture, $"the lock on {path} is held{(holder is null ? "" : $" by pid {holder.Holder} ({holder.HolderName})")} for more than {LockLimit.TotalSeconds:0} s: it is changed without that lock"));
            }

            // Who held the lock may have replaced the file.
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
        ({ } there, { } open) => NativeMethods.StatusAt(open, "\0"u8) is { } mine && mine.Inode == there.Inode && mine.Device == there.Device,
        _ => false,
    };

    /// <summary>Adds lines at the end, as others do it.</summary>
    /// <returns>False where it is not the file any more.</returns>
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

    /// <summary>What a file that was replaced has once nobody can write to it any more, whoever had it open.</summary>
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
                note($"a program keeps the {path} open that was replaced: what it may write to that from now on is not in the new one");
                break;
            }

            await Task.Delay(WriterPause);
        }

        return Read(file);
    }

    /// <summary>What others made of a file while it was replaced.</summary>
    /// <param name="Before">What it had when it was read.</param>
    /// <param name="Last">What it had in the end.</param>
    /// <param name="Ours">What stands in its place.</param>
    private sealed record LateText(string Before, string Last, string Ours)
    {
        /// <summary>Whole lines that were appended; null where it is something else that was done.</summary>
        public string? Appended => (Before.Length == 0 || Before.EndsWith('\n')) && Last.StartsWith(Before, StringComparison.Ordinal) ? Last[Before.Length..] : null;

        /// <summary>Theirs, with what was added to ours since; null where both were rewritten.</summary>
        public string? Joined(string now) => now.StartsWith(Ours, StringComparison.Ordinal) ? Last + now[Ours.Length..] : Appended is { } lines ? now + lines : null;
    }
}
