#include "io/ring.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { LINE = SYS_ALIGNMENT };

/* The two indices only grow and are masked on use; each has a cache line of its own, as both threads write
 * all the time. */
struct ring {
    const struct sys *sys;
    const struct wake *wake;
    unsigned char *slot;
    size_t size;
    uint32_t mask;
    _Alignas(LINE) _Atomic uint32_t head; /* next to be written; producer */
    _Atomic uint64_t refused;
    _Alignas(LINE) _Atomic uint32_t tail; /* next to be read; consumer */
};

int wake_open(struct wake *w, struct error *err)
{
    w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return w->fd < 0 ? error_set(err, "eventfd: %s", strerror(errno)) : 0;
}

void wake_close(struct wake *w)
{
    if (w->fd >= 0)
        close(w->fd);
    w->fd = -1;
}

void wake_signal(const struct wake *w)
{
    static const uint64_t one = 1;
    int saved = errno;

    /* It can only fail when the counter is full, and then whoever sleeps on it is awake already. */
    if (write(w->fd, &one, sizeof one) < 0)
        errno = saved;
}

void wake_clear(const struct wake *w)
{
    uint64_t count;

    if (read(w->fd, &count, sizeof count) < 0)
        return; /* nothing was pending */
}

bool wake_wait(const struct wake *w, int timeout_ms)
{
    struct pollfd p = {.fd = w->fd, .events = POLLIN};

    if (poll(&p, 1, timeout_ms) <= 0)
        return false;
    wake_clear(w);
    return true;
}

int ring_open(struct ring **out, const struct sys *sys, size_t slot_size, size_t slots,
              const struct wake *wake, struct error *err)
{
    uint32_t count = 1;

    *out = NULL;
    while (count < slots && count < UINT32_C(1) << 30)
        count *= 2;
    if (slot_size == 0 || count < slots || slot_size > SIZE_MAX / 2 / count)
        return error_set(err, "a ring of %zu slots of %zu bytes cannot be", slots, slot_size);
    struct ring *r = sys_alloc(sys, sizeof *r);
    if (!r)
        return error_set(err, "out of memory");
    r->slot = sys_alloc(sys, slot_size * count);
    if (!r->slot) {
        sys_free(sys, r);
        return error_set(err, "out of memory");
    }
    r->sys = sys;
    r->wake = wake;
    r->size = slot_size;
    r->mask = count - 1;
    *out = r;
    return 0;
}

void ring_close(struct ring *r)
{
    if (!r)
        return;
    sys_free(r->sys, r->slot);
    sys_free(r->sys, r);
}

bool ring_push_part(struct ring *r, const void *slot, size_t n)
{
    uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

    if (head - atomic_load_explicit(&r->tail, memory_order_acquire) > r->mask) {
        atomic_fetch_add_explicit(&r->refused, 1, memory_order_relaxed);
        return false;
    }
    memcpy(r->slot + (size_t)(head & r->mask) * r->size, slot, n);
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
    if (r->wake)
        wake_signal(r->wake);
    return true;
}

bool ring_push(struct ring *r, const void *slot)
{
    return ring_push_part(r, slot, r->size);
}

const void *ring_front(const struct ring *r)
{
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    if (tail == atomic_load_explicit(&r->head, memory_order_acquire))
        return NULL;
    return r->slot + (size_t)(tail & r->mask) * r->size;
}

void ring_drop(struct ring *r)
{
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
}

bool ring_pop(struct ring *r, void *slot)
{
    const void *front = ring_front(r);

    if (!front)
        return false;
    memcpy(slot, front, r->size);
    ring_drop(r);
    return true;
}

uint64_t ring_refused(const struct ring *r)
{
    return atomic_load_explicit(&r->refused, memory_order_relaxed);
}

size_t ring_waiting(const struct ring *r)
{
    uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);

    return atomic_load_explicit(&r->head, memory_order_acquire) - tail;
}
