/* memory.h - what the node's threads touch stays in memory: no page is fetched from a disk in an alarm. */
#ifndef TOCSIN_NODE_MEMORY_H
#define TOCSIN_NODE_MEMORY_H

#include "io/sys.h"

/* A mapped file larger than this is locked only as far as it is touched: libxml2 brings the character tables of ICU, 30 MB
 * that nothing here reads. Programs and libraries are smaller. */
enum { MEMORY_FILE_MAX = 8 * 1024 * 1024 };

/* Everything that is and will be touched, and the whole of each mapped file (code and constants) up to
 * MEMORY_FILE_MAX. Before the threads start: one arena serves all, as those of high priority never allocate. 0,
 * or the errno of the refusal. */
int memory_lock(const struct sys *sys);
void memory_unlock(void);

#endif
