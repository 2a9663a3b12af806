#include <errno.h>
#include <math.h>

#include "io/json.h"
#include "node/score_out.h"

/* {"value", "low", "high", "n", "events"}; null: no data, too few events. */
static struct json *figure(const struct sys *sys, const struct bootstrap_figure *f)
{
    struct json *to = json_new_object(sys);

    json_put_number(to, "value", f->value, 4);
    json_put_number(to, "low", f->low, 4);
    json_put_number(to, "high", f->high, 4);
    json_put_integer(to, "n", (int64_t)f->n);
    json_put_integer(to, "events", (int64_t)f->groups);
    return to;
}

static struct json *picks(const struct sys *sys, const struct score_tally *t)
{
    static const char *const within[SCORE_WITHIN] = {"within_0_1_s", "within_0_3_s", "within_0_5_s",
                                                     "within_1_s"};
    struct json *all = json_new_array(sys);

    for (int i = 0; i < SCORE_PICK_ROWS; i++) {
        const struct score_pick_row *r = &t->pick[i];
        struct json *one = json_new_object(sys);
        json_put_text(one, "whose", r->whose);
        json_put_bool(one, "refined", r->refined);
        json_put_integer(one, "n", (int64_t)r->n);
        json_put(one, "missed", figure(sys, &r->missed));
        for (int k = 0; k < SCORE_WITHIN; k++)
            json_put(one, within[k], figure(sys, &r->within[k]));
        json_put(one, "error_median_s", figure(sys, &r->error_s));
        json_put(one, "error_mad_s", figure(sys, &r->spread_s));
        json_put(one, "declared_median_s", figure(sys, &r->declared_s));
        json_put(one, "declared_p90_s", figure(sys, &r->declared_p90_s));
        json_add(all, one);
    }
    return all;
}

static struct json *alarms(const struct sys *sys, const struct score_tally *t)
{
    static const char *const at_least[SCORE_LEADS] = {"lead_1_s", "lead_2_s", "lead_5_s"};
    struct json *all = json_new_array(sys);

    for (int i = 0; i < SCORE_ALARMS; i++) {
        const struct score_alarm_row *r = &t->alarm[i];
        struct json *one = json_new_object(sys);
        json_put_number(one, "intensity", r->alarm->intensity, 1);
        json_put_text(one, "awaited", r->alarm->name);
        json_put_integer(one, "reached", (int64_t)r->reached);
        json_put(one, "alarmed", figure(sys, &r->alarmed));
        json_put(one, "before", figure(sys, &r->before));
        for (int k = 0; k < SCORE_LEADS; k++)
            json_put(one, at_least[k], figure(sys, &r->at_least[k]));
        json_put(one, "lead_median_s", figure(sys, &r->lead_s));
        json_put(one, "lead_share_median", figure(sys, &r->kept));
        json_put(one, "loud_a_class_below", figure(sys, &r->below));
        json_put(one, "loud_less_below", figure(sys, &r->near));
        json_add(all, one);
    }
    return all;
}

static struct json *quiets(const struct sys *sys, const struct score_tally *t)
{
    struct json *all = json_new_array(sys);

    for (size_t i = 0; i < t->quiets; i++) {
        const struct score_quiet_row *r = &t->quiet[i];
        struct json *one = json_new_object(sys);
        json_put_text(one, "where", r->name);
        json_put_integer(one, "records", (int64_t)r->records);
        json_put_number(one, "hours", r->hours, 4);
        json_put_integer(one, "picks", (int64_t)r->false_picks);
        json_put(one, "per_hour", figure(sys, &r->per_hour));
        json_add(all, one);
    }
    return all;
}

static struct json *louds(const struct sys *sys, const struct score_tally *t)
{
    struct json *all = json_new_array(sys);

    for (size_t i = 0; i < t->louds; i++) {
        const struct score_loud_row *r = &t->loud[i];
        struct json *one = json_new_object(sys);
        json_put_text(one, "where", r->name);
        json_put_integer(one, "records", (int64_t)r->records);
        json_put_number(one, "hours", r->hours, 4);
        for (int l = 0; l < SCORE_LEVELS; l++) {
            struct json *level = json_new_object(sys);
            json_put_integer(level, "events", (int64_t)r->events[l]);
            json_put(level, "records", figure(sys, &r->loud[l]));
            json_put(one, score_alarms[l].name, level);
        }
        json_add(all, one);
    }
    return all;
}

static struct json *settled(const struct sys *sys, const struct score_tally *t)
{
    struct json *all = json_new_array(sys);

    for (int i = 0; i < SCORE_ALARMS; i++) {
        struct json *one = json_new_object(sys);
        json_put_integer(one, "events", (int64_t)t->settled[i].events);
        json_put_integer(one, "records", (int64_t)t->settled[i].records);
        json_add(all, one);
    }
    return all;
}

static void put_picks(struct json *to, const struct score_record *r)
{
    const struct score_judged *j = &r->judged;

    json_put_text(to, "picks_not_judged", j->picks_why);
    json_put_number(to, "p_s", r->known.p_s, 4);
    json_put_bool(to, "p_by_hand", r->row->by_hand);
    json_put_number(to, "quiet_s", r->known.quiet_s, 3);
    json_put_integer(to, "picks", j->picks);
    json_put_number(to, "error_s", j->refined.error_s, 4);
    json_put_number(to, "first_error_s", j->first.error_s, 4);
    json_put_number(to, "declared_s", j->refined.declared_s, 4);
    json_put_integer(to, "false_picks", j->false_picks);
    json_put_number(to, "exposure_s", j->exposure_s, 3);
}

/* One object for each of "alarms", in their order. */
static void put_alarms(const struct sys *sys, struct json *to, const struct score_record *r)
{
    struct json *crossed = json_new_array(sys), *all = json_new_array(sys);

    json_put_text(to, "alarms_not_judged", r->judged.alarms_why);
    json_put_number(to, "gbt", r->judged.alarms_why ? NAN : r->given.intensity, 2);
    for (int i = 0; i < ALERT_THRESHOLDS; i++)
        json_add_number(crossed, r->judged.alarms_why ? NAN : r->given.crossed_s[i], 2);
    json_put(to, "gbt_crossed_s", crossed);
    for (int i = 0; i < SCORE_ALARMS; i++) {
        const struct score_outcome *o = &r->judged.alarm[i];
        struct json *one = json_new_object(sys);
        json_put_bool(one, "reached", o->reached);
        json_put_number(one, "alarm_s", o->alarm_s, 2);
        json_put_number(one, "lead_s", o->lead_s, 2); /* null: not judged */
        json_put_number(one, "share", o->kept, 3);
        json_put_bool(one, "loud", o->loud);
        json_put_bool(one, "false", score_is_false(&r->known, &r->judged, i));
        json_put_integer(one, "events", o->events);
        json_put_integer(one, "early", o->early);
        json_put_integer(one, "settled", o->settled);
        json_add(all, one);
    }
    json_put(to, "alarms", all);
}

static struct json *records(const struct sys *sys, const struct score_results *s)
{
    struct json *all = json_new_array(sys);

    for (size_t i = 0; i < s->n; i++) {
        const struct score_record *r = &s->records[i];
        struct json *one = json_new_object(sys);
        json_put_text(one, "id", r->row->id);
        json_put_text(one, "kind", r->row->kind);
        json_put_integer(one, "event", (int64_t)r->event);
        json_put_text(one, "not_replayed", r->replayed ? NULL : r->why.text);
        if (r->replayed) {
            json_put_text(one, "note", r->note);
            put_picks(one, r);
            put_alarms(sys, one, r);
        }
        json_add(all, one);
    }
    return all;
}

int score_write_json(FILE *out, const struct sys *sys, const struct score_results *s)
{
    const struct score_tally *t = s->tally;
    struct json *root = json_new_object(sys), *rejects = json_new_object(sys);
    const char *line;
    size_t n;

    json_put_text(root, "schema", "tocsin.score/1");
    json_put_text(root, "version", TOCSIN_VERSION);
    json_put_integer(root, "records_n", (int64_t)t->records);
    json_put_integer(root, "replayed_n", (int64_t)t->replayed);
    json_put(root, "picks", picks(sys, t));
    json_put(root, "false_picks", quiets(sys, t));
    json_put(root, "alarms", alarms(sys, t));
    json_put(root, "false_alarms", louds(sys, t));
    json_put(root, "settled_alarms", settled(sys, t));
    for (int i = ONSET_ACCEPTED + 1; i < ONSET_REJECTS; i++)
        if (t->rejects[i] > 0)
            json_put_integer(rejects, onset_reject_name((enum onset_reject)i), (int64_t)t->rejects[i]);
    json_put(root, "rejects", rejects);
    json_put(root, "records", records(sys, s));
    int status = json_write_line(root, &line, &n);
    int result = status == 0 && fwrite(line, 1, n, out) == n && fflush(out) == 0 ? 0 : -1;
    int why = status < 0 ? -status : errno;
    json_free(root);
    errno = why;
    return result;
}
