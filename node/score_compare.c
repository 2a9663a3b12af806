#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"
#include "io/whole.h"
#include "node/score_out.h"

#define LEAD_SAME_S     0.2  /* a lead that moved by less is the same */
#define DECLARED_SAME_S 0.05 /* likewise */

/* What is compared of a record, from either run. */
struct brief {
    bool replayed, picks, alarms; /* judged */
    double error_s, declared_s;   /* NAN: no hit */
    int64_t false_picks;
    struct {
        bool reached, judged, wrong;     /* loud where it should not be */
        double alarm_s, lead_s, settled; /* NAN: not told */
    } alarm[SCORE_ALARMS];
};

static void brief_of(struct brief *b, const struct score_record *r)
{
    memset(b, 0, sizeof *b);
    b->error_s = b->declared_s = NAN;
    b->replayed = r->replayed;
    if (!r->replayed)
        return;
    b->picks = !r->judged.picks_why;
    b->alarms = !r->judged.alarms_why;
    b->error_s = r->judged.refined.error_s;
    b->declared_s = r->judged.refined.declared_s;
    b->false_picks = r->judged.false_picks;
    for (int i = 0; i < SCORE_ALARMS; i++) {
        const struct score_outcome *o = &r->judged.alarm[i];
        b->alarm[i].reached = o->reached;
        b->alarm[i].judged = o->judged;
        b->alarm[i].alarm_s = o->alarm_s;
        b->alarm[i].lead_s = o->lead_s;
        b->alarm[i].settled = o->settled;
        b->alarm[i].wrong = score_is_false(&r->known, &r->judged, i);
    }
}

static double number_or_nan(const struct json_value *object, const char *key)
{
    double value = NAN;

    return json_as_number(json_get(object, key), &value) ? value : NAN;
}

static bool is_true(const struct json_value *object, const char *key)
{
    bool value = false;

    return json_as_bool(json_get(object, key), &value) && value;
}

static void brief_from_json(struct brief *b, const struct json_value *record)
{
    memset(b, 0, sizeof *b);
    b->replayed = json_kind(json_get(record, "not_replayed")) == JSON_KIND_NULL;
    b->picks = json_kind(json_get(record, "picks_not_judged")) == JSON_KIND_NULL;
    b->alarms = json_kind(json_get(record, "alarms_not_judged")) == JSON_KIND_NULL;
    b->error_s = number_or_nan(record, "error_s");
    b->declared_s = number_or_nan(record, "declared_s");
    json_as_integer(json_get(record, "false_picks"), &b->false_picks);
    for (int i = 0; i < SCORE_ALARMS; i++) {
        const struct json_value *o = json_at(json_get(record, "alarms"), (size_t)i);
        b->alarm[i].reached = is_true(o, "reached");
        b->alarm[i].alarm_s = number_or_nan(o, "alarm_s");
        b->alarm[i].lead_s = number_or_nan(o, "lead_s");
        b->alarm[i].settled = number_or_nan(o, "settled");
        b->alarm[i].judged = !isnan(b->alarm[i].lead_s);
        b->alarm[i].wrong = is_true(o, "false");
    }
}

struct changes {
    FILE *out;
    const char *id;
    size_t gained, lost;
};

static void __attribute__((format(printf, 3, 4))) say(struct changes *c, bool gain, const char *format, ...)
{
    va_list args;

    c->gained += gain;
    c->lost += !gain;
    fprintf(c->out, "%c %-36s ", gain ? '+' : '-', c->id);
    va_start(args, format);
    vfprintf(c->out, format, args);
    va_end(args);
    fputc('\n', c->out);
}

/* 0 within 0.1 s, 1 within 0.3 s, ...; beyond all: their number. */
static int error_class(double error_s)
{
    int k = 0;

    while (k < SCORE_WITHIN && !(fabs(error_s) <= score_within_s[k] + 1e-6))
        k++;
    return k;
}

static void compare_picks(struct changes *c, const struct brief *old, const struct brief *now)
{
    if (!old->picks || !now->picks)
        return;
    if (isnan(old->error_s) != isnan(now->error_s)) {
        if (isnan(old->error_s))
            say(c, true, "P picked, error %+.3f s", now->error_s);
        else
            say(c, false, "P missed; its error was %+.3f s", old->error_s);
    } else if (!isnan(now->error_s)) {
        if (error_class(old->error_s) != error_class(now->error_s))
            say(c, error_class(now->error_s) < error_class(old->error_s), "error %+.3f -> %+.3f s",
                old->error_s, now->error_s);
        if (fabs(now->declared_s - old->declared_s) > DECLARED_SAME_S)
            say(c, now->declared_s < old->declared_s, "declared %.2f -> %.2f s after P", old->declared_s,
                now->declared_s);
    }
    if (old->false_picks != now->false_picks)
        say(c, now->false_picks < old->false_picks, "false picks %lld -> %lld", (long long)old->false_picks,
            (long long)now->false_picks);
}

static void compare_alarms(struct changes *c, const struct brief *old, const struct brief *now)
{
    for (int i = 0; old->alarms && now->alarms && i < SCORE_ALARMS; i++) {
        bool had = !isnan(old->alarm[i].alarm_s), has = !isnan(now->alarm[i].alarm_s);
        double intensity = score_alarms[i].intensity;
        const char *name = score_alarms[i].name;
        if (old->alarm[i].reached && now->alarm[i].reached && had != has)
            say(c, has, "%g %s: %s", intensity, name, has ? "alarmed" : "missed");
        else if (old->alarm[i].judged && now->alarm[i].judged &&
                 fabs(now->alarm[i].lead_s - old->alarm[i].lead_s) > LEAD_SAME_S)
            say(c, now->alarm[i].lead_s > old->alarm[i].lead_s, "%g %s: lead %.1f -> %.1f s", intensity, name,
                old->alarm[i].lead_s, now->alarm[i].lead_s);
        if (old->alarm[i].wrong != now->alarm[i].wrong)
            say(c, old->alarm[i].wrong, "%g %s: %s", intensity, name,
                now->alarm[i].wrong ? "false alarm" : "no false alarm any more");
    }
}

static void compare_settled(struct changes *c, const struct brief *old, const struct brief *now)
{
    for (int i = 0; i < SCORE_LEVELS; i++) {
        double had = old->alarm[i].settled, has = now->alarm[i].settled;
        if (fabs(has - had) > 0)
            say(c, has < had, "%s in the settle time: %g -> %g", score_alarms[i].name, had, has);
    }
}

static void compare(struct changes *c, const struct brief *old, const struct brief *now)
{
    if (old->replayed != now->replayed) {
        say(c, now->replayed, now->replayed ? "is replayed" : "is not replayed any more");
        return;
    }
    if (!now->replayed)
        return;
    if (old->picks != now->picks)
        say(c, now->picks, "its picks are %s judged", now->picks ? "now" : "no longer");
    if (old->alarms != now->alarms)
        say(c, now->alarms, "its alarms are %s judged", now->alarms ? "now" : "no longer");
    compare_picks(c, old, now);
    compare_alarms(c, old, now);
    compare_settled(c, old, now);
}

struct named {
    const char *id;
    const struct json_value *record;
};

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->id, ((const struct named *)b)->id);
}

/* The earlier run's records, sorted; what has no id cannot be compared, nor counts. */
static size_t sort_records(struct named *named, const struct json_value *records)
{
    size_t n = 0;

    for (size_t i = 0; i < json_count(records); i++) {
        const struct json_value *record = json_at(records, i);
        const char *id = json_as_text(json_get(record, "id"));
        if (id)
            named[n++] = (struct named){id, record};
    }
    qsort(named, n, sizeof *named, by_id);
    return n;
}

static int compare_all(FILE *out, const struct sys *sys, const struct score_results *s,
                       const struct json_value *records)
{
    struct named *named = sys_alloc(sys, (json_count(records) + 1) * sizeof *named);
    struct changes c = {.out = out};
    size_t common = 0;

    if (!named)
        return -1;
    size_t olds = sort_records(named, records);
    for (size_t i = 0; i < s->n; i++) {
        const struct named key = {s->records[i].row->id, NULL};
        const struct named *found = bsearch(&key, named, olds, sizeof *named, by_id);
        struct brief old, now;
        if (!found)
            continue;
        common++;
        c.id = key.id;
        brief_of(&now, &s->records[i]);
        brief_from_json(&old, found->record);
        compare(&c, &old, &now);
    }
    sys_free(sys, named);
    fprintf(out, "%zu records in both runs: %zu changes for the better, %zu for the worse\n", common,
            c.gained, c.lost);
    if (s->n > common)
        fprintf(out, "%zu records only in this run\n", s->n - common);
    if (olds > common)
        fprintf(out, "%zu records only in the earlier run\n", olds - common);
    fputc('\n', out);
    return 0;
}

int score_compare(FILE *out, const struct sys *sys, const struct score_results *s, const char *old,
                  struct error *err)
{
    struct error why;
    size_t n = 0;
    char *text = whole_text(sys, old, SCORE_COMPARE_MAX, &n, err);
    int result = -1;

    if (!text)
        return -1;
    struct json_value *root = json_parse_large(text, n, SCORE_COMPARE_MAX, &why);
    const char *schema = json_as_text(json_get(root, "schema"));
    if (!root)
        error_set(err, "%s: %s", old, why.text);
    else if (!schema || strcmp(schema, "tocsin.score/1") != 0)
        error_set(err, "%s: not the JSON of a score (schema tocsin.score/1)", old);
    else if (compare_all(out, sys, s, json_get(root, "records")) < 0)
        error_set(err, "%s: out of memory", old);
    else
        result = 0;
    json_value_free(root);
    sys_free(sys, text);
    return result;
}
