/* group.h - which channels of which files make one instrument, and which of them is up, north and east.
 *
 * Internal to io/trace.c. Collects what the readers' scans found, applies --select, StationXML, --scale and
 * --axes, and builds one group an instrument. */
#ifndef TOCSIN_IO_GROUP_H
#define TOCSIN_IO_GROUP_H

#include "io/reader.h"
#include "io/stationxml.h"
#include "io/trace.h"

enum {
    GROUP_FILES_MAX = 1024,
    GROUP_PARTS_MAX = 64, /* files that continue one component, one after another */
};

struct group_file {
    char path[4096];
    const struct reader *reader;
    struct channels channels;
};

struct group_part {
    size_t file, channel;
};

struct group_axis {
    size_t parts; /* 0: not measured */
    struct group_part part[GROUP_PARTS_MAX];
    double scale, slack;
    int64_t t0_ns, skip; /* samples before the shared window */
};

struct group {
    struct trace_info info;
    struct group_axis axis[AXES];
};

struct group_set {
    const struct sys *sys;
    struct trace_conf conf;
    size_t files;
    struct group_file *file[GROUP_FILES_MAX];
    struct stationxml *xml[GROUP_FILES_MAX];
    size_t xmls;
    size_t groups, room;
    struct group **group;
};

int group_set_open(struct group_set **out, const struct sys *sys, struct error *err);
void group_set_close(struct group_set *set); /* NULL is fine */
int group_set_stationxml(struct group_set *set, struct input *in, struct error *err);
/* A file whose channels are still to be scanned; NULL with err. */
struct group_file *group_set_add_file(struct group_set *set, const char *path, const struct reader *reader,
                                      struct error *err);
/* Is this what --axes may be? 0, or -1 with err. */
int group_check_axes(const char *told, struct error *err);
/* After all files: keeps a copy of conf (its strings stay the caller's). 0, or -1 with err. */
int group_set_build(struct group_set *set, const struct trace_conf *conf, struct error *err);

static inline size_t group_set_count(const struct group_set *set)
{
    return set->groups;
}
static inline const struct group *group_set_at(const struct group_set *set, size_t i)
{
    return set->group[i];
}
static inline size_t group_set_files(const struct group_set *set)
{
    return set->files;
}
static inline struct group_file *group_set_file(const struct group_set *set, size_t i)
{
    return set->file[i];
}

#endif
