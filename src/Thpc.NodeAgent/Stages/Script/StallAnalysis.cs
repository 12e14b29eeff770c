using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Describes what blocks a script.</summary>
internal static partial class StallAnalysis
{
    private const int MaxFindings = 6;
    private const int MaxCommandLength = 60;

    // These programs poll for their lock instead of waiting in the kernel, so they are recognised by name.
    private static readonly string[] PackageManagers =
        ["apt", "apt-get", "aptitude", "dpkg", "yum", "dnf", "dnf5", "tdnf", "microdnf", "rpm", "zypper"];

    /// <param name="family">The script's processes, with redacted commands.</param>
    /// <param name="locks">All locks that are held, by any process.</param>
    /// <returns>The causes, the most likely first; each completes a sentence that begins with "it was".</returns>
    public static IReadOnlyList<string> Describe(
        IReadOnlyList<ProcessSnapshot> family, string lastLines, MountTree mounts, IReadOnlyList<HeldLock> locks,
        IReadOnlyList<TcpConnection> connections)
    {
        var members = family.Select(snapshot => snapshot.Entry.Id).ToHashSet();

        // Readers of the script's output wait for the script itself, so they count only if a server blocks them.
        var readers = OutputReaders.Find(family);
        var workers = family.Where(snapshot => !readers.Contains(snapshot.Entry.Id)).ToList();
        string? Reason(ProcessSnapshot snapshot) =>
            readers.Contains(snapshot.Entry.Id)
                ? BlockedByServer(snapshot, mounts)
                : BlockedIn(snapshot, mounts) ?? WaitsFor(snapshot, locks);
        var byReason = family.ToLookup(Reason);
        var managerLocks = family.Any(snapshot => PackageManagers.Contains(Name(snapshot))) || LockPattern().IsMatch(lastLines)
            ? locks.Where(held => FileLocks.IsPackageManagers(held) && !members.Contains(held.Holder))
                .DistinctBy(held => (held.What, held.Holder))
                .Select(held => $"waiting for {held}")
            : [];

        // A process that waits for another process of the script is not the cause.
        var parents = workers.Select(snapshot => snapshot.Entry.ParentId).ToHashSet();
        var written = OutputReaders.WrittenPipes(family);
        var leaves = workers.Where(snapshot => !parents.Contains(snapshot.Entry.Id) && byReason[null].Contains(snapshot)
            && !(WaitsForPipe(snapshot) && written.Contains(snapshot.Links.GetValueOrDefault("0", ""))));
        return
        [
            .. byReason.Where(group => group.Key is not null).Select(group => $"{group.Key} ({DescribeProcesses([.. group])})")
                .Concat(managerLocks)
                .Concat(leaves.Select(snapshot => $"{DescribeActivity(snapshot, connections)} ({DescribeProcesses([snapshot])})"))
                .Distinct().Take(MaxFindings),
        ];
    }

    /// <summary>The files, working directory and program of a process that are on network file systems.</summary>
    public static IReadOnlyList<string> NetworkFiles(ProcessSnapshot snapshot, MountTree mounts)
    {
        string? Describe((string Use, string Path) file) => mounts.FindCovering(file.Path) is { MayBlock: true } mount
            ? $"{file.Use}: {TerminalText.OneLine(file.Path)}, {Type(mount)} on {mount.MountPoint}"
            : null;
        static string Use(string link) => link switch { "cwd" => "its working directory", "exe" => "its program", _ => "open" };
        return [.. snapshot.Links.Select(link => (Use(link.Key), link.Value)).Distinct().Select(Describe).OfType<string>()];
    }

    private static string? BlockedIn(ProcessSnapshot snapshot, MountTree mounts)
    {
        var byServer = BlockedByServer(snapshot, mounts);
        return byServer is not null || snapshot.Entry.State != 'D' ? byServer : $"blocked in the kernel, {InKernel(snapshot.WaitChannel)}";
    }

    private static string? BlockedByServer(ProcessSnapshot snapshot, MountTree mounts)
    {
        var waits = FileSystemPattern().Match(snapshot.WaitChannel ?? "");
        if (snapshot.Entry.State != 'D' && !waits.Success)
        {
            return null;
        }

        return snapshot.Subjects.Select(mounts.FindCovering).FirstOrDefault(mount => mount is { MayBlock: true }) is { } blocking
            ? $"blocked in {Type(blocking)} on {TerminalText.OneLine(blocking.MountPoint)}"
            : waits.Success ? $"blocked in {waits.Groups.Cast<Group>().Skip(1).First(group => group.Success).Name}"
            : null;
    }

    private static string InKernel(string? channel) =>
        channel is null ? "at an unknown place" : DiskPattern().IsMatch(channel) ? "waiting for a disk" : $"in {channel}";

    private static string? WaitsFor(ProcessSnapshot snapshot, IReadOnlyList<HeldLock> locks) =>
        AwaitedLockFile(snapshot) is not { } file ? null
        : locks.FirstOrDefault(held => held.File == file && held.Holder != snapshot.Entry.Id) is { } held ? $"waiting for {held}"
        : $"waiting for the lock on {TerminalText.OneLine(file)}";

    /// <summary>The file whose lock the process waits for in the kernel; null where it waits for none.</summary>
    public static string? AwaitedLockFile(ProcessSnapshot snapshot) =>
        snapshot.Subjects.Count > 0 && LockWaitPattern().IsMatch(snapshot.WaitChannel ?? "") ? snapshot.Subjects[0] : null;

    private static string DescribeActivity(ProcessSnapshot snapshot, IReadOnlyList<TcpConnection> connections)
    {
        var sockets = snapshot.Links.Values.ToHashSet();
        var connection = connections.Where(connection => sockets.Contains($"socket:[{connection.Inode}]"))
            .OrderBy(connection => connection.Answered)
            .FirstOrDefault();
        return snapshot.Entry.State switch
        {
            'R' => "computing",
            'T' or 't' => "stopped by a signal or a debugger",
            'Z' => "a zombie, whose parent has not waited for it",
            _ when connection is { Answered: false } => $"connecting to {connection.Remote}, which does not answer",
            _ when connection is not null => $"waiting while connected to {connection.Remote}",
            _ => WaitChannels.Describe(snapshot.WaitChannel),
        };
    }

    private static bool WaitsForPipe(ProcessSnapshot snapshot) =>
        snapshot.WaitChannel?.Contains("pipe_read", StringComparison.Ordinal) == true;

    private static string DescribeProcesses(IReadOnlyList<ProcessSnapshot> snapshots)
    {
        var command = snapshots[0].Command;
        command = command.Length > MaxCommandLength ? command[..MaxCommandLength] + "…" : command;
        var more = snapshots.Count > 1 ? $", and {snapshots.Count - 1} more" : "";
        return $"pid {snapshots[0].Entry.Id}: {command}{more}";
    }

    // For a Python script, the second word of the command is the script's name.
    private static string Name(ProcessSnapshot snapshot)
    {
        string[] words = [.. snapshot.Command.Split(' ').Take(2).Select(word => TreePath.Name(word).Trim('[', ']'))];
        return words.Length > 1 && words[0].StartsWith("python", StringComparison.Ordinal) ? words[1] : words[0];
    }

    private static string Type(MountEntry mount) => mount.Type == "nfs4" ? "nfs" : mount.Type;

    // Kernel functions in which a process waits for a server or daemon; each group is named after its file system.
    [GeneratedRegex(
        "^(?:(?<nfs>nfs|rpc_|__rpc)|(?<fuse>fuse|__fuse|request_wait_answer)|(?<lustre>ptlrpc|ldlm|cl_|osc_|mdc_|obd_|ll_)"
        + "|(?<ceph>ceph)|(?<cifs>cifs|smb|wait_for_response)|(?<plan9>p9_))")]
    private static partial Regex FileSystemPattern();

    // Kernel functions in which a process waits for a disk to read or write.
    [GeneratedRegex("io_schedule|blk_|bio_|folio_wait|wait_on_page|wait_on_buffer|jbd2|ext4_|xfs_|btrfs")]
    private static partial Regex DiskPattern();

    // flock(2) and fcntl(2) with F_SETLKW, under the names that different kernel versions use.
    [GeneratedRegex("^(locks_lock|flock_lock|posix_lock|fcntl_setlk|__break_lease)")]
    private static partial Regex LockWaitPattern();

    [GeneratedRegex(@"\block\b|\.lock\b|lock-frontend|/lock\b", RegexOptions.IgnoreCase)]
    private static partial Regex LockPattern();
}
