/* history_check.h - whether a journal's file is whole. */
#ifndef TOCSIN_NODE_HISTORY_CHECK_H
#define TOCSIN_NODE_HISTORY_CHECK_H

#include <stdbool.h>

#include "node/history_files.h"

struct history_checked {
    struct journal_found found;
    uint64_t unreadable; /* whole lines that are no JSON object with a type */
    int version;         /* as it says in its first line; 0: it does not */
};

/* Reads file i. An end that is torn while a node writes is looked at again for some tenths of a second. 0, or -1 with
 * err: it cannot be read. */
int history_check(const struct history_files *files, int i, struct history_checked *checked,
                  struct error *err);
bool history_checked_whole(const struct history_checked *checked);
/* "1234 lines", or what is wrong and what to do. Returns to. */
const char *history_checked_say(const struct history_checked *checked, char *to, size_t room);

#endif
