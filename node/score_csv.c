#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/score_out.h"

struct bad {
    double badness;
    size_t record;
};

static int worst_first(const void *a, const void *b)
{
    const struct bad *x = a, *y = b;

    if (x->badness != y->badness)
        return x->badness > y->badness ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

int score_sort(const struct sys *sys, const struct score_record *records, size_t n, size_t *order)
{
    struct bad *bad = sys_alloc(sys, (n + 1) * sizeof *bad);

    if (!bad)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct score_record *r = &records[i];
        bad[i] = (struct bad){r->replayed ? score_badness(&r->known, &r->judged) : INFINITY, i};
    }
    qsort(bad, n, sizeof *bad, worst_first);
    for (size_t i = 0; i < n; i++)
        order[i] = bad[i].record;
    sys_free(sys, bad);
    return 0;
}

static void put_text(FILE *out, const char *text)
{
    if (!text || !text[strcspn(text, ",\"\r\n")]) {
        fprintf(out, "%s,", text ? text : "");
        return;
    }
    fputc('"', out);
    for (; *text; text++)
        fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
    fprintf(out, "\",");
}

static void put_number(FILE *out, double value, int decimals)
{
    if (isfinite(value))
        fprintf(out, "%.*f", decimals, value);
    fputc(',', out);
}

static void put_names(FILE *out)
{
    fprintf(out, "id,kind,event,replayed,why_not,format,rate_hz,p_s,p_by_hand,quiet_s,picks,picks_not_judged,"
                 "error_s,first_error_s,declared_s,false_picks,exposure_s,alarms_not_judged,gbt,");
    for (int i = 3; i <= 6; i++)
        fprintf(out, "crossed_%d_s,", i);
    for (int i = 0; i < SCORE_ALARMS; i++) {
        const char *name = score_alarms[i].level == ALERT_NONE ? "own" : score_alarms[i].name;
        int at = (int)score_alarms[i].intensity;
        fprintf(out, "%s_%d_s,lead_%s_%d_s,kept_%s_%d,loud_%s_%d,settled_%s_%d,", name, at, name, at, name,
                at, name, at, name, at);
    }
    fprintf(out, "badness\n");
}

static void put_alarms(FILE *out, const struct score_record *r)
{
    bool known = r->replayed && !r->judged.alarms_why;

    put_text(out, r->replayed ? r->judged.alarms_why : NULL);
    put_number(out, known ? r->given.intensity : NAN, 2);
    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        put_number(out, known ? r->given.crossed_s[i] : NAN, 2);
    for (int i = 0; i < SCORE_ALARMS; i++) {
        const struct score_outcome *o = &r->judged.alarm[i];
        put_number(out, known ? o->alarm_s : NAN, 2);
        put_number(out, known ? o->lead_s : NAN, 2);
        put_number(out, known ? o->kept : NAN, 3);
        fprintf(out, "%s,", !known ? "" : o->loud ? "1" : "0");
        put_number(out, r->replayed ? (double)o->settled : NAN, 0);
    }
}

static void put_record(FILE *out, const struct score_record *r)
{
    const struct score_judged *j = &r->judged;

    put_text(out, r->row->id);
    put_text(out, r->row->kind);
    fprintf(out, "%zu,%d,", r->event, r->replayed);
    put_text(out, r->replayed ? NULL : r->why.text);
    put_text(out, r->format);
    put_number(out, r->replayed ? r->rate_hz : NAN, 3);
    put_number(out, r->known.p_s, 3);
    fprintf(out, "%d,", r->row->by_hand);
    put_number(out, r->known.quiet_s, 3);
    put_number(out, r->replayed ? (double)j->picks : NAN, 0);
    put_text(out, r->replayed ? j->picks_why : NULL);
    put_number(out, r->replayed ? j->refined.error_s : NAN, 4);
    put_number(out, r->replayed ? j->first.error_s : NAN, 4);
    put_number(out, r->replayed ? j->refined.declared_s : NAN, 4);
    put_number(out, r->replayed && !j->picks_why ? (double)j->false_picks : NAN, 0);
    put_number(out, r->replayed ? j->exposure_s : NAN, 3);
    put_alarms(out, r);
    if (r->replayed)
        fprintf(out, "%.3f", score_badness(&r->known, j));
    fputc('\n', out);
}

int score_write_csv(FILE *out, const struct score_results *s)
{
    put_names(out);
    for (size_t i = 0; i < s->n; i++)
        put_record(out, &s->records[s->worst_first[i]]);
    return fflush(out) == 0 && !ferror(out) ? 0 : -1;
}
