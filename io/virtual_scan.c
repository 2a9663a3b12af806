#include <math.h>
#include <string.h>

#include "io/virtual_parts.h"

int32_t virtual_temperature(const struct virtual_sensor *v)
{
    /* adxl355_core.c: milli-degrees = (count - 2111.25) * -110.497238 */
    return (int32_t)lround(v->fault[FAULT_TEMPERATURE] * 1000 / -110.497238 + 2111.25);
}

size_t virtual_scan_bytes(const struct virtual_sensor *v, uint32_t mask)
{
    size_t bytes = scan_format_bytes(&v->conf.format), n = 0, largest = 1;
    unsigned channel = VIRTUAL_AXES;

    for (unsigned a = 0; a < VIRTUAL_AXES; a++)
        if (mask & 1U << a) {
            n += bytes;
            largest = bytes;
        }
    if (v->conf.driver->temperature && mask & 1U << channel++) {
        n = (n + 1) / 2 * 2 + 2;
        largest = largest > 2 ? largest : 2;
    }
    if (mask & 1U << channel) {
        n = (n + 7) / 8 * 8 + 8;
        largest = 8;
    }
    return (n + largest - 1) / largest * largest;
}

/* One sample into a stream's queue, in the order and with the alignment of the kernel's. */
void virtual_scan_queue(const struct virtual_sensor *v, struct iiod_stream *to,
                        const int32_t count[VIRTUAL_AXES], int64_t stamp_ns)
{
    static const struct scan_format stamp = {.has_sign = true, .bits = 64, .storage = 64};
    static const struct scan_format degrees = {.big_endian = true, .bits = 12, .storage = 16};
    size_t bytes = scan_format_bytes(&v->conf.format), n = 0;
    unsigned channel = VIRTUAL_AXES;
    uint8_t *at = scan_queue_slot(&to->queue);

    if (!at)
        return;
    memset(at, 0, to->queue.size);
    for (unsigned a = 0; a < VIRTUAL_AXES; a++)
        if (to->mask & 1U << a) {
            scan_format_put(&v->conf.format, count[a], at + n);
            n += bytes;
        }
    if (v->conf.driver->temperature && to->mask & 1U << channel++) {
        n = (n + 1) / 2 * 2;
        scan_format_put(&degrees, virtual_temperature(v), at + n);
        n += 2;
    }
    if (to->mask & 1U << channel) {
        n = (n + 7) / 8 * 8;
        scan_format_put(&stamp, stamp_ns + v->offset_ns, at + n);
    }
    scan_queue_push(&to->queue);
}
