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
/// The machine-wide lock for changes to this node. It is a kernel lock (flock), so it is released whenever the process ends. The file's
/// text only names the holder.
/// </summary>
internal sealed partial class RunLock : IDisposable
{
    private const int MaxAttempts = 30;
    private readonly IDisposable _file;
    private readonly SafeHandle _held;

    private RunLock(IDisposable file, SafeHandle held)
    {
        _file = file;
        _held = held;
    }

    /// <exception cref="AgentException">
    /// BUSY with the holder; SCRIPT_NESTED if the holder waits for an init script that called this process.
    /// </exception>
    /// <exception cref="IOException">The lock file cannot be opened, or is not a regular file.</exception>
    public static RunLock Acquire(NodeRoot root, string command, DateTimeOffset now)
    {
        Directory.CreateDirectory(root.RunDirectory);
        if (FileStatus.Read(root.Lock) is { Kind: not FileKind.Regular } status)
        {
            throw new IOException(Messages.NotRegular(root.Lock, RegularFile.Describe(status.Kind)!).English);
        }

        var file = Open(root);
        for (var attempt = 1; NativeMethods.Flock(file.SafeFileHandle, NativeMethods.LockExclusive | NativeMethods.LockNonBlocking)
            != 0; attempt++)
        {
            if (Nesting(root, command) is { } nested)
            {
                file.Dispose();
                throw new AgentException(nested);
            }

            // Another process that calls IsHeld holds the lock for a moment, so retry.
            if (attempt == MaxAttempts)
            {
                file.Dispose();
                throw new AgentException(Busy(root));
            }

            Thread.Sleep(10);
        }

        file.SetLength(0);
        file.Write(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"`thpc-node-agent {command}`, pid {Environment.ProcessId}, since {now:yyyy-MM-dd HH:mm:ss}Z\n")));
        file.Flush();
        return new RunLock(file, file.SafeFileHandle);
    }

    /// <summary>
    /// Locks an unpacked image. The lock is on the directory itself: an image is inspected before anything is written into it, and runs on
    /// the build machine are independent. A run inside the image, as by chroot, holds the image's own lock file.
    /// </summary>
    /// <exception cref="AgentException">BUSY, SCRIPT_NESTED.</exception>
    /// <exception cref="IOException">The directory cannot be opened.</exception>
    public static RunLock AcquireForImage(NodeRoot root)
    {
        var descriptor = NativeMethods.Open(root.Prefix, NativeMethods.OpenDirectory | NativeMethods.OpenCloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"{root.Prefix} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        Error? refusal = NativeMethods.Flock(directory, NativeMethods.LockExclusive | NativeMethods.LockNonBlocking) != 0
            ? new Error(ErrorCode.Busy, Messages.OtherPrepares(root.Prefix))
            : IsHeld(root) ? Nesting(root, "image prep") ?? Busy(root)
            : null;
        if (refusal is null)
        {
            return new RunLock(directory, directory);
        }

        directory.Dispose();
        throw new AgentException(refusal);
    }

    /// <summary>
    /// Checks whether this command would wait for a run that waits for an init script which called this command: neither would ever end.
    /// Background processes of a script that has ended are not affected.
    /// </summary>
    /// <returns>SCRIPT_NESTED; null if this process is not a descendant of a running init script of the lock's holder.</returns>
    public static Error? Nesting(NodeRoot root, string command)
    {
        if (Holder(root) is not { } holder || PidPattern().Match(holder) is not { Success: true } match
            || ProcFiles.Read(root.RunningScript) is not { } text || ProcessTable.Parse(text) is not { } script)
        {
            return null;
        }

        var ancestors = ProcessTable.Ancestors(Environment.ProcessId);
        var pid = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return ancestors.Any(entry => entry.Id == script.Id && entry.StartTime == script.StartTime)
            && ancestors.Any(entry => entry.Id == pid)
            ? new Error(ErrorCode.ScriptNested, Messages.Nested($"`thpc-node-agent {command}`", script.Id, holder))
            : null;
    }

    /// <returns>
    /// The run that is in progress now: "`thpc-node-agent bootstrap`, pid 7, since ..."; null if there is none.
    /// </returns>
    public static string? CurrentHolder(NodeRoot root) => IsHeld(root) ? Holder(root) ?? "a run" : null;

    /// <summary>Whether a run is in progress now.</summary>
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

    private static Error Busy(NodeRoot root) =>
        new(ErrorCode.Busy, Messages.OtherRun(Holder(root) ?? Messages.UnknownRun));

    /// <summary>Unlocks explicitly: after closing alone, a forked child that has not called exec yet would still hold the lock.</summary>
    private static void Unlock(SafeHandle held) => _ = NativeMethods.Flock(held, NativeMethods.Unlock);

    // This sharing mode disables .NET's own lock. The file is never removed: else two processes could hold the lock.
    private static FileStream Open(NodeRoot root) => new(root.Lock, new FileStreamOptions
    {
        Mode = FileMode.OpenOrCreate,
        Access = FileAccess.ReadWrite,
        Share = FileShare.ReadWrite | FileShare.Delete,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    private static string? Holder(NodeRoot root) => ProcFiles.Read(root.Lock)?.Trim() is { Length: > 0 } text ? text : null;

    [GeneratedRegex("`, pid ([0-9]{1,9}), ")]
    private static partial Regex PidPattern();
}
