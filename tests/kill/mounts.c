// Preloaded into the agent. The stand-ins for mount.nfs and mount.lustre mount a tmpfs, since this kernel may lack these clients.
// Here such a mount has the type nfs, nfs4 or lustre in /proc/self/mountinfo, by the address of its source. All else is unchanged.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char table[] = "/proc/self/mountinfo";
static const struct {
    const char *source, *type;
} types[] = {{" tmpfs 127.0.98.3:", "nfs"}, {" tmpfs 127.0.98.4:", "nfs4"}, {" tmpfs 127.0.98.8@", "lustre"},
             {" tmpfs 10.98.0.3:", "nfs"}, {" tmpfs 10.98.0.4:", "nfs4"}, {" tmpfs [fd98::3]:", "nfs"}, {" tmpfs [fd98::4]:", "nfs4"},
             {" tmpfs files.internal:", "nfs"}};

static int altered(int real)
{
    int copy = memfd_create("mountinfo", MFD_CLOEXEC);
    FILE *in = fdopen(real, "r");
    char line[8192];
    while (fgets(line, sizeof line, in)) {
        char *at = NULL;
        const char *type = NULL;
        for (size_t i = 0; !at && i < sizeof types / sizeof types[0]; i++) {
            at = strstr(line, types[i].source);
            type = types[i].type;
        }
        if (at)
            dprintf(copy, "%.*s %s %s", (int)(at - line), line, type, at + 7);
        else
            dprintf(copy, "%s", line);
    }
    fclose(in);
    lseek(copy, 0, SEEK_SET);
    return copy;
}

// The system call: a symbol of dlsym would tie this library to the glibc that it was built with.
#define OPEN(name)                                                                 \
    int name(const char *path, int flags, ...)                                     \
    {                                                                              \
        va_list rest;                                                              \
        va_start(rest, flags);                                                     \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;          \
        va_end(rest);                                                              \
        int opened = syscall(SYS_openat, AT_FDCWD, path, flags, mode);             \
        return opened >= 0 && strcmp(path, table) == 0 ? altered(opened) : opened; \
    }

OPEN(open)
OPEN(open64)
