using System.Text.RegularExpressions;
using Thpc.NodeAgent.Host;
using Thpc.NodeAgent.Host.Mounts;

namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Says in words what holds a script up.</summary>
internal static partial class StallAnalysis
{
    private const int MostSaid = 6;
    private const int MostOfCommand = 60;

    // A program that asks for the lock again and again by itself is seen by what it is.
    private static readonly string[] Managers = ["apt", "apt-get", "aptitude", "dpkg", "yum", "dnf", "dnf5", "tdnf", "microdnf", "rpm", "zypper"];

    /// <param name="family">Commands without secrets.</param>
    /// <param name="locks">Those that are held, by whomever.</param>
    /// <returns>The likeliest cause first, each to follow upon "it was".</returns>
    public static IReadOnlyList<string> Of(
        IReadOnlyList<ProcessSnapshot> family, string lastLines, MountTree mounts, IReadOnlyList<HeldLock> locks, IReadOnlyList<TcpConnection> connections)
    {
        var members = family.Select(look => look.Entry.Id).ToHashSet();

        // What reads the script's output waits for the script. It is named only where a server keeps it from that.
        var readers = OutputReaders.Of(family);
        var workers = family.Where(look => !readers.Contains(look.Entry.Id)).ToList();
        string? Reason(ProcessSnapshot look) =>
            readers.Contains(look.Entry.Id) ? BlockedByServer(look, mounts) : BlockedIn(look, mounts) ?? WaitsFor(look, locks);
        var said = family.ToLookup(Reason);
        var managers = family.Any(look => Managers.Contains(Name(look))) || LockPattern().IsMatch(lastLines)
            ? locks.Where(held => FileLocks.IsPackageManagers(held) && !members.Contains(held.Holder)).DistinctBy(held => (held.What, held.Holder)).Select(held => $"waiting for {held}") : [];

        // Whoever waits for another of the family is not the one to name.
        var parents = workers.Select(look => look.Entry.ParentId).ToHashSet();
        var written = OutputReaders.WrittenPipes(family);
        var leaves = workers.Where(look => !parents.Contains(look.Entry.Id) && said[null].Contains(look)
            && !(WaitsForPipe(look) && written.Contains(look.Links.GetValueOrDefault("0", ""))));
        return
        [
            .. said.Where(same => same.Key is not null).Select(same => $"{same.Key} ({Who([.. same])})")
                .Concat(managers)
                .Concat(leaves.Select(look => $"{Doing(look, connections)} ({Who([look])})"))
                .Distinct().Take(MostSaid),
        ];
    }

    /// <summary>What a process has on network file systems.</summary>
    public static IReadOnlyList<string> NetworkFiles(ProcessSnapshot look, MountTree mounts) =>
    [
        .. look.Links.Select(link => (Verb: link.Key switch { "cwd" => "its working directory", "exe" => "its program", _ => "open" }, Path: link.Value))
            .Distinct()
            .Select(link => mounts.Over(link.Path) is { MayBlock: true } mount ? $"{link.Verb}: {OutputText.OneLine(link.Path)}, {Type(mount)} on {mount.MountPoint}" : null)
            .OfType<string>(),
    ];

    private static string? BlockedIn(ProcessSnapshot look, MountTree mounts)
    {
        var byServer = BlockedByServer(look, mounts);
        return byServer is not null || look.Entry.State != 'D' ? byServer : $"blocked in the kernel, {InKernel(look.WaitChannel)}";
    }

    private static string? BlockedByServer(ProcessSnapshot look, MountTree mounts)
    {
        var waits = FileSystemPattern().Match(look.WaitChannel ?? "");
        if (look.Entry.State != 'D' && !waits.Success)
        {
            return null;
        }

        return look.Subjects.Select(mounts.Over).FirstOrDefault(mount => mount is { MayBlock: true }) is { } place ? $"blocked in {Type(place)} on {OutputText.OneLine(place.MountPoint)}"
            : waits.Success ? $"blocked in {waits.Groups.Cast<Group>().Skip(1).First(group => group.Success).Name}"
            : null;
    }

    private static string InKernel(string? channel) =>
        channel is null ? "in a place that it does not tell" : DiskPattern().IsMatch(channel) ? "waiting for a disk" : $"in {channel}";

    private static string? WaitsFor(ProcessSnapshot look, IReadOnlyList<HeldLock> locks) =>
        WaitedFor(look) is not { } file ? null
        : locks.FirstOrDefault(held => held.File == file && held.Holder != look.Entry.Id) is { } held ? $"waiting for {held}"
        : $"waiting for the lock on {OutputText.OneLine(file)}";

    /// <summary>The file for whose lock the kernel lets a process wait; null where it waits for none.</summary>
    public static string? WaitedFor(ProcessSnapshot look) => look.Subjects.Count > 0 && LockWaitPattern().IsMatch(look.WaitChannel ?? "") ? look.Subjects[0] : null;

    private static string Doing(ProcessSnapshot look, IReadOnlyList<TcpConnection> connections)
    {
        var sockets = look.Links.Values.ToHashSet();
        var connection = connections.Where(connection => sockets.Contains($"socket:[{connection.Inode}]")).OrderBy(connection => connection.Answered).FirstOrDefault();
        return look.Entry.State switch
        {
            'R' => "computing",
            'T' or 't' => "stopped by a signal or a debugger",
            'Z' => "done, and its parent did not ask for its end",
            _ when connection is { Answered: false } => $"connecting to {connection.Remote}, which does not answer",
            _ when connection is not null => $"waiting with a connection to {connection.Remote}",
            _ => WaitChannels.Describe(look.WaitChannel),
        };
    }

    private static bool WaitsForPipe(ProcessSnapshot look) => look.WaitChannel?.Contains("pipe_read", StringComparison.Ordinal) == true;

    private static string Who(IReadOnlyList<ProcessSnapshot> looks)
    {
        var command = looks[0].Command;
        return $"pid {looks[0].Entry.Id}: {(command.Length > MostOfCommand ? command[..MostOfCommand] + "…" : command)}{(looks.Count > 1 ? $", and {looks.Count - 1} more" : "")}";
    }

    // What runs by an interpreter has its own name in second place.
    private static string Name(ProcessSnapshot look)
    {
        string[] words = [.. look.Command.Split(' ').Take(2).Select(word => TreePath.Name(word).Trim('[', ']'))];
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
