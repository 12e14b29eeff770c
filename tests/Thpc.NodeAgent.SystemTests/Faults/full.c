// Preloaded into every program of a node: its disk is full from the N-th thing on that would take space there.
//
// /mnt/full has N, the directory that is the disk and, where only calls of one name are meant, that name; without it nothing
// happens. /mnt/full.count counts, over all programs together, files that are created, written, renamed and flushed (file systems
// that allocate late fail at the flush).
// /mnt/full.first gets the call and the path that were the first to fail; all that come after it fail too.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static long limit, *count;
static char disk[PATH_MAX], only[16];

__attribute__((constructor)) static void begin(void)
{
    FILE *said = fopen("/mnt/full", "r");
    int file = said ? open("/mnt/full.count", O_RDWR | O_CLOEXEC) : -1;
    void *shared = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED && fscanf(said, "%ld %4000s %15s", &limit, disk, only) >= 2)
        count = shared;
    if (file >= 0)
        close(file);
    if (said)
        fclose(said);
}

static int is_full(const char *call, const char *path)
{
    size_t length = strlen(disk);
    if (!count || strncmp(path, disk, length) != 0 || (path[length] != '/' && path[length] != 0) || (only[0] && strcmp(only, call) != 0))
        return 0;
    long number = __atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
    if (number < limit)
        return 0;
    if (number == limit) {
        FILE *(*next)(const char *, const char *) = dlsym(RTLD_NEXT, "fopen");
        FILE *first = next("/mnt/full.first", "w");
        fprintf(first, "%s %s\n", call, path);
        fclose(first);
    }
    errno = ENOSPC;
    return 1;
}

static int is_full_at(const char *call, int directory, const char *path)
{
    char link[64], whole[2 * PATH_MAX] = "";
    if (!count || path[0] == '/')
        return count ? is_full(call, path) : 0;
    snprintf(link, sizeof link, directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", directory);
    ssize_t length = readlink(link, whole, PATH_MAX);
    snprintf(whole + (length < 0 ? 0 : length), PATH_MAX, "/%s", path);
    return is_full(call, whole);
}

static int is_full_file(const char *call, int file)
{
    char link[64], path[PATH_MAX] = "";
    struct stat status;
    if (!count || fstat(file, &status) != 0 || S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    return readlink(link, path, sizeof path - 1) > 0 ? is_full(call, path) : 0;
}

static int makes(int directory, const char *path, int flags)
{
    return (flags & O_CREAT) && faccessat(directory, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REPLACE(result, name, parameters, question, ...)       \
    result name parameters                                     \
    {                                                          \
        return question ? (result)-1 : NEXT(name)(__VA_ARGS__); \
    }

#define MODE()                                                  \
    va_list rest;                                               \
    va_start(rest, flags);                                      \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
    va_end(rest)

#define OPEN(name)                                                                                       \
    int name(const char *path, int flags, ...)                                                           \
    {                                                                                                    \
        MODE();                                                                                          \
        return makes(AT_FDCWD, path, flags) && is_full_at("open", AT_FDCWD, path) ? -1 : NEXT(name)(path, flags, mode); \
    }

#define OPEN_AT(name)                                                                                    \
    int name(int directory, const char *path, int flags, ...)                                            \
    {                                                                                                    \
        MODE();                                                                                          \
        return makes(directory, path, flags) && is_full_at("open", directory, path) ? -1 : NEXT(name)(directory, path, flags, mode); \
    }

OPEN(open)
OPEN(open64)
OPEN_AT(openat)
OPEN_AT(openat64)
REPLACE(int, mkdir, (const char *path, mode_t mode), access(path, F_OK) != 0 && is_full_at("mkdir", AT_FDCWD, path), path, mode)
REPLACE(int, mkdirat, (int at, const char *path, mode_t mode),
        faccessat(at, path, F_OK, 0) != 0 && is_full_at("mkdir", at, path), at, path, mode)
REPLACE(int, symlink, (const char *target, const char *path), is_full_at("symlink", AT_FDCWD, path), target, path)
REPLACE(int, link, (const char *from, const char *path), is_full_at("link", AT_FDCWD, path), from, path)
REPLACE(int, rename, (const char *from, const char *path), is_full_at("rename", AT_FDCWD, path), from, path)
REPLACE(int, renameat, (int at, const char *from, int there, const char *path), is_full_at("rename", there, path), at, from, there, path)
REPLACE(int, renameat2, (int at, const char *from, int there, const char *path, unsigned flags),
        is_full_at("rename", there, path), at, from, there, path, flags)
REPLACE(int, fsync, (int file), is_full_file("fsync", file), file)
REPLACE(int, fdatasync, (int file), is_full_file("fsync", file), file)
REPLACE(ssize_t, write, (int file, const void *data, size_t size), is_full_file("write", file), file, data, size)
REPLACE(ssize_t, pwrite, (int file, const void *data, size_t size, off_t at), is_full_file("write", file), file, data, size, at)
REPLACE(ssize_t, pwrite64, (int file, const void *data, size_t size, off64_t at), is_full_file("write", file), file, data, size, at)
REPLACE(ssize_t, writev, (int file, const struct iovec *data, int parts), is_full_file("write", file), file, data, parts)
REPLACE(ssize_t, copy_file_range, (int from, off64_t *at, int file, off64_t *there, size_t size, unsigned flags),
        is_full_file("write", file), from, at, file, there, size, flags)
