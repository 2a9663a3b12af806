/* seed_header.h - what a SEED record says about itself, looked at before anyone acts on it.
 *
 * Internal to io/mseed.c, and free of libmseed, which trusts lengths and offsets that a record states. All
 * functions look at bytes only and fail at nothing. */
#ifndef TOCSIN_IO_SEED_HEADER_H
#define TOCSIN_IO_SEED_HEADER_H

#include <stdbool.h>
#include <stddef.h>

enum {
    SEED_HEADER = 48, /* bytes of the fixed header; the first four functions look at so many */
    SEED_RECORD_MIN = 128,
    SEED_RECORD_MAX = 65536,
};

/* The fixed header of a data record; *big tells its byte order, which only the date gives away. */
bool seed_is_data(const unsigned char *at, bool *big);
bool seed_is_control(const unsigned char *at);   /* of a full SEED volume: V, A, S or T */
bool seed_is_blank(const unsigned char *at);     /* a noise record: blanks */
bool seed_is_version_3(const unsigned char *at); /* of miniSEED 3, another format */

/* The record's length by blockette 1000: 0 where there is none in `have` bytes, -1 where it states nonsense.
 */
int seed_length(const unsigned char *record, ptrdiff_t have, bool big);
/* NULL, or what is wrong with the chain of blockettes of a record of that length. */
const char *seed_blockettes_fault(const unsigned char *record, size_t length, bool big);

#endif
