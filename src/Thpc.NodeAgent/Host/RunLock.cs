using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Native;
using Thpc.NodeAgent.Host.Processes;

namespace Thpc.NodeAgent.Host;

/// <summary>
/// The machine-wide right to change this node. The kernel holds it (flock), so that it ends with the process however that ends;
/// the file's text is only there to say who.
/// </summary>
internal sealed partial class RunLock : IDisposable
{
    private const int LooksBeforeBusy = 30;
    private readonly IDisposable _file;
    private readonly SafeHandle _held;

    private RunLock(IDisposable file, SafeHandle held)
    {
        _file = file;
        _held = held;
    }

    /// <exception cref="AgentException">
    /// BUSY, and who holds it; SCRIPT_NESTED where the holder waits for an init script that called this process.
    /// </exception>
    /// <exception cref="IOException">It cannot be opened, or is no regular file.</exception>
    public static RunLock Acquire(NodeRoot root, string command, DateTimeOffset now)
    {
        Directory.CreateDirectory(root.RunDirectory);
        if (FileStatus.Read(root.Lock) is { Kind: not FileKind.Regular } status)
        {
            throw new IOException($"{root.Lock} is {RegularFile.Describe(status.Kind)}, and no regular file");
        }

        var file = Open(root);
        for (var attempt = 1; NativeMethods.Flock(file.SafeFileHandle, NativeMethods.LockExclusive | NativeMethods.LockNonBlocking) != 0; attempt++)
        {
            if (Nesting(root, command) is { } nested)
            {
                file.Dispose();
                throw nested;
            }

            // Whoever asks whether it is held (IsHeld) holds it for the blink of that look: no reason to turn a run away.
            if (attempt == LooksBeforeBusy)
            {
                file.Dispose();
                throw Busy(root);
            }

            Thread.Sleep(10);
        }

        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"`thpc-node-agent {command}`, pid {Environment.ProcessId}, since {now:yyyy-MM-dd HH:mm:ss}Z\n")));
        file.Flush();
        return new RunLock(file, file.SafeFileHandle);
    }

    /// <summary>
    /// The right to change an unpacked image. It is held on the directory itself: a tree is inspected before anything is made in it,
    /// and the machine's own runs have nothing to do with it. One that runs in the image itself, as by chroot, has its own lock there.
    /// </summary>
    /// <exception cref="AgentException">BUSY, SCRIPT_NESTED.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static RunLock AcquireForImage(NodeRoot root)
    {
        var descriptor = NativeMethods.Open(root.Prefix, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"{root.Prefix} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        AgentException? refusal = NativeMethods.Flock(directory, NativeMethods.LockExclusive | NativeMethods.LockNonBlocking) != 0
            ? new AgentException(ErrorCode.Busy, $"another run prepares {root.Prefix}")
            : IsHeld(root) ? Nesting(root, "image prep") ?? Busy(root)
            : null;
        if (refusal is null)
        {
            return new RunLock(directory, directory);
        }

        directory.Dispose();
        throw refusal;
    }

    /// <summary>
    /// The error for a command that waits for a run, where that run waits for an init script which called the command: neither would
    /// ever end. What a script leaves in the background is no part of it any more once the script has ended.
    /// </summary>
    /// <returns>SCRIPT_NESTED; null where this process is not below a running init script of the lock's holder.</returns>
    public static AgentException? Nesting(NodeRoot root, string command)
    {
        if (Holder(root) is not { } holder || PidPattern().Match(holder) is not { Success: true } match
            || ProcFiles.Read(root.RunningScript) is not { } note || ProcessTable.Parse(note) is not { } script)
        {
            return null;
        }

        var ancestors = ProcessTable.Ancestors(Environment.ProcessId);
        var pid = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return ancestors.Any(entry => entry.Id == script.Id && entry.StartTime == script.StartTime) && ancestors.Any(entry => entry.Id == pid)
            ? new AgentException(
                ErrorCode.ScriptNested,
                $"`thpc-node-agent {command}` was called from within the init script (pid {script.Id}) that {holder} runs and waits for")
            : null;
    }

    /// <summary>Whether some run is in progress now.</summary>
    public static bool IsHeld(NodeRoot root)
    {
        using var file = RegularFile.Exists(root.Lock) ? RegularFile.Open(root.Lock) : null;
        if (file is null)
        {
            return false;
        }

        if (NativeMethods.Flock(file.SafeFileHandle, NativeMethods.LockExclusive | NativeMethods.LockNonBlocking) != 0)
        {
            return true;
        }

        Unlock(file.SafeFileHandle);
        return false;
    }

    public void Dispose()
    {
        Unlock(_held);
        _file.Dispose();
    }

    private static AgentException Busy(NodeRoot root) => new(ErrorCode.Busy, $"another run is in progress: {Holder(root) ?? "its name is not known"}");

    /// <summary>Closing is not enough: a child that was forked and has yet to become its program holds the same lock until it does.</summary>
    private static void Unlock(SafeHandle held) => _ = NativeMethods.Flock(held, NativeMethods.Unlock);

    // Sharing everything keeps .NET's own advisory lock out of the way; the file is never removed, or two could hold it.
    private static FileStream Open(NodeRoot root) =>
        new(root.Lock, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite | FileShare.Delete, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });

    private static string? Holder(NodeRoot root) => ProcFiles.Read(root.Lock)?.Trim() is { Length: > 0 } text ? text : null;

    [GeneratedRegex("`, pid ([0-9]{1,9}), ")]
    private static partial Regex PidPattern();
}
