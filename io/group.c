#include "io/group.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MEMBERS_MAX = 24 };

/* One channel code of a group, with the files that hold it. */
struct member {
    struct channel *channel; /* of its first part */
    size_t parts;
    struct group_part part[GROUP_PARTS_MAX];
};

struct members {
    const char *group;
    size_t n;
    struct member at[MEMBERS_MAX];
};

int group_set_open(struct group_set **out, const struct sys *sys, struct error *err)
{
    *out = sys_alloc(sys, sizeof **out);
    if (!*out)
        return error_set(err, "out of memory");
    (*out)->sys = sys;
    return 0;
}

void group_set_close(struct group_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->files; i++)
        sys_free(set->sys, set->file[i]);
    for (size_t i = 0; i < set->xmls; i++)
        stationxml_close(set->xml[i]);
    for (size_t i = 0; i < set->groups; i++)
        sys_free(set->sys, set->group[i]);
    sys_free(set->sys, set->group);
    sys_free(set->sys, set);
}

int group_set_stationxml(struct group_set *set, struct input *in, struct error *err)
{
    if (set->xmls == GROUP_FILES_MAX)
        return error_set(err, "%s: more than %d StationXML files", input_name(in), GROUP_FILES_MAX);
    if (stationxml_read(&set->xml[set->xmls], in, err) < 0)
        return -1;
    set->xmls++;
    return 0;
}

struct group_file *group_set_add_file(struct group_set *set, const char *path, const struct reader *reader,
                                      struct error *err)
{
    struct group_file *file = NULL;

    if (set->files == GROUP_FILES_MAX)
        error_set(err, "%s: more than %d files at once", path, GROUP_FILES_MAX);
    else if (strlen(path) >= sizeof file->path)
        error_set(err, "a path of more than %zu bytes", sizeof file->path - 1);
    else if (!(file = sys_alloc(set->sys, sizeof *file)))
        error_set(err, "%s: out of memory", path);
    if (!file)
        return NULL;
    strcpy(file->path, path);
    file->reader = reader;
    set->file[set->files++] = file;
    return file;
}

/* --select: does NET.STA.LOC.CHA match one of the comma-separated patterns? Parts left out at the end match
 * all, "--" is the empty location, and a channel pattern of one or two letters means a band or an instrument
 * ("HN" is "HN*"). */
static bool selected(const char *code, const char *patterns)
{
    char pattern[256], one[64], text[64];

    if (!patterns)
        return true;
    for (const char *p = patterns; *p;) {
        size_t n = strcspn(p, ",");
        snprintf(pattern, sizeof pattern, "%.*s", (int)(n < sizeof pattern ? n : sizeof pattern - 1), p);
        p += n + (p[n] == ',');
        bool match = true;
        const char *a = pattern, *b = code;
        for (int part = 0; match && *a; part++) {
            size_t na = strcspn(a, "."), nb = strcspn(b, ".");
            snprintf(one, sizeof one, "%.*s%s", (int)na, a,
                     part == 3 && na < 3 && !strchr(a, '*') ? "*" : "");
            snprintf(text, sizeof text, "%.*s", (int)nb, b);
            match = fnmatch(strcmp(one, "--") == 0 ? "" : one, text, 0) == 0;
            a += na + (a[na] == '.');
            b += nb + (b[nb] == '.');
        }
        if (match)
            return true;
    }
    return false;
}

static bool is_outside(const struct channel *ch, const struct stationxml_channel *x)
{
    double length_ns = ch->samples > 0 && ch->rate_hz > 0 ? (double)(ch->samples - 1) / ch->rate_hz * 1e9 : 0;

    return !x->epoch_matched || (double)ch->t0_ns + length_ns > (double)x->end_ns;
}

/* Scale, unit and orientation of a miniSEED channel from StationXML, where one of the files knows it. */
static void apply_stationxml(const struct group_set *set, struct channel *ch)
{
    char net[16], sta[16], loc[16], cha[16];
    struct stationxml_channel x;

    /* scanf cannot read an empty location: split by hand. */
    char *to[] = {net, sta, loc, cha};
    const char *from = ch->code;
    for (int i = 0; i < 4; i++) {
        size_t n = strcspn(from, ".");
        if (n >= sizeof net || (i < 3 && from[n] != '.'))
            return;
        memcpy(to[i], from, n);
        to[i][n] = 0;
        from += n + (from[n] == '.');
    }
    for (size_t i = 0; i < set->xmls; i++) {
        if (!stationxml_find(set->xml[i], net, sta, loc, cha, ch->t0_ns, &x))
            continue;
        if (x.unit != UNIT_UNKNOWN && x.sensitivity != 0 && isfinite(x.sensitivity)) {
            ch->lsb *= fabs(x.to_si / x.sensitivity / ch->scale);
            ch->scale = x.to_si / x.sensitivity;
            ch->unit = x.unit;
        }
        if (x.has_orientation) {
            ch->oriented = true;
            ch->azimuth_deg = x.azimuth_deg;
            ch->dip_deg = x.dip_deg;
        }
        ch->outside_epoch = is_outside(ch, &x);
        return;
    }
}

static int add_channel(struct members *m, size_t file, size_t index, struct channel *ch, struct error *err)
{
    struct member *to = NULL;

    for (size_t i = 0; i < m->n; i++)
        if (strcmp(m->at[i].channel->code, ch->code) == 0)
            to = &m->at[i];
    if (!to) {
        if (m->n == MEMBERS_MAX)
            return error_set(err, "%s: more than %d channels in one instrument; choose with --select",
                             ch->group, MEMBERS_MAX);
        to = &m->at[m->n++];
        to->channel = ch;
        to->parts = 0;
    }
    if (to->parts > 0 && !(ch->has_time && to->channel->has_time))
        return error_set(
            err, "%s: it stands in two files, and without a time nobody knows which comes first; give one",
            ch->code);
    if (to->parts == GROUP_PARTS_MAX)
        return error_set(err, "%s: more than %d files in a row", ch->code, GROUP_PARTS_MAX);
    to->part[to->parts++] = (struct group_part){file, index};
    return 0;
}

static struct channel *part_channel(const struct group_set *set, struct group_part part)
{
    return &set->file[part.file]->channels.at[part.channel];
}

/* Files that continue each other, in the order of their times. */
static void sort_parts(const struct group_set *set, struct member *m)
{
    for (size_t i = 1; i < m->parts; i++)
        for (size_t k = i; k > 0; k--) {
            struct group_part a = m->part[k - 1], b = m->part[k];
            if (part_channel(set, a)->t0_ns <= part_channel(set, b)->t0_ns)
                break;
            m->part[k - 1] = b;
            m->part[k] = a;
        }
    m->channel = part_channel(set, m->part[0]);
}

static bool is_outside_epoch(const struct group_set *set, const struct member *m)
{
    bool outside = false;

    for (size_t i = 0; i < m->parts; i++)
        outside |= part_channel(set, m->part[i])->outside_epoch;
    return outside;
}

static struct member *by_letter(struct members *m, char axis)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->at[i].channel->axis == axis)
            return &m->at[i];
    return NULL;
}

/* Numbered channels by their orientation: the steep one is up, of the others the one nearer east-west is E.
 */
static int axes_by_orientation(struct members *m, struct member *axis[AXES])
{
    for (size_t i = 0; i < m->n; i++) {
        const struct channel *ch = m->at[i].channel;
        if (!ch->oriented)
            return -1;
        double azimuth = fmod(fmod(ch->azimuth_deg, 180) + 180, 180);
        int a = fabs(ch->dip_deg) > 60 ? AXIS_Z : azimuth > 45 && azimuth < 135 ? AXIS_E : AXIS_N;
        if (axis[a])
            return -1;
        axis[a] = &m->at[i];
    }
    return 0;
}

static int axes_from_file(struct members *m, struct member *axis[AXES], struct error *err)
{
    static const char sets[][AXES + 1] = {"ZNE", "Z12", "312", "ZXY"};
    char codes[256] = "";

    if (m->n == 1) {
        char letter = m->at[0].channel->axis;
        axis[letter == 'N' || letter == 'X' || letter == '1'   ? AXIS_N
             : letter == 'E' || letter == 'Y' || letter == '2' ? AXIS_E
                                                               : AXIS_Z] = &m->at[0];
        return 0;
    }
    for (size_t s = 0; s < sizeof sets / sizeof *sets && m->n <= AXES; s++) {
        size_t found = 0;
        if (s > 0 && axes_by_orientation(m, axis) == 0)
            return 0;
        for (int a = 0; a < AXES; a++) {
            axis[a] = by_letter(m, sets[s][a]);
            found += axis[a] != NULL;
        }
        if (found == m->n)
            return 0;
        memset(axis, 0, AXES * sizeof *axis);
    }
    for (size_t i = 0; i < m->n; i++)
        snprintf(codes + strlen(codes), sizeof codes - strlen(codes), " %s", m->at[i].channel->code);
    return error_set(err, "%s: cannot tell up, north and east among%s; choose with --select or --axes Z,N,E",
                     m->group, codes);
}

enum { NAME_MAX_BYTES = 64 };

/* --axes: "yxz" or "HNZ,-HN1,HN2": which channel is Z, N, E; '-' alone: none, in front of a name: turned
 * round. Cuts it into three names. */
static int cut_axes(const char *told, char name[AXES][NAME_MAX_BYTES], struct error *err)
{
    bool list = strchr(told, ',') != NULL;

    for (int a = 0; a < AXES; a++) {
        size_t n = list                                                           ? strcspn(told, ",")
                   : *told == '-' && told[1] && strlen(told) > (size_t)(AXES - a) ? 2
                                                                                  : *told != 0;
        if (n == 0 || n >= NAME_MAX_BYTES)
            return error_set(
                err, "--axes: name three channels for Z, N, E, as 'yxz' or 'HNZ,HN1,HN2' ('-': none)");
        memcpy(name[a], told, n);
        name[a][n] = 0;
        told += n;
        if (list && a + 1 < AXES && *told == ',')
            told++;
    }
    return *told ? error_set(err, "--axes: more than three names") : 0;
}

int group_check_axes(const char *told, struct error *err)
{
    char name[AXES][NAME_MAX_BYTES];

    return cut_axes(told, name, err);
}

static struct member *by_ending(struct members *m, const char *want)
{
    for (size_t i = 0; i < m->n; i++) {
        const char *code = m->at[i].channel->code;
        size_t length = strlen(code), part = strlen(want);
        /* Formats write their letters as they please: 'x' is X. */
        if (length >= part && strcasecmp(code + length - part, want) == 0)
            return &m->at[i];
    }
    return NULL;
}

static int axes_as_told(struct members *m, const char *told, struct member *axis[AXES], double sign[AXES],
                        struct error *err)
{
    char name[AXES][NAME_MAX_BYTES] = {""};

    if (cut_axes(told, name, err) < 0)
        return -1;
    for (int a = 0; a < AXES; a++) {
        const char *want = name[a];
        if (strcmp(want, "-") == 0)
            continue;
        if (*want == '-') {
            sign[a] = -1;
            want++;
        }
        axis[a] = by_ending(m, want);
        if (!axis[a])
            return error_set(err, "--axes: %s has no channel ending in '%s'", m->group, want);
        for (int b = 0; b < a; b++)
            if (axis[b] == axis[a])
                return error_set(err, "--axes: %s is named twice", axis[a]->channel->code);
    }
    return 0;
}

/* Rows: the components' positive directions as Z N E; then the inverse turns what they measured into Z N E.
 */
static void orient(struct trace_info *info)
{
    double d[AXES][AXES], inv[AXES][AXES];
    int oriented = 0;

    for (int i = 0; i < AXES; i++)
        for (int k = 0; k < AXES; k++)
            info->to_zne[i][k] = i == k;
    for (int a = 0; a < AXES; a++) {
        const struct trace_component *c = &info->component[a];
        double dip = c->dip_deg * M_PI / 180, azimuth = c->azimuth_deg * M_PI / 180;
        oriented += c->present && c->oriented;
        d[a][AXIS_Z] = -sin(dip);
        d[a][AXIS_N] = cos(dip) * cos(azimuth);
        d[a][AXIS_E] = cos(dip) * sin(azimuth);
    }
    if (oriented < AXES) { /* only a vertical that points down can be put right alone */
        const struct trace_component *z = &info->component[AXIS_Z];
        if (z->present && z->oriented && z->dip_deg > 60) {
            info->to_zne[AXIS_Z][AXIS_Z] = -1;
            info->rotate = true;
        }
        return;
    }
    double det = 0;
    for (int i = 0; i < AXES; i++)
        for (int k = 0; k < AXES; k++) {
            int i1 = (i + 1) % 3, i2 = (i + 2) % 3, k1 = (k + 1) % 3, k2 = (k + 2) % 3;
            inv[k][i] = d[i1][k1] * d[i2][k2] - d[i1][k2] * d[i2][k1];
        }
    for (int k = 0; k < AXES; k++)
        det += d[0][k] * inv[k][0];
    /* Three directions that hardly span space are a mistake in the metadata; better the plain letters. */
    if (fabs(det) < 0.5)
        return;
    double worst = 0;
    for (int i = 0; i < AXES; i++)
        for (int k = 0; k < AXES; k++)
            worst = fmax(worst, fabs(inv[i][k] / det - (i == k)));
    if (worst < 0.01) /* half a degree: as good as any sensor is placed */
        return;
    info->rotate = true;
    for (int i = 0; i < AXES; i++)
        for (int k = 0; k < AXES; k++)
            info->to_zne[i][k] = inv[i][k] / det;
}

/* The window that all components share, and how far each starts before it. */
static void align(const struct group_set *set, struct group *g)
{
    struct trace_info *info = &g->info;
    int64_t start = INT64_MIN;
    bool timed = true;

    for (int a = 0; a < AXES; a++)
        if (g->axis[a].parts) {
            const struct channel *ch = part_channel(set, g->axis[a].part[0]);
            timed = timed && ch->has_time;
            start = ch->t0_ns > start ? ch->t0_ns : start;
        }
    info->has_utc = timed;
    info->t0_ns = timed ? start : 0;
    info->samples = INT64_MAX;
    info->p_s = info->s_s = NAN;
    for (int a = 0; a < AXES; a++) {
        if (!g->axis[a].parts)
            continue;
        const struct channel *ch = part_channel(set, g->axis[a].part[0]);
        double before_s = timed ? ((double)start - (double)ch->t0_ns) * 1e-9 : 0;
        g->axis[a].t0_ns = ch->t0_ns;
        g->axis[a].skip = (int64_t)llround(before_s * info->rate_hz);
        /* What is certain before reading: one file without a gap. trace_start finds out what is not. */
        int64_t samples = ch->samples - g->axis[a].skip;
        if (g->axis[a].parts > 1 || ch->samples < 0 || samples < 0)
            samples = -1;
        if (samples < info->samples)
            info->samples = samples;
        if (isnan(info->p_s))
            info->p_s = ch->p_s - before_s;
        if (isnan(info->s_s))
            info->s_s = ch->s_s - before_s;
    }
}

static int build(struct group_set *set, struct members *m, struct error *err)
{
    const struct trace_conf *conf = &set->conf;
    struct member *axis[AXES] = {0};
    double sign[AXES] = {1, 1, 1};
    struct group *g = sys_alloc(set->sys, sizeof *g);
    bool outside = false;

    if (!g)
        return error_set(err, "%s: out of memory", m->group);
    set->group[set->groups++] = g;
    for (size_t i = 0; i < m->n; i++)
        sort_parts(set, &m->at[i]);
    if ((conf->axes ? axes_as_told(m, conf->axes, axis, sign, err) : axes_from_file(m, axis, err)) < 0)
        return -1;
    snprintf(g->info.id, sizeof g->info.id, "%s", m->group);
    g->info.rate_hz = conf->rate_hz;
    for (int a = 0; a < AXES; a++) {
        struct member *from = axis[a];
        if (!from)
            continue;
        struct channel *ch = from->channel;
        struct trace_component *c = &g->info.component[a];
        double rate = conf->rate_hz > 0 ? conf->rate_hz : ch->rate_hz;
        if (!(rate >= READER_RATE_MIN_HZ && rate <= READER_RATE_MAX_HZ))
            return error_set(err, "%s: rate %g Hz is outside %g..%g; give the true one with --rate", ch->code,
                             rate, READER_RATE_MIN_HZ, READER_RATE_MAX_HZ);
        for (size_t p = 0; p < from->parts; p++) {
            double part_rate = part_channel(set, from->part[p])->rate_hz;
            if (!(conf->rate_hz > 0) && !(fabs(part_rate / rate - 1) < 0.02))
                return error_set(err, "%s: rates of %g and %g Hz do not go together", ch->code, rate,
                                 part_rate);
        }
        if (g->info.rate_hz > 0 && !(fabs(rate / g->info.rate_hz - 1) < 1e-4))
            return error_set(err, "%s: its rate is %g Hz, another component's %g Hz", ch->code, rate,
                             g->info.rate_hz);
        g->info.rate_hz = g->info.rate_hz > 0 ? g->info.rate_hz : rate;
        double scale = conf->scales == 0 ? ch->scale : conf->scale[conf->scales == 1 ? 0 : a];
        outside |= conf->scales == 0 && is_outside_epoch(set, from);
        enum unit unit = conf->scales == 0 ? ch->unit : conf->velocity ? UNIT_MPS : UNIT_MPS2;
        if (!isfinite(scale) || scale == 0)
            return error_set(err, "%s: a scale of %g cannot be", ch->code, scale);
        if (g->info.axis_mask && unit != g->info.unit)
            return error_set(err, "%s: its unit differs from another component's", ch->code);
        c->present = true;
        snprintf(c->code, sizeof c->code, "%s", ch->code);
        c->lsb = fabs(ch->lsb * scale / ch->scale);
        c->scale = sign[a] * scale;
        c->oriented = ch->oriented && !conf->axes;
        c->azimuth_deg = ch->azimuth_deg;
        c->dip_deg = ch->dip_deg;
        g->info.unit = unit;
        g->info.axis_mask |= 1u << a;
        g->info.format = set->file[from->part[0].file]->reader->name;
        g->axis[a].scale = c->scale;
        g->axis[a].slack = ch->slack;
        g->axis[a].parts = from->parts;
        memcpy(g->axis[a].part, from->part, from->parts * sizeof *from->part);
    }
    if (g->info.axis_mask == 0)
        return error_set(err, "%s: --axes leaves no component", m->group);
    if (g->info.unit == UNIT_UNKNOWN)
        g->info.note =
            set->xmls ? "no StationXML here gives its channels in m/s or m/s^2: picked, never decided upon"
                      : "scale unknown: picked, never decided upon; give --scale or StationXML";
    else if (outside)
        g->info.note =
            "no epoch of its StationXML covers all of it: scale and orientation are the nearest one's";
    orient(&g->info);
    align(set, g);
    return 0;
}

int group_set_build(struct group_set *set, const struct trace_conf *conf, struct error *err)
{
    size_t channels = 0, kept = 0;
    struct members *m;

    set->conf = *conf;
    for (size_t f = 0; f < set->files; f++)
        channels += set->file[f]->channels.n;
    m = sys_alloc(set->sys, sizeof *m);
    set->group = sys_alloc(set->sys, (channels + 1) * sizeof(*set->group));
    if (!m || !set->group) {
        sys_free(set->sys, m);
        return error_set(err, "out of memory");
    }
    /* Groups in order of first appearance; `done` is marked by an empty group name once a channel is taken.
     */
    int result = 0;
    for (size_t f = 0; f < set->files && result == 0; f++)
        for (size_t c = 0; c < set->file[f]->channels.n && result == 0; c++) {
            char name[sizeof(((struct channel *)0)->group)];
            memcpy(name, set->file[f]->channels.at[c].group, sizeof name);
            if (!name[0])
                continue;
            memset(m, 0, sizeof *m);
            m->group = name;
            for (size_t f2 = f; f2 < set->files && result == 0; f2++)
                for (size_t c2 = 0; c2 < set->file[f2]->channels.n && result == 0; c2++) {
                    struct channel *ch = &set->file[f2]->channels.at[c2];
                    if (strcmp(ch->group, name) != 0)
                        continue;
                    ch->group[0] = 0;
                    if (!selected(ch->code, conf->select))
                        continue;
                    apply_stationxml(set, ch);
                    result = add_channel(m, f2, c2, ch, err);
                    kept++;
                }
            if (result == 0 && m->n > 0)
                result = build(set, m, err);
        }
    sys_free(set->sys, m);
    if (result < 0)
        return -1;
    if (set->files == 0)
        return error_set(err, "no trace among the files given");
    if (kept == 0)
        return error_set(err, "--select %s: matches none of the %zu channels there (the first is %s)",
                         conf->select ? conf->select : "", channels,
                         channels ? set->file[0]->channels.at[0].code : "-");
    return 0;
}
