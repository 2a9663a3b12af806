#include "node/history_check.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "node/history_line.h"

enum { LOOKS = 5, BETWEEN_MS = 60 };

static int look(void *ctx, const char *text, size_t n)
{
    struct history_checked *c = ctx;
    struct error ignored;
    struct json_value *line = json_parse(text, n, &ignored);
    bool first = c->found.lines++ == 0;
    int64_t version = history_integer(line, "version", 0);

    if (first && history_is(line, "type", "journal") && version > 0 && version < 1000000)
        c->version = (int)version;
    c->unreadable += history_text(line, "type")[0] == 0;
    json_value_free(line);
    return 1;
}

int history_check(const struct history_files *files, int i, struct history_checked *checked,
                  struct error *err)
{
    for (int tries = 1;; tries++) {
        struct journal_found found;
        memset(checked, 0, sizeof *checked);
        if (history_files_read_one(files, i, look, checked, &found, err) != 0)
            return -1;
        checked->found = found;
        if (found.torn == 0 || i > 0 || tries == LOOKS)
            return 0;
        poll(NULL, 0, BETWEEN_MS);
    }
}

bool history_checked_whole(const struct history_checked *c)
{
    return c->found.broken == 0 && c->found.torn == 0 && c->unreadable == 0 && c->version >= 1 &&
           c->version <= JOURNAL_VERSION;
}

const char *history_checked_say(const struct history_checked *c, char *to, size_t room)
{
    int n = snprintf(to, room, "%" PRIu64 " line%s", c->found.lines, c->found.lines == 1 ? "" : "s");
    const char *more =
        c->version == 0 ? ", none of them says the version first: it is no journal, or its beginning is lost"
        : c->version > JOURNAL_VERSION ? ", of a newer version: use a newer tocsin"
        : c->found.broken + c->unreadable > 0
            ? ": what stood in them is lost; keep a copy, and look at the disk"
        : c->found.torn > 0 ? ": the last line was being written; the node removes it when it starts"
                            : "";
    char damage[120] = "";

    if (c->found.broken + c->unreadable > 0 || c->found.torn > 0)
        snprintf(damage, sizeof damage,
                 ", %" PRIu64 " broken, %" PRIu64 " not to be understood, %" PRId64 " bytes torn",
                 c->found.broken, c->unreadable, c->found.torn);
    if (n > 0 && (size_t)n < room)
        snprintf(to + n, room - (size_t)n, "%s%s", damage, more);
    return to;
}
