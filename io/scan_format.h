/* scan_format.h - one element of an IIO scan as the kernel describes it, "be:s20/32>>4", and its bytes.
 *
 * endian ':' sign bits '/' storage '>>' shift, as in scan_elements/in_accel_x_type of Linux: s or u, a capital
 * letter where the whole storage is the value's (libiio's "fully defined": no sign extension is needed).
 * Plain data, no allocation, any thread. */
#ifndef TOCSIN_IO_SCAN_FORMAT_H
#define TOCSIN_IO_SCAN_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SCAN_FORMAT_TEXT = 24 }; /* bytes for the text of any format, with its end */

struct scan_format {
    bool big_endian, has_sign, full;
    unsigned bits, storage, shift; /* storage is 8, 16, 32 or 64; bits + shift fit into it */
};

/* False, *out untouched, where the text is no format of one value. */
bool scan_format_parse(const char *text, struct scan_format *out);
void scan_format_print(const struct scan_format *f, char to[SCAN_FORMAT_TEXT]);
size_t scan_format_bytes(const struct scan_format *f);
/* The smallest and the largest value that it holds. */
int64_t scan_format_min(const struct scan_format *f);
int64_t scan_format_max(const struct scan_format *f);
/* Writes scan_format_bytes; a value beyond the range becomes the end of the range. Bits that carry nothing are
 * 0, but for the sign's copies of a full format. */
void scan_format_put(const struct scan_format *f, int64_t value, uint8_t *to);
int64_t scan_format_get(const struct scan_format *f, const uint8_t *from);

#endif
