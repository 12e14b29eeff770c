// Preloaded into the agent: what the stand-in for mount.nfs mounted (a tmpfs, for this kernel may have no NFS client) is nfs
// or nfs4 in /proc/self/mountinfo, as its source's first address or its second says. Nothing else is touched.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const char table[] = "/proc/self/mountinfo";
static const char nfs3[] = " tmpfs 127.0.98.3:", nfs4[] = " tmpfs 127.0.98.4:";

static int altered(int real)
{
    int copy = memfd_create("mountinfo", MFD_CLOEXEC);
    FILE *in = fdopen(real, "r");
    char line[8192];
    while (fgets(line, sizeof line, in)) {
        char *found = strstr(line, nfs3), *other = strstr(line, nfs4);
        if (found || other) {
            char *at = found ? found : other;
            dprintf(copy, "%.*s %s %s", (int)(at - line), line, found ? "nfs" : "nfs4", at + 7);
        } else {
            dprintf(copy, "%s", line);
        }
    }
    fclose(in);
    lseek(copy, 0, SEEK_SET);
    return copy;
}

#define OPEN(name)                                                                 \
    int name(const char *path, int flags, ...)                                     \
    {                                                                              \
        va_list rest;                                                              \
        va_start(rest, flags);                                                     \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0;          \
        va_end(rest);                                                              \
        int (*next)(const char *, int, ...) = dlsym(RTLD_NEXT, #name);             \
        int opened = next(path, flags, mode);                                      \
        return opened >= 0 && strcmp(path, table) == 0 ? altered(opened) : opened; \
    }

OPEN(open)
OPEN(open64)
