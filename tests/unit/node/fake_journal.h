/* fake_journal.h - a journal in memory, line by line. */
#ifndef TOCSIN_TESTS_FAKE_JOURNAL_H
#define TOCSIN_TESTS_FAKE_JOURNAL_H

#include <stdio.h>
#include <string.h>

#include "alarm/journal.h"
#include "tests/unit/fake_sys.h"

/* Appends lines, up to a NULL, to the journal of that name; makes it where there is none. Aborts on an error. */
static inline void fake_journal(struct fake_sys *f, const char *path, const char *const *lines)
{
    struct journal *j;
    struct error err;

    if (journal_open(&j, &f->sys, path, NULL, &err) != 0)
        abort();
    for (; *lines; lines++)
        if (journal_append(j, *lines, strlen(*lines)) != 0)
            abort();
    journal_close(j);
}

#endif
