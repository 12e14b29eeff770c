// strike COUNT OUT PROGRAM [ARGUMENT]...
//
// Runs PROGRAM and kills it, without its children, just before its COUNT-th system call: that call is not made.
// It counts only calls with an effect outside of the process (files are created, written, renamed, removed; processes are started
// and waited for; data is sent), of all threads together, in the kernel's order. Between two of them the moment of the kill makes
// no difference.
// STRIKE_SIGNAL in the environment is the signal to send instead of KILL: then the call is made, and the program may continue.
// COUNT 0 kills no process. OUT gets the count, the number of the last call, and its first argument that is an absolute path.
// (strace cannot: `inject=…:when=` counts for each thread apart, and with -f it would kill the children too.)
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const long acts[] = {
    SYS_write, SYS_pwrite64, SYS_writev, SYS_ftruncate, SYS_fallocate, SYS_fsync, SYS_fdatasync, SYS_fchmod, SYS_fchmodat,
    SYS_fchown, SYS_fchownat, SYS_renameat, SYS_renameat2, SYS_unlinkat, SYS_mkdirat, SYS_symlinkat, SYS_linkat, SYS_flock,
    SYS_mount, SYS_umount2, SYS_execve, SYS_wait4, SYS_waitid, SYS_kill, SYS_connect, SYS_sendto, SYS_sendmsg, SYS_recvmsg,
#ifdef __x86_64__ // Newer architectures have the forms above alone.
    SYS_chmod, SYS_chown, SYS_rename, SYS_unlink, SYS_mkdir, SYS_rmdir, SYS_symlink, SYS_link, SYS_vfork, SYS_fork,
#endif
};

static int is_act(const struct __ptrace_syscall_info *call)
{
    long number = call->entry.nr;
    if (number == SYS_openat)
        return (call->entry.args[2] & (O_CREAT | O_TRUNC)) != 0;
#ifdef __x86_64__
    if (number == SYS_open)
        return (call->entry.args[1] & (O_CREAT | O_TRUNC)) != 0;
#endif
    if (number == SYS_clone)
        return (call->entry.args[0] & CLONE_THREAD) == 0;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (acts[i] == number)
            return 1;
    return 0;
}

static void name_path(FILE *out, pid_t thread, const struct __ptrace_syscall_info *call)
{
    char text[256] = "";
    for (int i = 0; i < 3; i++) {
        struct iovec here = {text, sizeof text - 1}, there = {(void *)call->entry.args[i], sizeof text - 1};
        // A string near the end of a page: the rest is not to be had.
        size_t left = 4096 - call->entry.args[i] % 4096;
        there.iov_len = left < there.iov_len ? left : there.iov_len;
        memset(text, 0, sizeof text);
        if (process_vm_readv(thread, &here, 1, &there, 1, 0) > 0 && text[0] == '/')
            break;
        text[0] = 0;
    }
    fprintf(out, " %s", text);
}

int main(int count, char **words)
{
    if (count < 4)
        return 2;
    long target = atol(words[1]), counted = 0;
    const char *other = getenv("STRIKE_SIGNAL");
    int blow = other ? atoi(other) : SIGKILL;
    unsetenv("STRIKE_SIGNAL");
    FILE *out = fopen(words[2], "w");
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(words[3], words + 3);
        _exit(127);
    }

    int status, started = 0;
    waitpid(child, &status, 0);
    // Neither fork nor vfork are followed: child programs run untraced.
    ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    ptrace(PTRACE_SYSCALL, child, 0, 0);
    for (pid_t thread; (thread = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR;) {
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            if (thread == child)
                break;
            continue;
        }

        int signal = WSTOPSIG(status);
        if (signal == (SIGTRAP | 0x80)) {
            struct __ptrace_syscall_info call;
            ptrace(PTRACE_GET_SYSCALL_INFO, thread, sizeof call, &call);
            if (started && call.op == PTRACE_SYSCALL_INFO_ENTRY && is_act(&call)) {
                counted++;
                if (counted == target) {
                    fprintf(out, "%ld %llu", counted, (unsigned long long)call.entry.nr);
                    name_path(out, thread, &call);
                    kill(child, blow);
                    if (blow == SIGKILL)
                        continue;
                }
            }
            signal = 0;
        } else if (status >> 16 == PTRACE_EVENT_EXEC) {
            started = 1;
            signal = 0;
        } else if (status >> 16 || signal == SIGSTOP) {
            signal = 0; // a thread's birth and its first stop
        }
        ptrace(PTRACE_SYSCALL, thread, 0, signal);
    }

    if (target == 0 || counted < target)
        fprintf(out, "%ld -1", counted); // no process was killed
    fclose(out);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
