// step [-w WITNESS] [-m MARKS] [-s FLUSHES] PROGRAM [ARGUMENT]...
//
// Runs PROGRAM and stops it, with its threads and without its children, before each system call that changes something.
//   -w WITNESS   before each of them another program's fsync: WITNESS's mode is changed and that file is flushed. The file system then
//                commits its journal, with all names that PROGRAM has made until then, at every point where it could do so by chance.
//   -m MARKS     before each of them writes "NUMBER CALL PATH" to the last sector of MARKS, the recorded device.
//   -s FLUSHES   the control: PROGRAM is answered that flushes succeeded which are not made: of files, directories, disks (syncfs,
//                sync), or all.
// Prints nothing. Its exit code is PROGRAM's. x86-64 only.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct { long number; const char *name; } acts[] = {
#define ACT(name) {SYS_##name, #name}
    ACT(write), ACT(pwrite64), ACT(writev), ACT(pwritev), ACT(ftruncate), ACT(fallocate), ACT(fsync), ACT(fdatasync), ACT(syncfs),
    ACT(sync),
    ACT(fchmod), ACT(fchmodat), ACT(chmod), ACT(fchown), ACT(fchownat), ACT(chown), ACT(rename), ACT(renameat), ACT(renameat2), ACT(unlink),
    ACT(unlinkat), ACT(mkdir), ACT(mkdirat), ACT(rmdir), ACT(symlink), ACT(symlinkat), ACT(link), ACT(linkat), ACT(mount), ACT(umount2),
    ACT(wait4), ACT(waitid), ACT(fork), ACT(vfork), ACT(exit_group),
};

static int witness = -1, marks = -1;
static off_t mark_at;
static const char *skip = "";

static const char *act(const struct __ptrace_syscall_info *call)
{
    long number = (long)call->entry.nr;
    if (number == SYS_openat)
        return call->entry.args[2] & (O_CREAT | O_TRUNC) ? "openat" : NULL;
    if (number == SYS_open)
        return call->entry.args[1] & (O_CREAT | O_TRUNC) ? "open" : NULL;
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (acts[i].number == number)
            return acts[i].name;
    return NULL;
}

static int skipped(pid_t thread, const struct __ptrace_syscall_info *call)
{
    long number = (long)call->entry.nr;
    int all = strcmp(skip, "all") == 0;
    if (number == SYS_syncfs || number == SYS_sync)
        return all || strcmp(skip, "disks") == 0;
    if (number != SYS_fsync && number != SYS_fdatasync)
        return 0;
    char name[64];
    struct stat status;
    snprintf(name, sizeof name, "/proc/%d/fd/%d", thread, (int)call->entry.args[0]);
    if (stat(name, &status) != 0)
        return 0;
    return all || strcmp(skip, S_ISDIR(status.st_mode) ? "directories" : "files") == 0;
}

static void mark(const char *text)
{
    char sector[512] = "THPC-MARK ";
    strncat(sector, text, sizeof sector - 16);
    if (marks >= 0 && pwrite(marks, sector, sizeof sector, mark_at) != sizeof sector)
        perror("step: mark");
}

static void tell(pid_t thread, int number, const char *name, const struct __ptrace_syscall_info *call)
{
    char text[256] = "", line[400];
    for (int i = 0; i < 3 && text[0] != '/'; i++) {
        struct iovec here = {text, sizeof text - 1}, there = {(void *)call->entry.args[i], sizeof text - 1};
        size_t left = 4096 - call->entry.args[i] % 4096;
        there.iov_len = left < there.iov_len ? left : there.iov_len;
        memset(text, 0, sizeof text);
        if (process_vm_readv(thread, &here, 1, &there, 1, 0) <= 0)
            text[0] = 0;
    }
    if (text[0] != '/') {
        char link[64];
        snprintf(link, sizeof link, "/proc/%d/fd/%d", thread, (int)call->entry.args[0]);
        ssize_t length = readlink(link, text, sizeof text - 1);
        text[length > 0 ? length : 0] = 0;
    }
    snprintf(line, sizeof line, "%d %s %s", number, name, text);
    mark(line);
}

static void commit(int number)
{
    if (witness >= 0 && (fchmod(witness, number % 2 ? 0600 : 0640) != 0 || fsync(witness) != 0))
        perror("step: witness");
}

int main(int count, char **words)
{
    int option;
    while ((option = getopt(count, words, "+w:m:s:")) != -1) {
        if (option == 'w')
            witness = open(optarg, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
        else if (option == 'm') {
            marks = open(optarg, O_WRONLY | O_CLOEXEC);
            mark_at = lseek(marks, -512, SEEK_END);
        } else if (option == 's')
            skip = optarg;
        else
            return 2;
    }
    pid_t child = fork();
    if (child == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(words[optind], words + optind);
        _exit(127);
    }
    int status, started = 0, number = 0, faked = 0;
    pid_t fake[64];
    waitpid(child, &status, 0);
    // Neither fork nor vfork are followed: what the program starts runs free.
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
            const char *name = call.op == PTRACE_SYSCALL_INFO_ENTRY ? act(&call) : NULL;
            if (started && name) {
                tell(thread, ++number, name, &call);
                commit(number);
                if (skipped(thread, &call) && faked < 64) {
                    ptrace(PTRACE_POKEUSER, thread, offsetof(struct user_regs_struct, orig_rax), -1L);
                    fake[faked++] = thread;
                }
            }
            for (int i = 0; call.op == PTRACE_SYSCALL_INFO_EXIT && i < faked; i++)
                if (fake[i] == thread) {
                    ptrace(PTRACE_POKEUSER, thread, offsetof(struct user_regs_struct, rax), 0L);
                    fake[i] = fake[--faked];
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
    int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    char text[32];
    snprintf(text, sizeof text, "exit %d", code);
    mark(text); // from here on everything that was promised must be on the disk
    commit(number + 1);
    return code;
}
