namespace Thpc.NodeAgent.Stages.Script;

/// <summary>Describes what a process waits for, from the kernel function in which it sleeps (/proc/PID/wchan).</summary>
internal static class WaitChannels
{
    // A part of the function's name and its meaning; kernel versions differ in prefixes and suffixes. The first match applies.
    private static readonly (string Part, string Meaning)[] Known =
    [
        ("nanosleep", "sleeping"),
        ("pipe_read", "waiting for input from a pipe"),
        ("pipe_write", "waiting for the reader of a full pipe"),
        ("wait_for_partner", "waiting for another process to open a named pipe"),
        ("fifo_open", "waiting for another process to open a named pipe"),
        ("futex", "waiting for another of its threads"),
        ("sigsuspend", "waiting for a signal"),
        ("sigtimedwait", "waiting for a signal"),
        ("sys_pause", "waiting for a signal"),
        ("signalfd", "waiting for a signal"),
        ("n_tty_read", "waiting for input from a terminal"),
        ("tty", "waiting for a terminal"),
        ("accept", "waiting for a connection from a client"),
        ("inet_stream_connect", "connecting to a server"),
        ("inet_wait_for_connect", "connecting to a server"),
        ("unix_wait_for_peer", "waiting for the other end of a full socket"),
        ("sk_stream_wait_memory", "waiting for the other end of a full socket"),
        ("sock_alloc_send", "waiting for the other end of a full socket"),
        ("sk_wait_data", "waiting for data from a socket"),
        ("tcp_recvmsg", "waiting for data from a socket"),
        ("unix_stream", "waiting for data from a socket"),
        ("wait_for_more_packets", "waiting for data from a socket"),
        ("skb_recv", "waiting for data from a socket"),
        ("wait_woken", "waiting for data"),
        ("poll", "waiting for one of its files or sockets"),
        ("select", "waiting for one of its files or sockets"),
        ("inotify", "waiting for a file to change"),
        ("semtimedop", "waiting for a semaphore"),
        ("msgrcv", "waiting for a message"),
        ("msgsnd", "waiting for the reader of a full message queue"),
        ("eventfd", "waiting for an event"),
        ("timerfd", "sleeping"),
        ("schedule_timeout", "sleeping"),
        ("do_wait", "waiting for a process that it started"),
        ("wait4", "waiting for a process that it started"),
        ("vfork", "waiting for a program to start"),
        ("ptrace", "stopped by a debugger"),
        ("vm_fault", "waiting for memory"),
        ("mem_cgroup", "waiting for memory"),
        ("cgroup_freeze", "stopped with its control group"),
        ("refrigerator", "stopped with its control group"),
    ];

    /// <param name="channel">Name of the function; null where it is unknown.</param>
    public static string Describe(string? channel) =>
        channel is null ? "sleeping"
        : Array.Find(Known, entry => channel.Contains(entry.Part, StringComparison.Ordinal)).Meaning
            ?? $"waiting in the kernel ({channel})";
}
