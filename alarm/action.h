/* action.h - the action table: what each output does about what the ground, or an authority, says.
 *
 * Levels are facts; whether the siren sounds, a gas valve shuts or a lift stops is a row here
 * (configuration group `action`, one for each name). Siren and voice are there unwritten, from `warning` on; any row
 * may be changed, or switched off with output = "none". Filled and checked at start; read by the alarm thread. */
#ifndef TOCSIN_ALARM_ACTION_H
#define TOCSIN_ALARM_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alarm/alert.h"
#include "alarm/order.h"
#include "io/conf.h"

enum { ACTION_MAX = 32, ACTION_ROWS = 10 };

enum action_kind { ACTION_NOTHING, ACTION_SIREN, ACTION_VOICE, ACTION_LINE };
enum action_basis {
    ACTION_ANY,       /* own sensors, peers, authorities */
    ACTION_PREDICTED, /* own sensors: predicted, and so much more when observed */
    ACTION_OBSERVED,  /* own sensors: the ground has done it */
    ACTION_OFFICIAL   /* an authority only */
};
enum action_reset {
    ACTION_SELF,    /* off hold_s after it was called for */
    ACTION_ENDED,   /* off when the event is over, a line not before hold_s */
    ACTION_OPERATOR /* silent lines only: stays until a person resets it, and never within the event */
};

struct action {
    char output[CONF_TEXT_MAX]; /* "siren", "voice", "line:NAME", "none" */
    double intensity;           /* of policy.scale: a threshold at least so high is reached */
    int basis;                  /* enum action_basis */
    double probability;         /* that a prediction must have; 0: what policy.p_limit asked */
    double hold_s;
    int reset; /* enum action_reset */
    bool drill;
    bool audible;              /* a line that makes noise: silence and quiet hours cover it */
    char quiet[CONF_TEXT_MAX]; /* "22:00-06:00", local time; "": none */
    bool quiet_alarm;          /* quiet hours hold back an alarm too */
    /* from here on by action_check */
    enum action_kind kind;
    int line;                 /* ACTION_LINE: index into the lines */
    int quiet_from, quiet_to; /* minutes of the day; equal: never */
};

struct action_conf {
    struct action action[ACTION_MAX];
    struct conf_name name[ACTION_MAX];
    size_t count;
    struct conf_origin origin[ACTION_MAX * ACTION_ROWS];
    struct conf_group group;
};

/* The table that fills *conf, which stays where it is as long as the table is used. */
struct conf_table action_table(struct action_conf *conf);

/* What no row can say by itself, and the fields that follow from it. line: the names of the lines there are;
 * drill_lines: bit i: line i may move in a drill (an action's `drill` alone is not enough). threshold:
 * policy_conf.threshold. 0, or -1 with err, FILE:LINE in front: no such line, a threshold that is never
 * reached or never heard, a siren that only a person could stop, hours that are none. */
int action_check(struct action_conf *conf, const struct conf_name *line, size_t lines, uint32_t drill_lines,
                 const double threshold[ALERT_THRESHOLDS], struct error *err);

/* ---- the decision, pure ---- */

struct action_case {
    enum sound_source source;
    bool exercise;
    enum alert_level level;
    double threshold[ALERT_THRESHOLDS];
    bool reached[ALERT_THRESHOLDS], observed[ALERT_THRESHOLDS];
    double p[ALERT_THRESHOLDS];
    int minute; /* local, of the day; -1: the clock is not known, and no hour is quiet */
};

enum action_answer {
    ACTION_CALLED,
    ACTION_WEAK, /* no threshold of its intensity is reached */
    ACTION_OTHER_BASIS,
    ACTION_UNLIKELY, /* reached, with less than its probability */
    ACTION_NO_DRILL,
    ACTION_QUIET
};
enum action_answer action_answer(const struct action *a, const struct action_case *c);
/* Siren, voice, and lines that make noise. */
bool action_is_audible(const struct action *a);

#endif
