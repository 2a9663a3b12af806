/* journal.h - what the node decided and did, on disk, so that it survives any moment's loss of power.
 *
 * One file of lines, append-only. A line is `LENGTH CRC JSON\n`: length of the JSON in bytes and its CRC-32
 * (that of zlib, IEEE 802.3), eight hexadecimal digits each. So it is read by eye and by `cut -c19-`, and
 * whatever cut of its last line a crash leaves is recognised. Opening removes such a cut line; one that is
 * broken in the middle of the file is passed over and counted, and costs no other.
 *
 * A file that has grown to JOURNAL_FILE_MAX is renamed FILE.1 (FILE.1 to FILE.2 ...), up to JOURNAL_FILES_MAX, the
 * oldest going; the new one begins with `{"type":"journal","version":1}` as every file does. Version n reads
 * n - 1. One thread writes; others may read the file. */
#ifndef TOCSIN_ALARM_JOURNAL_H
#define TOCSIN_ALARM_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "io/error.h"
#include "io/sys.h"

enum {
    JOURNAL_VERSION = 1,
    JOURNAL_LINE_MAX = 64 * 1024,       /* bytes of one line's JSON */
    JOURNAL_FILE_MAX = 8 * 1024 * 1024, /* then the next file begins */
    JOURNAL_FILES_MAX = 8,              /* FILE and FILE.1 .. FILE.7 */
};

struct journal_found { /* by reading one file */
    uint64_t lines;    /* whole ones */
    uint64_t broken;   /* passed over */
    int64_t torn;      /* bytes behind the last whole line; 0: it ended well */
    int64_t size;      /* up to where it is whole */
};

struct journal;

/* Opens or creates `path`, removing a torn end. found: NULL, or what was there. 0, or -1 with err and errno:
 * the system's, or EINVAL: of a version that is newer than this program. */
int journal_open(struct journal **out, const struct sys *sys, const char *path, struct journal_found *found,
                 struct error *err);
void journal_close(struct journal *j); /* NULL is fine; syncs */
/* One JSON object without its \n; n <= JOURNAL_LINE_MAX. 0, or -1 and errno; then nothing of it stands in the
 * file, or it is cut off by the next append, and the caller may try again. */
int journal_append(struct journal *j, const char *json, size_t n);
int journal_sync(struct journal *j); /* 0, or -1 and errno: what was appended is not safe yet */

/* Hands out every whole line of one file in order; text is NUL-terminated, valid during the call, and checked for
 * nothing but length and CRC. keep_going: false ends the reading. 0, or -1 with err (cannot be read). */
typedef int (*journal_line)(void *ctx, const char *text, size_t n);
int journal_read(const struct sys *sys, const char *path, journal_line line, void *ctx,
                 struct journal_found *found, struct error *err);
/* The same of a file that the caller has opened, from where it stands on; path: for err. */
int journal_read_open(const struct sys *sys, int fd, const char *path, journal_line line, void *ctx,
                      struct journal_found *found, struct error *err);

#endif
