/* history_files.h - the files of a journal, opened together, so that they can be read while a node writes them.
 *
 * The node renames them when the newest is full; what is open here stays the same files until it is closed, and can
 * be read as often as needed. What the node adds meanwhile is seen or not. */
#ifndef TOCSIN_NODE_HISTORY_FILES_H
#define TOCSIN_NODE_HISTORY_FILES_H

#include "alarm/journal.h"

enum { HISTORY_PATH = 4096 };

struct history_files {
    const struct sys *sys;
    char journal[HISTORY_PATH];
    int fd[JOURNAL_FILES_MAX];      /* 0: the newest; -1: not there, or refused */
    int refused[JOURNAL_FILES_MAX]; /* errno, if it is there and cannot be opened */
};

/* Opens what there is; history_files_fault tells what there is not. 0, or -1 with err: the name is too long. */
int history_files_open(struct history_files *h, const struct sys *sys, const char *journal,
                       struct error *err);
void history_files_close(struct history_files *h);
/* 0: there is a journal and all of it can be read; else -1 with err. */
int history_files_fault(const struct history_files *h, struct error *err);
/* The name of one. Returns to. */
const char *history_files_name(const struct history_files *h, int i, char to[HISTORY_PATH]);
/* One file from its beginning; found: NULL, or what it holds. 0, or -1 with err. */
int history_files_read_one(const struct history_files *h, int i, journal_line line, void *ctx,
                           struct journal_found *found, struct error *err);
/* Every whole line of all of them, oldest first; a line function that answers 0 ends it. 0, or -1 with err. */
int history_files_read(const struct history_files *h, journal_line line, void *ctx, struct error *err);

#endif
