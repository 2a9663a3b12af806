#include "io/scan_queue.h"

#include <string.h>

int scan_queue_open(struct scan_queue *q, const struct sys *sys, size_t size, size_t room)
{
    memset(q, 0, sizeof *q);
    q->scan = sys_alloc(sys, size * room);
    if (!q->scan)
        return -1;
    q->size = size;
    q->room = room;
    return 0;
}

void scan_queue_close(struct scan_queue *q, const struct sys *sys)
{
    sys_free(sys, q->scan);
    memset(q, 0, sizeof *q);
}

uint8_t *scan_queue_slot(struct scan_queue *q)
{
    if (q->held == q->room) {
        q->lost++;
        return NULL;
    }
    return q->scan + (q->first + q->held) % q->room * q->size;
}

void scan_queue_push(struct scan_queue *q)
{
    q->held++;
}

size_t scan_queue_run(const struct scan_queue *q, size_t most, const uint8_t **at)
{
    size_t n = q->held < most ? q->held : most;

    *at = q->scan + q->first * q->size;
    return n < q->room - q->first ? n : q->room - q->first;
}

void scan_queue_drop(struct scan_queue *q, size_t scans)
{
    q->first = (q->first + scans) % q->room;
    q->held -= scans;
}
