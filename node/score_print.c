#include <math.h>
#include <string.h>

#include "node/score_out.h"

enum { CELL = 48 };

static long hits_of(const struct bootstrap_figure *f)
{
    return lround(f->value * (double)f->n);
}

/* "50/51 0.93-1.00"; one-sided: "54/54 >0.95", "0/5 <0.45". */
static const char *share(char to[CELL], const struct bootstrap_figure *f)
{
    int n = snprintf(to, CELL, f->n ? "%ld/%zu" : "-", f->n ? hits_of(f) : 0, f->n);

    if (f->n == 0 || isnan(f->low))
        return to;
    if (f->value == 1)
        snprintf(to + n, CELL - (size_t)n, " >%.2f", f->low);
    else if (f->value == 0)
        snprintf(to + n, CELL - (size_t)n, " <%.2f", f->high);
    else
        snprintf(to + n, CELL - (size_t)n, " %.2f-%.2f", f->low, f->high);
    return to;
}

static const char *portion(char to[CELL], const struct bootstrap_figure *f)
{
    if (f->n == 0)
        return strcpy(to, "-");
    int n = snprintf(to, CELL, "%.2f", f->value);
    if (f->value == 1 && !isnan(f->low))
        snprintf(to + n, CELL - (size_t)n, " >%.2f", f->low);
    else if (!isnan(f->low))
        snprintf(to + n, CELL - (size_t)n, " %.2f-%.2f", f->low, f->high);
    return to;
}

static const char *amount(char to[CELL], const struct bootstrap_figure *f, int decimals)
{
    if (f->n == 0)
        return strcpy(to, "-");
    int n = snprintf(to, CELL, "%.*f", decimals, f->value);
    if (!isnan(f->low))
        snprintf(to + n, CELL - (size_t)n, " %.*f..%.*f", decimals, f->low, decimals, f->high);
    return to;
}

static void print_picks(FILE *out, const struct score_tally *t)
{
    char a[CELL], b[CELL], c[CELL], d[CELL];

    fprintf(out,
            "Picks: the first in [P - 2 s, P + 5 s] is a hit; shares are of all, with 95 %% intervals\n\n");
    fprintf(out, "%-20s %4s  %-14s %8s %6s  %-15s %-5s %-15s %-5s %-22s %s\n", "", "n", "missed", "median s",
            "MAD", "<= 0.1 s", "0.3", "<= 0.5 s", "1.0", "declared after P, s", "p90");
    for (int i = 0; i < SCORE_PICK_ROWS; i++) {
        const struct score_pick_row *r = &t->pick[i];
        if (r->n == 0)
            continue;
        fprintf(out, "%-9s %-10s %4zu  %-14s ", r->whose, r->refined ? "refined" : "as first", r->n,
                share(a, &r->missed));
        fprintf(out, "%+8.3f %6.3f  %-15s %.2f  %-15s %.2f  %-22s %.2f\n", r->error_s.value,
                r->spread_s.value, portion(b, &r->within[0]), r->within[1].value, portion(c, &r->within[2]),
                r->within[3].value, amount(d, &r->declared_s, 2), r->declared_p90_s.value);
    }
    fprintf(out, "\n");
}

static void print_quiet(FILE *out, const struct score_tally *t)
{
    char a[CELL];

    fprintf(out, "False picks\n\n%-16s %7s %8s %6s  %s\n", "", "records", "hours", "picks", "an hour");
    for (size_t i = 0; i < t->quiets; i++) {
        const struct score_quiet_row *r = &t->quiet[i];
        if (r->records == 0)
            continue;
        fprintf(out, "%-16s %7zu %8.2f %6llu  ", r->name, r->records, r->hours,
                (unsigned long long)r->false_picks);
        if (r->false_picks == 0 && r->hours > 0)
            fprintf(out, "0 <%.2f\n", r->per_hour.high);
        else
            fprintf(out, "%s\n", amount(a, &r->per_hour, 2));
    }
    fprintf(out, "\n");
}

static void print_alarms(FILE *out, const struct score_tally *t)
{
    char a[CELL], b[CELL], c[CELL], d[CELL], e[CELL], f[CELL];

    fprintf(out,
            "Alarms, by the GB/T 17742 intensity that a record reached; before: of those that left 1 s\n\n");
    fprintf(out, "%-16s %-14s %-17s %5s %5s %5s  %-15s %-15s %-16s %s\n", "", "alarmed", "before", ">=1 s",
            ">=2 s", ">=5 s", "lead, median s", "share of it", "a class below", "less below");
    for (int i = 0; i < SCORE_ALARMS; i++) {
        const struct score_alarm_row *r = &t->alarm[i];
        char name[32];
        snprintf(name, sizeof name, "%g: %s", r->alarm->intensity, r->alarm->name);
        fprintf(out, "%-16s %-14s %-17s ", name, share(a, &r->alarmed), share(b, &r->before));
        for (int k = 0; k < SCORE_LEADS; k++)
            fprintf(out, "%5ld ", r->at_least[k].n ? hits_of(&r->at_least[k]) : 0);
        fprintf(out, " %-15s %-15s %-16s %s\n", amount(c, &r->lead_s, 1), portion(d, &r->kept),
                share(e, &r->below), share(f, &r->near));
    }
    fprintf(out, "\n%-16s %7s %8s  %-15s %-15s %-15s (records that raised it)\n", "", "records", "hours",
            "watch", "warning", "alarm");
    for (size_t i = 0; i < t->louds; i++) {
        const struct score_loud_row *r = &t->loud[i];
        if (r->records == 0)
            continue;
        fprintf(out, "%-16s %7zu %8.2f  %-15s %-15s %-15s\n", r->name, r->records, r->hours,
                share(a, &r->loud[0]), share(b, &r->loud[1]), share(c, &r->loud[2]));
    }
    fprintf(out, "\n");
}

/* The levels alone: "6: alarm" is the alarm once more, and "I >= 6" comes with it. */
static void print_settled(FILE *out, const struct score_results *s)
{
    fprintf(out, "Raised in the settle time, neither hit nor false:");
    for (int l = 0; l < SCORE_LEVELS; l++) {
        const struct score_settled *t = &s->tally->settled[l];
        fprintf(out, "%s %s %llu", l ? "," : "", score_alarms[l].name, (unsigned long long)t->events);
        if (t->events > 0)
            fprintf(out, " in %zu record%s", t->records, t->records == 1 ? "" : "s");
    }
    fprintf(out, "\n");
    for (size_t i = 0; i < s->n; i++) {
        const struct score_outcome *o = s->records[i].judged.alarm;
        if (o[0].settled == 0)
            continue;
        fprintf(out, "  %-36s", s->records[i].row->id);
        for (int l = 0; l < SCORE_LEVELS; l++)
            if (o[l].settled > 0)
                fprintf(out, " %s %u;", score_alarms[l].name, o[l].settled);
        fprintf(out, "\n");
    }
    fprintf(out, "\n");
}

static void print_rejects(FILE *out, const struct score_tally *t)
{
    fprintf(out, "Rejected candidates:");
    for (int i = ONSET_ACCEPTED + 1; i < ONSET_REJECTS; i++)
        if (t->rejects[i] > 0)
            fprintf(out, " %s %llu", onset_reject_name((enum onset_reject)i),
                    (unsigned long long)t->rejects[i]);
    fprintf(out, "\n\n");
}

static void print_worst(FILE *out, const struct score_results *s, size_t worst)
{
    size_t shown = 0;

    for (size_t k = 0; k < s->n && shown < worst; k++) {
        const struct score_record *r = &s->records[s->worst_first[k]];
        const struct score_judged *j = &r->judged;
        if (!r->replayed)
            continue;
        if (!(score_badness(&r->known, j) > 0))
            break;
        fprintf(out, shown++ ? "%-36s" : "Worst records\n\n%-36s", r->row->id);
        if (r->known.class == SCORE_QUAKE && !j->picks_why && !j->refined.hit)
            fprintf(out, " no pick at the P;");
        else if (j->refined.hit)
            fprintf(out, " error %+.3f s, declared %.2f s;", j->refined.error_s, j->refined.declared_s);
        if (j->false_picks)
            fprintf(out, " %u false picks;", j->false_picks);
        for (int i = 0; i < SCORE_ALARMS; i++) {
            const struct score_outcome *o = &j->alarm[i];
            const char *what = o->reached && isnan(o->alarm_s)   ? "missed"
                               : o->judged && !o->before         ? "late"
                               : score_is_false(&r->known, j, i) ? "false"
                                                                 : NULL;
            if (what)
                fprintf(out, " %g %s %s;", score_alarms[i].intensity, score_alarms[i].name, what);
        }
        fprintf(out, "\n");
    }
    if (shown)
        fprintf(out, "\n");
}

static const char *reason(const struct score_record *r, bool alarms)
{
    return !r->replayed ? NULL : alarms ? r->judged.alarms_why : r->judged.picks_why;
}

/* Records that share a reason, reason by reason in the order in which they come. */
static void print_reasons(FILE *out, const struct score_results *s, bool alarms)
{
    for (size_t i = 0; i < s->n; i++) {
        const char *why = reason(&s->records[i], alarms);
        bool seen = !why;
        size_t n = 0;
        for (size_t k = 0; k < i && !seen; k++)
            seen = reason(&s->records[k], alarms) == why;
        if (seen)
            continue;
        for (size_t k = i; k < s->n; k++)
            n += reason(&s->records[k], alarms) == why;
        fprintf(out, "%s not judged: %zu, %s:", alarms ? "Alarms" : "Picks", n, why);
        for (size_t k = i; k < s->n; k++)
            if (reason(&s->records[k], alarms) == why)
                fprintf(out, " %s", s->records[k].row->id);
        fprintf(out, "\n");
    }
}

void score_print(FILE *out, const struct score_results *s, size_t worst)
{
    const struct score_tally *t = s->tally;

    fprintf(out, "%zu records, %zu replayed\n\n", t->records, t->replayed);
    print_picks(out, t);
    print_quiet(out, t);
    print_alarms(out, t);
    print_settled(out, s);
    print_rejects(out, t);
    print_worst(out, s, worst);
    print_reasons(out, s, false);
    print_reasons(out, s, true);
    for (size_t i = 0; i < s->n; i++)
        if (s->records[i].replayed && s->records[i].note && !s->records[i].judged.alarms_why)
            fprintf(out, "Note: %s: %s\n", s->records[i].row->id, s->records[i].note);
    for (size_t i = 0; i < s->n; i++)
        if (!s->records[i].replayed)
            fprintf(out, "Not replayed: %s: %s\n", s->records[i].row->id, s->records[i].why.text);
}
