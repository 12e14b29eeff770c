using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Says in words what holds a script up.</summary>
internal static partial class StallAnalysis
{
    private const int MaxSaid = 6;
    private const int MaxOfCommand = 60;

    // A program that asks for the lock again and again by itself is seen by what it is.
    private static readonly string[] Managers = ["apt", "apt-get", "aptitude", "dpkg", "yum", "dnf", "dnf5", "tdnf", "microdnf", "rpm", "zypper"];

    /// <param name="family">Commands without secrets.</param>
    /// <param name="locks">Those that are held, by whomever.</param>
    /// <returns>The likeliest cause first, each to follow upon "it was".</returns>
    public static IReadOnlyList<string> Describe(
        IReadOnlyList<ProcessSnapshot> family, string lastLines, MountTree mounts, IReadOnlyList<HeldLock> locks, IReadOnlyList<TcpConnection> connections)
    {
        var members = family.Select(snapshot => snapshot.Entry.Id).ToHashSet();

        // What reads the script's output waits for the script. It is named only where a server keeps it from that.
        var readers = OutputReaders.Find(family);
        var workers = family.Where(snapshot => !readers.Contains(snapshot.Entry.Id)).ToList();
        string? Reason(ProcessSnapshot snapshot) =>
            readers.Contains(snapshot.Entry.Id) ? BlockedByServer(snapshot, mounts) : BlockedIn(snapshot, mounts) ?? WaitsFor(snapshot, locks);
        var said = family.ToLookup(Reason);
        var managers = family.Any(snapshot => Managers.Contains(Name(snapshot))) || LockPattern().IsMatch(lastLines)
            ? locks.Where(held => FileLocks.IsPackageManagers(held) && !members.Contains(held.Holder)).DistinctBy(held => (held.What, held.Holder)).Select(held => $"waiting for {held}") : [];

        // Whoever waits for another of the family is not the one to name.
        var parents = workers.Select(snapshot => snapshot.Entry.ParentId).ToHashSet();
        var written = OutputReaders.WrittenPipes(family);
        var leaves = workers.Where(snapshot => !parents.Contains(snapshot.Entry.Id) && said[null].Contains(snapshot)
            && !(WaitsForPipe(snapshot) && written.Contains(snapshot.Links.GetValueOrDefault("0", ""))));
        return
        [
            .. said.Where(same => same.Key is not null).Select(same => $"{same.Key} ({DescribeProcesses([.. same])})")
                .Concat(managers)
                .Concat(leaves.Select(snapshot => $"{DescribeActivity(snapshot, connections)} ({DescribeProcesses([snapshot])})"))
                .Distinct().Take(MaxSaid),
        ];
    }

    /// <summary>What a process has on network file systems.</summary>
    public static IReadOnlyList<string> NetworkFiles(ProcessSnapshot snapshot, MountTree mounts) =>
    [
        .. snapshot.Links.Select(link => (Verb: link.Key switch { "cwd" => "its working directory", "exe" => "its program", _ => "open" }, Path: link.Value))
            .Distinct()
            .Select(link => mounts.Over(link.Path) is { MayBlock: true } mount ? $"{link.Verb}: {OutputText.OneLine(link.Path)}, {Type(mount)} on {mount.MountPoint}" : null)
            .OfType<string>(),
    ];

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

        return snapshot.Subjects.Select(mounts.Over).FirstOrDefault(mount => mount is { MayBlock: true }) is { } place ? $"blocked in {Type(place)} on {OutputText.OneLine(place.MountPoint)}"
            : waits.Success ? $"blocked in {waits.Groups.Cast<Group>().Skip(1).First(group => group.Success).Name}"
            : null;
    }

    private static string InKernel(string? channel) =>
        channel is null ? "in a place that it does not tell" : DiskPattern().IsMatch(channel) ? "waiting for a disk" : $"in {channel}";

    private static string? WaitsFor(ProcessSnapshot snapshot, IReadOnlyList<HeldLock> locks) =>
        WaitedFor(snapshot) is not { } file ? null
        : locks.FirstOrDefault(held => held.File == file && held.Holder != snapshot.Entry.Id) is { } held ? $"waiting for {held}"
        : $"waiting for the lock on {OutputText.OneLine(file)}";

    /// <summary>The file for whose lock the kernel lets a process wait; null where it waits for none.</summary>
    public static string? WaitedFor(ProcessSnapshot snapshot) => snapshot.Subjects.Count > 0 && LockWaitPattern().IsMatch(snapshot.WaitChannel ?? "") ? snapshot.Subjects[0] : null;

    private static string DescribeActivity(ProcessSnapshot snapshot, IReadOnlyList<TcpConnection> connections)
    {
        var sockets = snapshot.Links.Values.ToHashSet();
        var connection = connections.Where(connection => sockets.Contains($"socket:[{connection.Inode}]")).OrderBy(connection => connection.Answered).FirstOrDefault();
        return snapshot.Entry.State switch
        {
            'R' => "computing",
            'T' or 't' => "stopped by a signal or a debugger",
            'Z' => "done, and its parent did not ask for its end",
            _ when connection is { Answered: false } => $"connecting to {connection.Remote}, which does not answer",
            _ when connection is not null => $"waiting with a connection to {connection.Remote}",
            _ => WaitChannels.Describe(snapshot.WaitChannel),
        };
    }

    private static bool WaitsForPipe(ProcessSnapshot snapshot) => snapshot.WaitChannel?.Contains("pipe_read", StringComparison.Ordinal) == true;

    private static string DescribeProcesses(IReadOnlyList<ProcessSnapshot> snapshots)
    {
        var command = snapshots[0].Command;
        return $"pid {snapshots[0].Entry.Id}: {(command.Length > MaxOfCommand ? command[..MaxOfCommand] + "…" : command)}{(snapshots.Count > 1 ? $", and {snapshots.Count - 1} more" : "")}";
    }

    // What runs by an interpreter has its own name in second place.
    private static string Name(ProcessSnapshot snapshot)
    {
        string[] words = [.. snapshot.Command.Split(' ').Take(2).Select(word => TreePath.Name(word).Trim('[', ']'))];
        return words.Length > 1 && words[0].StartsWith("python", StringComparison.Ordinal) ? words[1] : words[0];
    }

    private static string Type(MountEntry mount) => mount.Type == "nfs4" ? "nfs" : mount.Type;

    // The kernel's functions in which whoever waits for a server, or for a daemon, sleeps; each group has its file system's name.
    [GeneratedRegex("^(?:(?<nfs>nfs|rpc_|__rpc)|(?<fuse>fuse|__fuse|request_wait_answer)|(?<lustre>ptlrpc|ldlm|cl_|osc_|mdc_|obd_|ll_)|(?<ceph>ceph)|(?<cifs>cifs|smb|wait_for_response)|(?<plan9>p9_))")]
    private static partial Regex FileSystemPattern();

    // Pages and blocks that a disk has not delivered or taken yet.
    [GeneratedRegex("io_schedule|blk_|bio_|folio_wait|wait_on_page|wait_on_buffer|jbd2|ext4_|xfs_|btrfs")]
    private static partial Regex DiskPattern();

    // flock(2), fcntl(2) with F_SETLKW, and what they have become in later kernels.
    [GeneratedRegex("^(locks_lock|flock_lock|posix_lock|fcntl_setlk|__break_lease)")]
    private static partial Regex LockWaitPattern();

    [GeneratedRegex(@"\block\b|\.lock\b|lock-frontend|/lock\b", RegexOptions.IgnoreCase)]
    private static partial Regex LockPattern();
}
