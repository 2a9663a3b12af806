#include "io/trace.h"

#include <stdio.h>
#include <string.h>

#include "io/columns.h"
#include "io/group.h"
#include "io/queue.h"
#include "io/reader.h"

/* A row a format; the strict ones first, as the probe of a text table is loose by nature. */
static const struct reader *const readers[] = {
    &reader_mseed, &reader_sac, &reader_knet,   &reader_openeew, &reader_esm,   &reader_nsmn,
    &reader_unam,  &reader_cwb, &reader_rshake, &reader_geonet,  &reader_csmip, &reader_cosmos,
    &reader_bhrc,  &reader_smc, &reader_csv,    &reader_columns, NULL,
};

const struct reader *const *trace_readers(void)
{
    return readers;
}

/* One pass over one file: a cursor of its reader, serving one component or all. */
struct stream {
    size_t file;
    bool open, ended;
    struct input *in;
    void *cursor;
    bool want[READER_CHANNELS_MAX];
    bool begun[READER_CHANNELS_MAX];      /* its first piece was seen */
    int16_t axis_of[READER_CHANNELS_MAX]; /* -1: none of ours */
};

struct component {
    size_t streams;                 /* the files that hold it, in time order */
    size_t stream[GROUP_PARTS_MAX]; /* index into trace.stream */
    size_t at;                      /* the one being read */
    struct queue *queue;
    struct timeline line;
};

struct trace {
    const struct sys *sys;
    struct group_set *set;
    struct input *kept[GROUP_FILES_MAX]; /* of a pipe, between scan and reading: it cannot be opened twice */
    /* of the record being read */
    const struct group *group;
    size_t streams;
    struct stream stream[AXES * GROUP_PARTS_MAX];
    struct component component[AXES];
    int64_t next; /* index of the next sample in the shared window */
    int64_t pending_lost;
    uint64_t delivered, not_finite;
};

static const struct reader *find_reader(const char *name)
{
    for (size_t i = 0; readers[i]; i++)
        if (strcmp(readers[i]->name, name) == 0)
            return readers[i];
    return NULL;
}

struct names {
    char text[256];
};

static struct names known_formats(void)
{
    struct names n = {""};

    for (size_t i = 0; readers[i]; i++)
        snprintf(n.text + strlen(n.text), sizeof n.text - strlen(n.text), "%s%s", i ? ", " : "",
                 readers[i]->name);
    return n;
}

int trace_conf_check(const struct trace_conf *conf, struct error *err)
{
    if (conf->format && !find_reader(conf->format))
        return error_set(err, "--format %s: unknown; the formats are %s", conf->format, known_formats().text);
    if (conf->axes && group_check_axes(conf->axes, err) < 0)
        return -1;
    return columns_check(conf, err);
}

static const struct reader *recognise(struct input *in, const struct trace_conf *conf, struct error *err)
{
    const unsigned char *head;

    if (conf->format || conf->columns)
        return find_reader(conf->format ? conf->format : reader_columns.name);
    ptrdiff_t n = input_peek(in, &head, INPUT_PEEK, err);
    if (n < 0)
        return NULL;
    if (n == 0) {
        error_set(err, "%s: byte 0: the file is empty", input_name(in));
        return NULL;
    }
    for (size_t i = 0; readers[i]; i++)
        if (readers[i]->probe(head, (size_t)n))
            return readers[i];
    if (n >= 2 &&
        ((head[0] == 0x1f && head[1] == 0x8b) || memcmp(head, "PK", 2) == 0 || memcmp(head, "BZ", 2) == 0))
        error_set(err, "%s: byte 0: compressed: unpack it first", input_name(in));
    else
        error_set(err,
                  "%s: byte 0: not in a format known here (%s); name it with --format, or describe a table "
                  "of numbers with "
                  "--columns",
                  input_name(in), known_formats().text);
    return NULL;
}

/* Opens one path, recognises it and lists its channels into the set; a StationXML file is remembered instead.
 */
static int scan_file(struct trace *t, const char *path, const struct trace_conf *conf, struct error *err)
{
    struct input *in = NULL;
    const unsigned char *head;
    int result = -1;

    for (size_t i = 0; strcmp(path, "-") == 0 && i < group_set_files(t->set); i++)
        if (strcmp(group_set_file(t->set, i)->path, "-") == 0)
            return error_set(err, "standard input: it is given twice");
    if ((conf->pipes ? input_open_pipe : input_open)(&in, t->sys, path, err) < 0)
        return -1;
    input_scan_begin(in);
    ptrdiff_t n = input_peek(in, &head, 4096, err);
    if (n < 0)
        goto done;
    if (!conf->format && n > 0 && stationxml_probe(head, (size_t)n)) {
        if (input_scan_end(in, err) == 0)
            result = group_set_stationxml(t->set, in, err);
        goto done;
    }
    const struct reader *reader = recognise(in, conf, err);
    struct group_file *file = reader ? group_set_add_file(t->set, path, reader, err) : NULL;
    if (!file)
        goto done;
    if (reader->scan(in, conf, &file->channels, err) < 0 || input_scan_end(in, err) < 0)
        goto done;
    result = 0;
    if (!input_seekable(in) || strcmp(path, "-") == 0) {
        file->channels.multiplexed = true; /* one input serves all that is in it */
        t->kept[group_set_files(t->set) - 1] = in;
        return 0;
    }
done:
    input_close(in);
    return result;
}

/* A StationXML file that --stationxml names. */
static int scan_stationxml(struct trace *t, const char *path, struct error *err)
{
    struct input *in;

    if (input_open(&in, t->sys, path, err) < 0)
        return -1;
    int result = group_set_stationxml(t->set, in, err);
    input_close(in);
    return result;
}

int trace_open(struct trace **out, const struct sys *sys, const char *const *paths, size_t n,
               const struct trace_conf *conf, struct error *err)
{
    *out = NULL;
    struct trace *t = sys_alloc(sys, sizeof *t);
    if (!t)
        return error_set(err, "out of memory");
    t->sys = sys;
    if (group_set_open(&t->set, sys, err) < 0)
        goto fail;
    if (trace_conf_check(conf, err) < 0 ||
        (conf->stationxml && scan_stationxml(t, conf->stationxml, err) < 0))
        goto fail;
    for (size_t i = 0; i < n; i++)
        if (scan_file(t, paths[i], conf, err) < 0)
            goto fail;
    if (group_set_build(t->set, conf, err) < 0)
        goto fail;
    *out = t;
    return 0;
fail:
    trace_close(t);
    return -1;
}

static void close_stream(struct trace *t, struct stream *s)
{
    if (!s->open)
        return;
    group_set_file(t->set, s->file)->reader->close(s->cursor);
    if (s->in != t->kept[s->file])
        input_close(s->in);
    s->open = false;
}

static void stop(struct trace *t)
{
    for (size_t i = 0; i < t->streams; i++)
        close_stream(t, &t->stream[i]);
    for (int a = 0; a < AXES; a++) {
        queue_close(t->component[a].queue);
        t->component[a].queue = NULL;
    }
    t->streams = 0;
    t->group = NULL;
}

void trace_close(struct trace *t)
{
    if (!t)
        return;
    stop(t);
    for (size_t i = 0; i < GROUP_FILES_MAX; i++)
        input_close(t->kept[i]);
    group_set_close(t->set);
    sys_free(t->sys, t);
}

size_t trace_records(const struct trace *t)
{
    return group_set_count(t->set);
}

const struct trace_info *trace_record(const struct trace *t, size_t record)
{
    return &group_set_at(t->set, record)->info;
}

uint64_t trace_overlapped(const struct trace *t)
{
    uint64_t sum = 0;

    for (int a = 0; a < AXES; a++)
        sum += t->component[a].line.overlapped;
    return sum;
}

uint64_t trace_not_finite(const struct trace *t)
{
    return t->not_finite;
}

/* The stream that serves a channel of a file: a shared one where the format delivers all channels together.
 */
static size_t stream_for(struct trace *t, const struct group_part *part, int axis)
{
    bool shared = group_set_file(t->set, part->file)->channels.multiplexed;
    size_t i = t->streams;

    for (size_t k = 0; shared && k < t->streams; k++)
        if (t->stream[k].file == part->file)
            i = k;
    struct stream *s = &t->stream[i];
    if (i == t->streams) {
        memset(s, 0, sizeof *s);
        memset(s->axis_of, -1, sizeof s->axis_of);
        s->file = part->file;
        t->streams++;
    }
    s->want[part->channel] = true;
    s->axis_of[part->channel] = (int16_t)axis;
    return i;
}

static int open_stream(struct trace *t, struct stream *s, struct error *err)
{
    struct group_file *file = group_set_file(t->set, s->file);

    if (t->kept[s->file]) {
        s->in = t->kept[s->file];
        if (input_rewind(s->in, err) < 0)
            return -1;
    } else if (input_open(&s->in, t->sys, file->path, err) < 0) {
        return -1;
    }
    if (file->reader->open(&s->cursor, s->in, &t->set->conf, &file->channels, s->want, err) < 0) {
        if (s->in != t->kept[s->file])
            input_close(s->in);
        return -1;
    }
    s->open = true;
    return 0;
}

/* Brings one piece for this component (or, from a shared stream, for another): 1, 0 at its end, -1 with err.
 */
static int pump(struct trace *t, struct component *c, struct error *err)
{
    if (c->at == c->streams)
        return 0;
    struct stream *s = &t->stream[c->stream[c->at]];
    struct piece piece = {0};

    if (s->ended) {
        c->at++;
        return 1;
    }
    if (!s->open && open_stream(t, s, err) < 0)
        return -1;
    struct group_file *file = group_set_file(t->set, s->file);
    int got = file->reader->next(s->cursor, &piece, err);
    if (got < 0)
        return -1;
    if (got == 0) {
        s->ended = true;
        close_stream(t, s);
        c->at++;
        return 1;
    }
    int axis = s->axis_of[piece.channel];
    if (axis < 0)
        return 1;
    /* A format without times inside of a file tells where the file begins: it may continue another. */
    const struct channel *ch = &file->channels.at[piece.channel];
    if (!s->begun[piece.channel] && !piece.has_time && ch->has_time) {
        piece.has_time = true;
        piece.t_ns = ch->t0_ns;
    }
    s->begun[piece.channel] = true;
    struct component *to = &t->component[axis];
    size_t drop;
    if (!piece.has_time)
        to->line.follow += piece.lost;
    int64_t index = timeline_place(&to->line, piece.has_time, piece.t_ns, piece.n, &drop);
    if (drop == piece.n)
        return 1;
    if (queue_push(to->queue, index, piece.value + drop, piece.n - drop, t->group->axis[axis].scale) < 0)
        return error_set(
            err,
            "%s: byte %lld: components lie more than %d samples apart in one stream (or memory is short); "
            "give a file that can be read twice",
            file->path, (long long)input_offset(s->in), QUEUE_MAX);
    return 1;
}

/* Index of the first sample at or after `next` in this component: 1, 0 at its end, -1 with err. */
static int first_at(struct trace *t, struct component *c, int64_t *index, struct error *err)
{
    queue_drop_before(c->queue, t->next);
    while (queue_empty(c->queue)) {
        int got = pump(t, c, err);
        if (got <= 0)
            return got;
        queue_drop_before(c->queue, t->next);
    }
    *index = queue_first(c->queue);
    return 1;
}

static int open_components(struct trace *t, struct error *err)
{
    for (int a = 0; a < AXES; a++) {
        struct component *c = &t->component[a];
        const struct group_axis *from = &t->group->axis[a];
        if (from->parts == 0)
            continue;
        c->queue = queue_open(t->sys);
        if (!c->queue)
            return error_set(err, "out of memory");
        timeline_init(&c->line, t->group->info.rate_hz, from->slack, from->t0_ns, from->skip);
        c->streams = from->parts;
        for (size_t p = 0; p < from->parts; p++)
            c->stream[p] = stream_for(t, &from->part[p], a);
    }
    return 0;
}

/* Advances to the first index that every component holds; what is passed over is lost. SOURCE_END: the axis
 * *ended has no more. */
static enum source_status advance(struct trace *t, int *ended, struct error *err)
{
    for (bool settled = false; !settled;) {
        settled = true;
        for (int a = 0; a < AXES; a++) {
            if (!t->component[a].queue)
                continue;
            int64_t index;
            int got = first_at(t, &t->component[a], &index, err);
            if (got < 0)
                return SOURCE_FAILED;
            if (got == 0) {
                *ended = a;
                return SOURCE_END;
            }
            if (index > t->next) {
                t->pending_lost += index - t->next;
                t->next = index;
                settled = false;
            }
        }
    }
    return SOURCE_BLOCK;
}

/* The file that a component begins in, for messages. */
static const char *first_path(const struct trace *t, int axis)
{
    return group_set_file(t->set, t->group->axis[axis].part[0].file)->path;
}

int trace_start(struct trace *t, size_t record, struct error *err)
{
    int ended = 0;

    stop(t);
    memset(t->component, 0, sizeof t->component);
    t->group = group_set_at(t->set, record);
    t->next = 0;
    t->pending_lost = 0;
    t->delivered = t->not_finite = 0;
    if (open_components(t, err) < 0)
        return -1;
    switch (advance(t, &ended, err)) {
    case SOURCE_BLOCK:
        return 0;
    case SOURCE_END:
        return error_set(err,
                         "%s: %s ends before another component begins: the components do not overlap in time",
                         first_path(t, ended), t->group->info.component[ended].code);
    case SOURCE_FAILED:
        break;
    }
    return -1;
}

/* Not a number and infinities less themselves are no 0; summed in four parts, as additions wait for each other. */
static bool is_finite(const double *x, size_t n)
{
    double off0 = 0, off1 = 0, off2 = 0, off3 = 0;
    size_t i;

    for (i = 0; i + 4 <= n; i += 4) {
        off0 += x[i] - x[i];
        off1 += x[i + 1] - x[i + 1];
        off2 += x[i + 2] - x[i + 2];
        off3 += x[i + 3] - x[i + 3];
    }
    for (; i < n; i++)
        off0 += x[i] - x[i];
    return off0 + off1 + off2 + off3 == 0;
}

/* The axes side by side, up to the first sample that is not finite. Returns how many. */
static size_t fill(struct block *out, const double *const value[AXES], size_t n)
{
    static const double nothing[BLOCK_MAX];
    const double *z = value[0] ? value[0] : nothing, *north = value[1] ? value[1] : nothing;
    const double *east = value[2] ? value[2] : nothing;

    if (!is_finite(z, n) || !is_finite(north, n) || !is_finite(east, n))
        for (size_t i = 0; i < n; i++)
            if (!isfinite(z[i]) || !isfinite(north[i]) || !isfinite(east[i]))
                n = i;
    for (size_t i = 0; i < n; i++) {
        out->value[i][0] = z[i];
        out->value[i][1] = north[i];
        out->value[i][2] = east[i];
    }
    return n;
}

enum source_status trace_read(struct trace *t, struct block *out, size_t max, struct error *err)
{
    const struct trace_info *info = &t->group->info;
    const double *value[AXES] = {0};
    size_t n;
    int ended = 0;

    if (max > BLOCK_MAX)
        max = BLOCK_MAX;
again:
    n = max;
    enum source_status status = advance(t, &ended, err);
    if (status == SOURCE_END && t->delivered == 0) {
        error_set(err, "%s: none of its %llu samples is finite in every component", first_path(t, ended),
                  (unsigned long long)t->not_finite);
        return SOURCE_FAILED;
    }
    if (status != SOURCE_BLOCK)
        return status;
    for (int a = 0; a < AXES; a++) {
        if (!t->component[a].queue)
            continue;
        size_t run = queue_run(t->component[a].queue, &value[a]);
        n = run < n ? run : n;
    }
    n = fill(out, value, n);
    if (n == 0) { /* a sample that is not a number is a sample that is missing */
        t->not_finite++;
        t->pending_lost++;
        t->next++;
        goto again;
    }
    out->sensor = 0;
    out->utc_epoch = 0;
    out->rate_hz = info->rate_hz;
    out->t_mono_ns = (int64_t)llround((double)t->next / info->rate_hz * 1e9);
    out->has_utc = info->has_utc;
    out->t_utc_ns = info->has_utc ? info->t0_ns + out->t_mono_ns : 0;
    out->unit = info->unit;
    out->axis_mask = info->axis_mask;
    out->clip_mask = 0;
    out->lost = (uint64_t)t->pending_lost;
    out->n = n;
    t->pending_lost = 0;
    t->next += (int64_t)n;
    t->delivered += n;
    return SOURCE_BLOCK;
}
