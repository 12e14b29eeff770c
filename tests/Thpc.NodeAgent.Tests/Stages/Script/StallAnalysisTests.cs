using System.Net;
using Thpc.NodeAgent.Host.Files;
using Thpc.NodeAgent.Host.Mounts;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Stages.Script;

namespace Thpc.NodeAgent.Tests.Stages.Script;

public sealed class StallAnalysisTests
{
    private static readonly MountTree Mounts = MountTree.Parse(
        "1 0 0:1 / / rw - ext4 /dev/vda1 rw\n2 1 0:2 / /data rw - nfs4 h:/ rw\n3 1 0:3 / /scratch rw - lustre h@tcp:/fs rw\n4 1 0:4 / "
            + "/goose rw - fuse.goosefs-fuse goosefs-fuse rw\n");

    private static readonly HeldLock Dpkg = new("/var/lib/dpkg/lock-frontend", "the dpkg lock", 812, "unattended-upgr");

    [Theory]
    [InlineData('D', "rpc_wait_bit_killable", "/data/x", "blocked in nfs on /data (pid 10: cat x)")]
    [InlineData('D', "folio_wait_bit_common", "/data/x", "blocked in nfs on /data (pid 10: cat x)")]
    [InlineData('S', "rpc_wait_bit_killable", "/data", "blocked in nfs on /data (pid 10: cat x)")]
    [InlineData('D', "cl_sync_io_wait", "/scratch/a/b", "blocked in lustre on /scratch (pid 10: cat x)")]
    [InlineData('S', "request_wait_answer", "/goose/x", "blocked in fuse.goosefs-fuse on /goose (pid 10: cat x)")]
    [InlineData('D', "nfs4_wait_clnt_recover", "/etc/fstab", "blocked in nfs (pid 10: cat x)")]
    [InlineData('D', "blk_io_wait", "/var/x", "blocked in the kernel, waiting for a disk (pid 10: cat x)")]
    [InlineData('D', "msleep", "/var/x", "blocked in the kernel, in msleep (pid 10: cat x)")]
    [InlineData('D', null, "/var/x", "blocked in the kernel, at an unknown place (pid 10: cat x)")]
    [InlineData('S', "locks_lock_inode_wait", "/run/a.lock", "waiting for the lock on /run/a.lock (pid 10: cat x)")]
    [InlineData('S', "hrtimer_nanosleep", "/data", "sleeping (pid 10: cat x)")]
    [InlineData('S', "anon_pipe_read", "pipe:[3]", "waiting for input from a pipe (pid 10: cat x)")]
    [InlineData('S', "futex_do_wait", "/x", "waiting for another of its threads (pid 10: cat x)")]
    [InlineData('S', "ep_poll", "/x", "waiting for one of its files or sockets (pid 10: cat x)")]
    [InlineData('S', "brand_new_wait", "/x", "waiting in the kernel (brand_new_wait) (pid 10: cat x)")]
    [InlineData('S', null, "/x", "sleeping (pid 10: cat x)")]
    [InlineData('R', null, "/x", "computing (pid 10: cat x)")]
    [InlineData('T', "do_signal_stop", "/x", "stopped by a signal or a debugger (pid 10: cat x)")]
    [InlineData('Z', null, "/x", "a zombie, whose parent has not waited for it (pid 10: cat x)")]
    public void Wait_of_process_is_described(char state, string? channel, string subject, string words) =>
        Assert.Equal([words], Of([Inspect(10, 1, state, channel, "cat x", subject)]));

    [Fact]
    public void Process_that_waits_for_child_is_not_reported() =>
        Assert.Equal(
            ["blocked in nfs on /data (pid 12: ls /data)"],
            Of([Inspect(10, 1, 'S', "do_wait", "bash a.sh", "/"), Inspect(11, 10, 'S', "do_wait", "make", "/"),
                Inspect(12, 11, 'D', "rpc_wait", "ls /data", "/data")]));

    [Theory]
    [InlineData("poll_schedule_timeout.constprop.0", "waiting for one of its files or sockets")]
    [InlineData("do_select", "waiting for one of its files or sockets")]
    [InlineData("do_epoll_wait", "waiting for one of its files or sockets")]
    [InlineData("do_wait", "waiting for a process that it started")]
    [InlineData("sk_wait_data", "waiting for data from a socket")]
    [InlineData("unix_stream_read_generic", "waiting for data from a socket")]
    [InlineData("inet_csk_accept", "waiting for a connection from a client")]
    [InlineData("pipe_write", "waiting for the reader of a full pipe")]
    [InlineData("n_tty_read", "waiting for input from a terminal")]
    [InlineData("sigsuspend.isra.0", "waiting for a signal")]
    [InlineData("do_sigtimedwait", "waiting for a signal")]
    [InlineData("hrtimer_nanosleep", "sleeping")]
    [InlineData("schedule_timeout", "sleeping")]
    [InlineData(null, "sleeping")]
    public void Wait_channel_is_described(string? channel, string words) => Assert.Equal(words, WaitChannels.Describe(channel));

    [Fact]
    public void Output_reader_is_not_reported()
    {
        ProcessSnapshot[] family =
        [
            Inspect(10, 1, 'S', "do_wait", "bash a.sh", "/", ("0", "/dev/null"), ("1", "pipe:[1]"), ("2", "pipe:[1]")),
            Inspect(11, 10, 'S', "do_wait", "bash a.sh", "/", ("0", "pipe:[1]"), ("1", "pipe:[9]")),
            Inspect(12, 11, 'S', "poll_schedule_timeout", "tee -a x.log", "/", ("0", "pipe:[1]"), ("1", "pipe:[2]")),
            Inspect(13, 11, 'D', "folio_wait_bit", "logger", "/", ("0", "pipe:[2]"), ("1", "pipe:[9]")),
            Inspect(14, 10, 'S', "hrtimer_nanosleep", "sleep 1000", "/", ("0", "/dev/null"), ("1", "pipe:[1]")),
        ];
        Assert.Equal(["sleeping (pid 14: sleep 1000)"], Of(family));
    }

    [Fact]
    public void Script_with_only_reader_children_is_reported() =>
        Assert.Equal(
            ["computing (pid 10: bash a.sh)"],
            Of([Inspect(10, 1, 'R', null, "bash a.sh", "/", ("1", "pipe:[1]")),
                Inspect(11, 10, 'S', "anon_pipe_read", "tee x.log", "/", ("0", "pipe:[1]"), ("1", "pipe:[9]"))]));

    [Fact]
    public void Reader_blocked_by_server_is_reported() =>
        Assert.Equal(
            ["blocked in nfs on /data (pid 11: tee /data/log)", "waiting for the reader of a full pipe (pid 10: bash a.sh)"],
            Of([Inspect(10, 1, 'S', "pipe_write", "bash a.sh", "/", ("1", "pipe:[1]")),
                Inspect(11, 10, 'D', "rpc_wait", "tee /data/log", "/data/log", ("0", "pipe:[1]"))]));

    [Fact]
    public void Last_process_of_pipeline_is_not_reported() =>
        Assert.Equal(
            ["sleeping (pid 11: sleep 1000)"],
            Of(
            [
                Inspect(10, 1, 'S', "do_wait", "bash a.sh", "/", ("1", "pipe:[9]")),
                Inspect(11, 10, 'S', "hrtimer_nanosleep", "sleep 1000", "/", ("1", "pipe:[1]")),
                Inspect(12, 10, 'S', "anon_pipe_read", "tee x.log", "/", ("0", "pipe:[1]"), ("1", "pipe:[9]")),
            ]));

    [Fact]
    public void Processes_with_same_reason_share_one_finding() =>
        Assert.Equal(
            ["blocked in nfs on /data (pid 10: a, and 2 more)"],
            Of([Inspect(10, 1, 'D', "rpc_wait", "a", "/data/1"), Inspect(11, 1, 'D', "rpc_wait", "b", "/data/2"),
                Inspect(12, 1, 'D', "nfs_wait", "c", "/data/3")]));

    [Theory]
    [InlineData("apt-get install -y slurmd", "")]
    [InlineData("/usr/bin/apt-get update", "")]
    [InlineData("/usr/bin/python3 /usr/bin/dnf install x", "")]
    [InlineData("sleep 5", "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend.")]
    public void Holder_of_package_manager_lock_is_reported(string command, string lastLines) =>
        Assert.Equal(
            "waiting for the dpkg lock held by pid 812 (unattended-upgr)",
            Of([Inspect(10, 1, 'S', "hrtimer_nanosleep", command, "/")], lastLines, [Dpkg])[0]);

    [Fact]
    public void Unrelated_lock_is_not_reported() =>
        Assert.Equal(["sleeping (pid 10: sleep 5)"], Of([Inspect(10, 1, 'S', "hrtimer_nanosleep", "sleep 5", "/")], "unpacking", [Dpkg]));

    [Fact]
    public void Own_lock_is_not_reported() =>
        Assert.DoesNotContain(
            Of([Inspect(812, 1, 'S', "hrtimer_nanosleep", "apt-get install x", "/")], "", [Dpkg]),
            words => words.Contains("dpkg lock", StringComparison.Ordinal));

    [Fact]
    public void Holder_of_kernel_lock_is_reported() =>
        Assert.Equal(
            ["waiting for the lock on /run/a.lock held by pid 77 (backup) (pid 10: flock 9)"],
            Of([Inspect(10, 1, 'S', "locks_lock_inode_wait", "flock 9", "/run/a.lock")], "",
                [new HeldLock("/run/a.lock", "the lock on /run/a.lock", 77, "backup")]));

    [Theory]
    [InlineData(false, "connecting to 192.0.2.9:443, which does not answer (pid 10: curl x)")]
    [InlineData(true, "waiting while connected to 192.0.2.9:443 (pid 10: curl x)")]
    public void Connection_is_reported(bool answered, string words)
    {
        var snapshot =
            Inspect(10, 1, 'S', "ep_poll", "curl x", "/") with { Links = new Dictionary<string, string> { ["5"] = "socket:[4711]" } };
        Assert.Equal(
            [words], StallAnalysis.Describe(
                [snapshot], "", Mounts, [], [new TcpConnection(4711, new IPEndPoint(IPAddress.Parse("192.0.2.9"), 443), answered)]));
    }

    [Fact]
    public void Thousand_processes_give_few_findings() =>
        Assert.InRange(Of([.. Enumerable.Range(10, 1000).Select(id => Inspect(id, 1, 'S', $"channel{id}", $"c{id}", "/"))]).Count, 1, 10);

    [Fact]
    public void Only_files_on_network_mounts_are_listed()
    {
        var snapshot = Inspect(10, 1, 'S', null, "x", "/") with
        {
            Links = new Dictionary<string, string>
            {
                ["0"] = "/dev/null",
                ["3"] = "/data/in",
                ["4"] = "/data/in",
                ["5"] = "/var/log/x",
                ["cwd"] = "/scratch",
                ["exe"] = "/goose/bin/x",
            },
        };
        Assert.Equal(
            ["open: /data/in, nfs on /data", "its working directory: /scratch, lustre on /scratch",
                "its program: /goose/bin/x, fuse.goosefs-fuse on /goose"], StallAnalysis.NetworkFiles(snapshot, Mounts));
    }

    private static IReadOnlyList<string> Of(ProcessSnapshot[] family, string lastLines = "", HeldLock[]? locks = null) =>
        StallAnalysis.Describe(family, lastLines, Mounts, locks ?? [], []);

    private static ProcessSnapshot Inspect(
        int id, int parent, char state, string? channel, string command, string subject, params (string Number, string Target)[] links) =>
        new(new ProcessEntry(id, parent, id, id, state, 1), channel, links.ToDictionary(link => link.Number, link => link.Target), command,
            [subject]);
}
