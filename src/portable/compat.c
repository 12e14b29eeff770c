/* Functions that the executable needs to run on every image although it is linked against glibc 2.31 and static OpenSSL.
   Portable.targets names each __wrap_ function to the linker. */
#include <stddef.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>

#if defined(__x86_64__)
#  define OLD "GLIBC_2.2.5"
#elif defined(__aarch64__)
#  define OLD "GLIBC_2.17"
#else
#  error "unknown architecture"
#endif

/* Ten functions of libm have a newer version that differs only in errno: use the old one. */
#define W1(T, n) \
    extern T compat_##n(T); __asm__(".symver compat_" #n "," #n "@" OLD); \
    T __wrap_##n(T x) { return compat_##n(x); }
#define W2(T, n) \
    extern T compat_##n(T, T); __asm__(".symver compat_" #n "," #n "@" OLD); \
    T __wrap_##n(T x, T y) { return compat_##n(x, y); }

/* new version in 2.29 */
W1(double, exp) W1(double, exp2) W1(double, log) W1(double, log2) W2(double, pow)
/* new version in 2.27 */
W1(float, expf) W1(float, exp2f) W1(float, logf) W1(float, log2f) W2(float, powf)

/* OpenSSL 3.0 refers weakly to getentropy@GLIBC_2.25; defining it here leaves no dynamic reference.
   getrandom is Linux 3.17: before that (CentOS 7 kernels, some seccomp sandboxes) wait until /dev/random
   reports a seeded pool, then read /dev/urandom. */
static int urandom(unsigned char *p, size_t n)
{
    struct pollfd pf = { .fd = open("/dev/random", O_RDONLY | O_CLOEXEC), .events = POLLIN };
    int fd;
    if (pf.fd >= 0) {
        while (poll(&pf, 1, -1) < 0 && (errno == EINTR || errno == EAGAIN)) { }
        close(pf.fd);
    }
    do fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC); while (fd < 0 && errno == EINTR);
    if (fd < 0) return -1;
    while (n > 0) {
        ssize_t r = read(fd, p, n);
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0) { int e = r < 0 ? errno : EIO; close(fd); errno = e; return -1; }
        p += r; n -= (size_t)r;
    }
    close(fd);
    return 0;
}

int getentropy(void *buf, size_t len)
{
    unsigned char *p = buf;
    if (len > 256) { errno = EIO; return -1; }
    while (len > 0) {
        long r = syscall(SYS_getrandom, p, len, 0u);
        if (r < 0) {
            if (errno == EINTR) continue;
            return errno == ENOSYS ? urandom(p, len) : -1;
        }
        p += r; len -= (size_t)r;
    }
    return 0;
}

/* glibc 2.17 reads _SC_PHYS_PAGES from /proc/meminfo; in a chroot without /proc it returns -1, and the GC's start
   fails with exit status 255 and no message. */
extern long __real_sysconf(int);
long __wrap_sysconf(int name)
{
    long r = __real_sysconf(name);
    if (r < 0 && (name == _SC_PHYS_PAGES || name == _SC_AVPHYS_PAGES)) {
        struct sysinfo si;
        if (sysinfo(&si) == 0)
            r = (long)((name == _SC_PHYS_PAGES ? si.totalram : si.freeram) * (unsigned long long)si.mem_unit
                       / (unsigned long long)__real_sysconf(_SC_PAGESIZE));
    }
    return r;
}

/* .NET parses every CA certificate of the image before it checks a chain's policy, 50 ms in each run, although the agent passes the
   ones to trust (Authorities.cs). Here it finds none. With *defaulted = 1 it would continue with /etc/ssl/certs. */
const char *__wrap_CryptoNative_GetX509RootStoreFile(uint8_t *defaulted);
const char *__wrap_CryptoNative_GetX509RootStoreFile(uint8_t *defaulted) { *defaulted = 0; return ""; }
const char *__wrap_CryptoNative_GetX509RootStorePath(uint8_t *defaulted);
const char *__wrap_CryptoNative_GetX509RootStorePath(uint8_t *defaulted) { *defaulted = 0; return ""; }

/* The image's openssl.cnf was written for another OpenSSL and may load modules of it. It is read only if OPENSSL_CONF names one. */
#define OPENSSL_INIT_LOAD_CONFIG    0x00000040u
#define OPENSSL_INIT_NO_LOAD_CONFIG 0x00000080u
extern int __real_OPENSSL_init_ssl(uint64_t, const void *);
int __wrap_OPENSSL_init_ssl(uint64_t options, const void *settings)
{
    if (getenv("OPENSSL_CONF") == NULL)
        options = (options & ~(uint64_t)OPENSSL_INIT_LOAD_CONFIG) | OPENSSL_INIT_NO_LOAD_CONFIG;
    return __real_OPENSSL_init_ssl(options, settings);
}
