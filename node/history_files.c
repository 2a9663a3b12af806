#include "node/history_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { TRIES = 3 };

const char *history_files_name(const struct history_files *h, int i, char to[HISTORY_PATH])
{
    if (i == 0)
        snprintf(to, HISTORY_PATH, "%s", h->journal);
    else
        snprintf(to, HISTORY_PATH, "%.*s.%d", HISTORY_PATH - 8, h->journal, i);
    return to;
}

static void identify(const struct history_files *h, struct sys_file which[JOURNAL_FILES_MAX])
{
    char path[HISTORY_PATH];

    memset(which, 0, sizeof *which * JOURNAL_FILES_MAX);
    for (int i = 0; i < JOURNAL_FILES_MAX; i++)
        if (h->sys->identify(h->sys->ctx, history_files_name(h, i, path), &which[i]) != 0)
            which[i] = (struct sys_file){0};
}

void history_files_close(struct history_files *h)
{
    for (int i = 0; i < JOURNAL_FILES_MAX; i++)
        if (h->fd[i] >= 0) {
            h->sys->close(h->sys->ctx, h->fd[i]);
            h->fd[i] = -1;
        }
}

static void open_all(struct history_files *h)
{
    char path[HISTORY_PATH];

    for (int i = 0; i < JOURNAL_FILES_MAX; i++) {
        h->fd[i] = h->sys->open_read(h->sys->ctx, history_files_name(h, i, path));
        h->refused[i] = h->fd[i] < 0 && errno != ENOENT ? errno : 0;
    }
}

/* A node that renames its files while they are opened would have one read twice or not at all: then again. It does so
 * once in 8 MiB, so that the second try is rarely needed and the third never. */
int history_files_open(struct history_files *h, const struct sys *sys, const char *journal, struct error *err)
{
    struct sys_file before[JOURNAL_FILES_MAX], after[JOURNAL_FILES_MAX];

    memset(h, 0, sizeof *h);
    h->sys = sys;
    for (int i = 0; i < JOURNAL_FILES_MAX; i++)
        h->fd[i] = -1;
    if (strlen(journal) > HISTORY_PATH - 8)
        return error_set(err, "%s: the name is too long", journal);
    memcpy(h->journal, journal, strlen(journal) + 1);
    for (int i = 0; i < TRIES; i++) {
        history_files_close(h);
        identify(h, before);
        open_all(h);
        identify(h, after);
        if (memcmp(before, after, sizeof before) == 0)
            break;
    }
    return 0;
}

int history_files_fault(const struct history_files *h, struct error *err)
{
    char path[HISTORY_PATH];
    bool any = false;

    for (int i = 0; i < JOURNAL_FILES_MAX; i++) {
        any = any || h->fd[i] >= 0;
        if (h->refused[i])
            return error_set(err, "%s: cannot be read: %s", history_files_name(h, i, path),
                             sys_open_fault(h->refused[i]));
    }
    return any ? 0 : error_set(err, "%s: there is no journal", h->journal);
}

int history_files_read_one(const struct history_files *h, int i, journal_line line, void *ctx,
                           struct journal_found *found, struct error *err)
{
    char path[HISTORY_PATH];

    history_files_name(h, i, path);
    if (h->sys->seek(h->sys->ctx, h->fd[i], 0) != 0)
        return error_set(err, "%s: cannot be read: %s", path, strerror(errno));
    return journal_read_open(h->sys, h->fd[i], path, line, ctx, found, err);
}

struct through {
    journal_line line;
    void *ctx;
    bool enough;
};

static int pass_on(void *ctx, const char *text, size_t n)
{
    struct through *t = ctx;

    t->enough = t->line(t->ctx, text, n) == 0;
    return !t->enough;
}

int history_files_read(const struct history_files *h, journal_line line, void *ctx, struct error *err)
{
    struct through t = {line, ctx, false};

    for (int i = JOURNAL_FILES_MAX - 1; i >= 0 && !t.enough; i--)
        if (h->fd[i] >= 0 && history_files_read_one(h, i, pass_on, &t, NULL, err) != 0)
            return -1;
    return 0;
}
