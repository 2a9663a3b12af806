#include "node/entry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "io/utc.h"

void entry_text(struct entry *e, enum entry_kind kind, enum entry_weight weight, int64_t at_ns,
                const char *format, ...)
{
    va_list list;

    memset(e, 0, sizeof *e);
    e->kind = kind;
    e->weight = weight;
    e->at_ns = at_ns;
    va_start(list, format);
    vsnprintf(e->text, sizeof e->text, format, list);
    va_end(list);
}

int entry_event_id(const char *node, uint32_t event, int64_t utc_ns, char *to, size_t room)
{
    char utc[40], plain[40];
    size_t n = 0;

    /* Topics, file names and shells take it without quotes: no colon, no hyphen but between the three parts. */
    if (utc_format(utc_ns, utc, sizeof utc) == 0)
        utc[0] = 0;
    for (const char *c = utc; *c; c++)
        if (*c != ':' && *c != '-')
            plain[n++] = *c;
    plain[n] = 0;
    return snprintf(to, room, "%s-%s-%u", node, n ? plain : "unknown", (unsigned)event);
}

const char *entry_source_name(enum sound_source source)
{
    switch (source) {
    case SOURCE_LOCAL:
        return "local";
    case SOURCE_PEER:
        return "peer";
    case SOURCE_OFFICIAL:
        return "official";
    case SOURCE_OPERATOR:
        return "operator";
    }
    return "?";
}
