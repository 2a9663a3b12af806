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

/* A header that was parsed and found sound. The records of a channel repeat it again and again but for the
 * sequence number, the time, the number of samples and blockette 1001's values, so that these are all that is
 * left to read. */
struct seed_known {
    unsigned char head[128];
    size_t size;            /* bytes up to the samples; 0: nothing is remembered */
    size_t skip_from, skip; /* values of blockette 1001, where there is one */
    int length;             /* of the record */
    bool big;
};

/* Remembers the header of a whole record, or nothing where it holds more than blockettes 100, 1000 and 1001. */
void seed_remember(struct seed_known *k, const unsigned char *record, size_t length, bool big);
/* Is the header at `at`, whose byte order seed_is_data told, the known one in this sense? */
bool seed_is_known(const struct seed_known *k, const unsigned char *at, ptrdiff_t have, bool big);
/* What is left to read in it. */
struct seed_news {
    unsigned year, day, hour, minute, second, fraction; /* of 0.1 ms */
    unsigned samples;
    int microseconds;
};
struct seed_news seed_news(const struct seed_known *k, const unsigned char *at);

#endif
