/* mseed_write.h - integer samples of a three-axis instrument out as miniSEED 2, while they come.
 *
 * Steim-2, records of 512 bytes, big-endian, quality D, blockettes 1000, 1001 (microseconds) and 100 (the
 * rate as a float). The records of Z, N and E are interleaved as they fill, so that a pipe can be read back
 * with a bounded queue. The bytes are a pure function of the samples: no clock, and the same for every
 * division into calls.
 *
 * The file holds counts and nothing else; scale and orientation are somebody else's (StationXML, or `replay
 * --scale`). Memory is constant, about 100 kB, taken at open; a record that is being packed is allocated by
 * libmseed. One owner, one thread at a time. */
#ifndef TOCSIN_IO_MSEED_WRITE_H
#define TOCSIN_IO_MSEED_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "io/block.h"
#include "io/error.h"
#include "io/sys.h"

/* Steim-2 holds differences of 30 bits: samples within +-2^28 can never exceed them. */
enum { MSEED_WRITE_COUNT_MAX = 1 << 28 };

struct mseed_write_conf {
    const char *network, *station, *location; /* at most 2, 5 and 2 characters; copied */
    const char *instrument; /* band and instrument, two letters: "HN"; Z N E is put behind */
    double rate_hz;         /* 1..20000 */
    int64_t start_ns;       /* UTC of the first sample */
    const char *path;       /* for messages; outlives the writer */
};

struct mseed_write;

/* Records go to the descriptor `fd`, which stays the caller's. 0 and *out for mseed_write_close, or -1 and
 * err: a code too long, a rate out of range, memory. */
int mseed_write_open(struct mseed_write **out, const struct sys *sys, int fd,
                     const struct mseed_write_conf *conf, struct error *err);
/* 0, or -1 and err: a value beyond +-MSEED_WRITE_COUNT_MAX, or what the disk says. After an error the writer
 * only fits to be closed. */
int mseed_write_put(struct mseed_write *w, const int32_t (*counts)[AXES], size_t n, struct error *err);
/* Packs what is left into last, partly filled records. 0, or -1 and err. */
int mseed_write_flush(struct mseed_write *w, struct error *err);
/* Without flushing. NULL is fine. */
void mseed_write_close(struct mseed_write *w);

#endif
