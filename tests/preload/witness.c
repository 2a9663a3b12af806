/* witness.c - sees which thread does what a thread of high priority never may. Preloaded by a test:
 *
 *     LD_PRELOAD=witness.so WITNESS=FILE tocsin run ...
 *
 * At the end FILE has a line a thread name: "NAME memory=N lock=N file=N sleep=N": calls that take or give back
 * memory; of mutexes and conditions; that open or sync files; that sleep. WITNESS_DISK=FIFO: a sync of a file waits
 * until somebody has written to that pipe, as on a disk that hangs. glibc only. */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

enum what { MEMORY, LOCK, FILES, SLEEP, WHATS };
enum { NAMES = 64 };
static const char *const word[WHATS] = {"memory", "lock", "file", "sleep"};
static char seen[NAMES][16];
static _Atomic int used[NAMES]; /* 0 free, 1 being named, 2 named */
static _Atomic unsigned long count[NAMES][WHATS];

static void note(enum what what)
{
    char name[16] = "";

    prctl(PR_GET_NAME, name);
    for (int i = 0; i < NAMES; i++) {
        int none = 0;
        if (atomic_compare_exchange_strong(&used[i], &none, 1)) {
            memcpy(seen[i], name, sizeof name);
            atomic_store(&used[i], 2);
        }
        while (atomic_load(&used[i]) == 1)
            continue;
        if (strcmp(seen[i], name) == 0) {
            atomic_fetch_add(&count[i][what], 1);
            return;
        }
    }
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("WITNESS");
    FILE *f = path ? fopen(path, "w") : NULL;

    for (int i = 0; f && i < NAMES && used[i] == 2; i++) {
        fprintf(f, "%s", seen[i]);
        for (int w = 0; w < WHATS; w++)
            fprintf(f, " %s=%lu", word[w], atomic_load(&count[i][w]));
        fputc('\n', f);
    }
    if (f)
        fclose(f);
}

void *malloc(size_t size)
{
    note(MEMORY);
    return __libc_malloc(size);
}
void *calloc(size_t n, size_t size)
{
    note(MEMORY);
    return __libc_calloc(n, size);
}
void *realloc(void *old, size_t size)
{
    note(MEMORY);
    return __libc_realloc(old, size);
}
void *memalign(size_t alignment, size_t size)
{
    note(MEMORY);
    return __libc_memalign(alignment, size);
}
void *aligned_alloc(size_t alignment, size_t size)
{
    note(MEMORY);
    return __libc_memalign(alignment, size);
}
int posix_memalign(void **out, size_t alignment, size_t size)
{
    note(MEMORY);
    *out = __libc_memalign(alignment, size);
    return *out ? 0 : 12;
}
void free(void *memory)
{
    if (memory)
        note(MEMORY);
    __libc_free(memory);
}

#define NEXT(name) ((__typeof__(&name))(size_t)dlsym(RTLD_NEXT, #name))

int pthread_mutex_lock(pthread_mutex_t *m)
{
    static __typeof__(&pthread_mutex_lock) next;

    if (!next)
        next = NEXT(pthread_mutex_lock);
    note(LOCK);
    return next(m);
}
int open(const char *path, int flags, ...)
{
    static __typeof__(&open) next;
    va_list list;

    if (!next)
        next = NEXT(open);
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    note(FILES);
    return next(path, flags, mode);
}
FILE *fopen(const char *path, const char *mode)
{
    note(FILES);
    return NEXT(fopen)(path, mode);
}
int fdatasync(int fd)
{
    const char *disk = getenv("WITNESS_DISK");
    char byte;
    int wait = disk ? open(disk, O_RDONLY) : -1; /* without a writer this waits */

    note(FILES);
    if (wait >= 0) {
        (void)!read(wait, &byte, 1);
        close(wait);
    }
    return NEXT(fdatasync)(fd);
}
int nanosleep(const struct timespec *t, struct timespec *left)
{
    note(SLEEP);
    return NEXT(nanosleep)(t, left);
}
