/* iiod_parts.h - what the two halves of a session share: iiod.c moves bytes, iiod_command.c understands lines.
 * Private to them. */
#ifndef TOCSIN_IO_IIOD_PARTS_H
#define TOCSIN_IO_IIOD_PARTS_H

#include "io/iiod.h"

void iiod_command(struct iiod_session *s, int64_t now_ns); /* the line in s->line */
void iiod_finish_write(struct iiod_session *s);            /* the value of a WRITE is there */
void iiod_close_stream(struct iiod_session *s);            /* one that is not open is fine */
void iiod_reply_number(struct iiod_session *s, long long n);
void iiod_reply_bytes(struct iiod_session *s, const void *bytes,
                      size_t n);                         /* they live until they are sent */
void iiod_await(struct iiod_session *s, int64_t now_ns); /* a READBUF, for its next refill */

#endif
