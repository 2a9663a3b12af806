#include "node/score_tally.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const double score_within_s[SCORE_WITHIN] = {0.1, 0.3, 0.5, 1.0};
const double score_lead_s[SCORE_LEADS] = {1, 2, 5};

#define AS_GOOD_AS_S 1e-6 /* a pick at exactly 0.1 s is within 0.1 s, whatever the last bit says */

/* Values under way to a figure. */
struct sample {
    const struct sys *sys;
    double *value, *weight;
    size_t *event;
    size_t n;
    bool failed;
};

struct counting {
    struct sample sample;
    const struct score_record *records;
    size_t n;
};

static void add(struct sample *s, double value, double weight, size_t event)
{
    s->value[s->n] = value;
    s->weight[s->n] = weight;
    s->event[s->n++] = event;
}

/* The figure of what was added since the last one. */
static struct bootstrap_figure figure(struct sample *s, enum bootstrap_statistic what)
{
    struct bootstrap_figure f;

    if (bootstrap(&f, s->sys, what, s->value, what == BOOTSTRAP_RATE ? s->weight : NULL, s->event, s->n) < 0)
        s->failed = true;
    s->n = 0;
    return f;
}

/* Picks */

static bool has_pick(const struct score_record *r, const char *whose)
{
    if (!r->replayed || r->known.class != SCORE_QUAKE || r->judged.picks_why)
        return false;
    return strcmp(whose, "all") == 0 || r->row->by_hand == (strcmp(whose, "manual") == 0);
}

static const struct score_hit *hit_of(const struct score_record *r, bool refined)
{
    return refined ? &r->judged.refined : &r->judged.first;
}

/* Share of the picks that are hits with |error| <= within_s; below 0: that are missed. */
static struct bootstrap_figure share_within(struct counting *c, const struct score_pick_row *row,
                                            double within_s)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct score_record *r = &c->records[i];
        if (!has_pick(r, row->whose))
            continue;
        const struct score_hit *h = hit_of(r, row->refined);
        bool yes = within_s < 0 ? !h->hit : h->hit && fabs(h->error_s) <= within_s + AS_GOOD_AS_S;
        add(&c->sample, yes, 1, r->event);
    }
    return figure(&c->sample, BOOTSTRAP_SHARE);
}

static struct bootstrap_figure of_hits(struct counting *c, const struct score_pick_row *row, bool declared,
                                       enum bootstrap_statistic what)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct score_record *r = &c->records[i];
        if (!has_pick(r, row->whose) || !hit_of(r, row->refined)->hit)
            continue;
        const struct score_hit *h = hit_of(r, row->refined);
        add(&c->sample, declared ? h->declared_s : h->error_s, 1, r->event);
    }
    return figure(&c->sample, what);
}

static void count_picks(struct counting *c, struct score_pick_row *row)
{
    row->missed = share_within(c, row, -1);
    row->n = row->missed.n;
    for (int i = 0; i < SCORE_WITHIN; i++)
        row->within[i] = share_within(c, row, score_within_s[i]);
    row->error_s = of_hits(c, row, false, BOOTSTRAP_MEDIAN);
    row->spread_s = of_hits(c, row, false, BOOTSTRAP_MAD);
    row->declared_s = of_hits(c, row, true, BOOTSTRAP_MEDIAN);
    row->declared_p90_s = of_hits(c, row, true, BOOTSTRAP_P90);
}

/* Alarms */

enum question { ALARMED, BEFORE, LEAD, KEPT, BELOW, NEAR };

/* Is this record asked, and what does it answer? */
static bool answer(const struct score_outcome *o, enum question q, double lead_s, double *value)
{
    switch (q) {
    case ALARMED:
        *value = !isnan(o->alarm_s);
        return o->reached;
    case BEFORE:
        *value = o->before && o->lead_s >= lead_s;
        return o->judged;
    case LEAD:
        *value = o->lead_s;
        return o->judged && o->before;
    case KEPT:
        *value = o->kept;
        return o->judged;
    case BELOW:
        *value = o->loud;
        return o->below;
    case NEAR:
        *value = o->loud;
        return o->near;
    }
    return false;
}

static struct bootstrap_figure ask(struct counting *c, int alarm, enum question q, double lead_s)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct score_record *r = &c->records[i];
        double value;
        if (r->replayed && !r->judged.alarms_why && answer(&r->judged.alarm[alarm], q, lead_s, &value))
            add(&c->sample, value, 1, r->event);
    }
    return figure(&c->sample, q == LEAD || q == KEPT ? BOOTSTRAP_MEDIAN : BOOTSTRAP_SHARE);
}

static void count_alarms(struct counting *c, struct score_alarm_row *row, int alarm)
{
    row->alarm = &score_alarms[alarm];
    row->alarmed = ask(c, alarm, ALARMED, 0);
    row->reached = row->alarmed.n;
    row->before = ask(c, alarm, BEFORE, 0);
    for (int i = 0; i < SCORE_LEADS; i++)
        row->at_least[i] = ask(c, alarm, BEFORE, score_lead_s[i]);
    row->lead_s = ask(c, alarm, LEAD, 0);
    row->kept = ask(c, alarm, KEPT, 0);
    row->below = ask(c, alarm, BELOW, 0);
    row->near = ask(c, alarm, NEAR, 0);
}

/* Where nothing should happen */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The kinds of activity among the records, sorted; those that find no room share the last, "other". */
static size_t activities(const struct counting *c, const char *kind[SCORE_KINDS])
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        size_t k = 0;
        if (c->records[i].known.class != SCORE_ACTIVITY)
            continue;
        while (k < n && strcmp(kind[k], c->records[i].row->kind) != 0)
            k++;
        if (k == n && n < SCORE_KINDS - 1)
            kind[n++] = c->records[i].row->kind;
        else if (k == n)
            kind[n++] = "other";
        if (n == SCORE_KINDS)
            break;
    }
    qsort(kind, n, sizeof *kind, by_name);
    return n;
}

static bool is_kind(const struct score_record *r, const char *kind, const char *const *all, size_t n)
{
    if (r->known.class != SCORE_ACTIVITY || !r->replayed)
        return false;
    if (strcmp(kind, "other") != 0 || n < SCORE_KINDS)
        return strcmp(r->row->kind, kind) == 0;
    for (size_t i = 0; i < n; i++)
        if (strcmp(all[i], r->row->kind) == 0 && strcmp(all[i], "other") != 0)
            return false;
    return true;
}

/* kind NULL: "quiet". */
static void count_quiet(struct counting *c, struct score_quiet_row *row, const char *kind,
                        const char *const *all, size_t kinds)
{
    snprintf(row->name, sizeof row->name, "%s", kind ? kind : "quiet");
    for (size_t i = 0; i < c->n; i++) {
        const struct score_record *r = &c->records[i];
        bool mine = kind ? is_kind(r, kind, all, kinds)
                         : r->replayed && (r->known.class == SCORE_NOISE || r->known.class == SCORE_QUAKE);
        if (!mine || r->judged.picks_why)
            continue;
        row->records++;
        row->hours += r->judged.exposure_s / 3600;
        row->false_picks += r->judged.false_picks;
        add(&c->sample, r->judged.false_picks, r->judged.exposure_s / 3600, r->event);
    }
    row->per_hour = figure(&c->sample, BOOTSTRAP_RATE);
}

enum where { BEFORE_P, IN_NOISE, IN_KIND };

static bool is_where(const struct score_record *r, enum where where, const char *kind, const char *const *all,
                     size_t kinds)
{
    if (!r->replayed || r->judged.alarms_why)
        return false;
    switch (where) {
    case BEFORE_P:
        return (r->known.class == SCORE_QUAKE || r->known.class == SCORE_TELESEISM) &&
               r->known.p_s > SCORE_BEFORE_P_S;
    case IN_NOISE:
        return r->known.class == SCORE_NOISE;
    case IN_KIND:
        return is_kind(r, kind, all, kinds);
    }
    return false;
}

static void count_loud(struct counting *c, struct score_loud_row *row, enum where where, const char *kind,
                       const char *const *all, size_t kinds)
{
    snprintf(row->name, sizeof row->name, "%s",
             where == BEFORE_P   ? "before the P"
             : where == IN_NOISE ? "noise"
                                 : kind);
    for (int l = 0; l < SCORE_LEVELS; l++) {
        row->records = 0;
        row->hours = 0;
        for (size_t i = 0; i < c->n; i++) {
            const struct score_record *r = &c->records[i];
            if (!is_where(r, where, kind, all, kinds))
                continue;
            const struct score_outcome *o = &r->judged.alarm[l];
            uint32_t events = where == BEFORE_P ? o->early : o->events;
            row->records++;
            row->hours += (where == BEFORE_P ? r->known.p_s - SCORE_BEFORE_P_S : r->known.end_s) / 3600;
            row->events[l] += events;
            add(&c->sample, events > 0, 1, r->event);
        }
        row->loud[l] = figure(&c->sample, BOOTSTRAP_SHARE);
    }
}

static void count_all(struct counting *c, struct score_tally *t)
{
    static const char *const whose[] = {"manual", "estimated", "all"};
    const char *kind[SCORE_KINDS];
    size_t kinds = activities(c, kind);

    for (size_t i = 0; i < c->n; i++) {
        t->records++;
        t->replayed += c->records[i].replayed;
        for (int k = 0; k < ONSET_REJECTS; k++)
            t->rejects[k] += (uint64_t)c->records[i].rejects[k];
        for (int k = 0; k < SCORE_ALARMS; k++) {
            t->settled[k].events += c->records[i].judged.alarm[k].settled;
            t->settled[k].records += c->records[i].judged.alarm[k].settled > 0;
        }
    }
    for (int i = 0; i < SCORE_PICK_ROWS; i++) {
        t->pick[i].whose = whose[i % 3];
        t->pick[i].refined = i < 3;
        count_picks(c, &t->pick[i]);
    }
    for (int i = 0; i < SCORE_ALARMS; i++)
        count_alarms(c, &t->alarm[i], i);
    count_quiet(c, &t->quiet[t->quiets++], NULL, kind, kinds);
    count_loud(c, &t->loud[t->louds++], BEFORE_P, NULL, kind, kinds);
    count_loud(c, &t->loud[t->louds++], IN_NOISE, NULL, kind, kinds);
    for (size_t k = 0; k < kinds; k++) {
        count_quiet(c, &t->quiet[t->quiets++], kind[k], kind, kinds);
        count_loud(c, &t->loud[t->louds++], IN_KIND, kind[k], kind, kinds);
    }
}

int score_tally(struct score_tally *out, const struct sys *sys, const struct score_record *records, size_t n)
{
    struct counting c = {.sample = {.sys = sys}, .records = records, .n = n};
    struct sample *s = &c.sample;

    memset(out, 0, sizeof *out);
    s->value = sys_alloc(sys, (n + 1) * sizeof *s->value);
    s->weight = sys_alloc(sys, (n + 1) * sizeof *s->weight);
    s->event = sys_alloc(sys, (n + 1) * sizeof *s->event);
    s->failed = !s->value || !s->weight || !s->event;
    if (!s->failed)
        count_all(&c, out);
    sys_free(sys, s->value);
    sys_free(sys, s->weight);
    sys_free(sys, s->event);
    return s->failed ? -1 : 0;
}
