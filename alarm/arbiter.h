/* arbiter.h - where everything meets: what sounds, and which lines are called for.
 *
 * A pure function of one ordered log of inputs (alerts of each sensor, foreign warnings, contacts, an operator's commands,
 * ticks): same log, same orders, live and in replay. One struct, no allocation, no clock, constant work; the
 * alarm thread's. Each decision, and each one not to act, leaves a reason.
 *
 * Events. The node's own is what at least `sensors` (M) of the fit sensors say together: with fewer fit than that all
 * of those must, with none fit any of them counts. Its level is the highest that M of them reached, and never falls. A sensor's
 * next event, where it already took part in this one, is a second shock: a new event, which sounds again. It
 * ends when every fit sensor in it has ended: as a cancel only when all of them cancelled, and none that fell
 * out had observed it. Where all that took part fell silent the siren is not kept for ever: event_max_s.
 * An official receiver's contact, an authority's or a peer's message is an event of its own source: a local cancel
 * does not end it, nor its cancel ours. A drill is an event too; a real one of any level ends it at once.
 *
 * Sound. The highest level of the events that an audible action was called for; of equals an authority's, for its
 * text and countdown. An event that begins beside one of another source is the same earthquake: it sounds
 * again only by being higher. Silence covers the events that are open, up to the level that they have. */
#ifndef TOCSIN_ALARM_ARBITER_H
#define TOCSIN_ALARM_ARBITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alarm/action.h"
#include "alarm/alert.h"
#include "alarm/contact.h"
#include "alarm/order.h"

enum {
    ARBITER_REFUSALS = 6,
    ARBITER_SENSORS_MAX = 16,
    ARBITER_EVENTS_MAX = 12,
    ARBITER_REASONS_MAX = 64,
    ARBITER_MAINTENANCE_MAX_S = 4 * 3600 /* DESIGN section 5 */
};

struct arbiter_conf {
    int sensors;           /* M */
    double severe;         /* observed intensity from which nobody re-enters before inspection */
    double event_max_s;    /* an own event of which nothing more was heard is over */
    double official_s;     /* a receiver's contact: the warning lasts so long after it opened */
    double official_max_s; /* and a contact that never opens so long in all */
    double again_s;        /* closed again after so long open: a new warning */
    double drill_s, drill_max_s, test_s, announce_s;
    int fire; /* enum arbiter_fire */
};
enum arbiter_fire { ARBITER_FIRE_VOICE, ARBITER_FIRE_ALL }; /* what a fire panel holds back */
extern const struct conf_row arbiter_rows[];                /* "arbiter.*", target: struct arbiter_conf */
extern const size_t arbiter_rows_count;

enum arbiter_kind {
    ARBITER_TICK, /* at least each 200 ms, and before everything that the hour matters to */
    ARBITER_SENSOR,
    ARBITER_ALERT,
    ARBITER_FOREIGN,
    ARBITER_CONTACT,
    ARBITER_COMMAND
};
enum arbiter_command {
    ARBITER_DRILL, /* level; for_s (0: drill_s) */
    ARBITER_DRILL_END,
    ARBITER_SILENCE,     /* event (0: all that are open) */
    ARBITER_ACKNOWLEDGE, /* event (0: all that are open) */
    ARBITER_RESET,       /* mask of lines */
    ARBITER_TEST,
    ARBITER_MAINTENANCE, /* mask of actions (0: its end), for_s */
    ARBITER_UNFIT        /* the node has been unfit for a while: say so, once, where no event is open */
};
struct arbiter_foreign {
    enum sound_source source; /* SOURCE_OFFICIAL or SOURCE_PEER */
    uint32_t key;             /* the same for all messages about one event of one sender */
    enum alert_level level;
    enum alert_phase phase;
    bool exercise;
    double countdown_s; /* NAN: not known */
    double until_s;     /* without another message it lasts so long */
};
struct arbiter_input {
    enum arbiter_kind kind;
    int64_t at_ns;             /* CLOCK_MONOTONIC; one before the last input's counts as the last input's */
    int minute;                /* TICK: local, of the day; -1: the clock is not known */
    int sensor;                /* SENSOR, ALERT: index */
    bool fit;                  /* SENSOR */
    const struct alert *alert; /* ALERT: read within the call only */
    struct arbiter_foreign foreign;
    struct contact_change contact;
    enum arbiter_command command;
    enum alert_level level;
    uint32_t event, mask;
    double for_s;
};

enum arbiter_why {
    ARBITER_EVENT_BEGAN, /* value: level, limit: enum sound_source */
    ARBITER_EVENT_ROSE,  /* value: level now, limit: before */
    ARBITER_EVENT_CANCELLED,
    ARBITER_EVENT_ENDED,    /* value: largest observed intensity */
    ARBITER_EVENT_EXPIRED,  /* value: seconds without a word */
    ARBITER_EVENT_REPLACED, /* by a second shock */
    ARBITER_EVENT_NO_ROOM,
    ARBITER_KEPT_BY_OTHER, /* it ended, and another source's event goes on: index */
    ARBITER_SENSORS_FEW,   /* value: so many say so, limit: are needed */
    ARBITER_SENSORS_UNFIT, /* none is fit: any of them counts */
    ARBITER_SENSOR_FIT,
    ARBITER_SENSOR_UNFIT,
    ARBITER_ALERT_TEST, /* an alert marked test is not heard */
    ARBITER_ACTION_ON,  /* value: level */
    ARBITER_ACTION_OFF,
    ARBITER_ACTION_LATCHED, /* over, and waits for a person */
    ARBITER_NOT_BASIS,
    ARBITER_NOT_LIKELY,
    ARBITER_NOT_IN_DRILL,
    ARBITER_NOT_IN_QUIET_HOURS,
    ARBITER_NOT_IN_MAINTENANCE,
    ARBITER_NOT_SILENCED,   /* silenced at this level */
    ARBITER_FIRE_PRIORITY,  /* value: 1 began, 0 ended */
    ARBITER_CONTACT_FAULT,  /* index: the contact; value: 1 began, 0 ended */
    ARBITER_CONTACT_IS,     /* index: the contact; value: 1 active */
    ARBITER_CONTACT_FOUND,  /* a key that was already pressed at the start counts as not pressed */
    ARBITER_OFFICIAL_STUCK, /* the receiver's contact has been closed for too long */
    ARBITER_DRILL_BEGAN,
    ARBITER_DRILL_ENDED,
    ARBITER_DRILL_BROKEN,  /* by a real event */
    ARBITER_DRILL_REFUSED, /* a real event is open, or nothing would be heard */
    ARBITER_TEST_BEGAN,
    ARBITER_TEST_ENDED,
    ARBITER_TEST_REFUSED,
    ARBITER_SILENCED, /* value: up to this level */
    ARBITER_ACKNOWLEDGED,
    ARBITER_NO_SUCH_EVENT,     /* silence or acknowledge with nothing open */
    ARBITER_RESET_DONE,        /* index: the line */
    ARBITER_RESET_REFUSED,     /* index: the line is still called for */
    ARBITER_MAINTENANCE_BEGAN, /* value: seconds */
    ARBITER_MAINTENANCE_CUT,   /* more than 4 h was asked for: value */
    ARBITER_MAINTENANCE_ENDED,
    ARBITER_UNFIT_SAID,   /* spoken: this node cannot warn now */
    ARBITER_UNFIT_UNSAID, /* an event is open, or no voice may speak at this hour */
    ARBITER_WHYS
};
struct arbiter_reason {
    enum arbiter_why why;
    uint32_t event; /* 0: of none */
    int action;     /* -1: of none */
    int index;      /* of the sensor, contact or line; -1 */
    double value, limit;
};

struct arbiter_event {
    bool open;
    uint32_t id;      /* of this node, from 1, never used again */
    uint32_t episode; /* the id of the event that it sounds with */
    uint32_t revision;
    enum sound_source source;
    bool exercise, is_acknowledged;
    enum alert_level level, silenced; /* silenced: up to this level */
    bool reached[ALERT_THRESHOLDS], observed[ALERT_THRESHOLDS];
    double p[ALERT_THRESHOLDS];
    double observed_max; /* intensity of the policy's scale; -INFINITY: none */
    int contact;         /* of the receiver; -1 */
    uint32_t key;        /* of foreign messages; else 0 */
    uint32_t lanes;      /* bit per way (own, peer, contact, message) that its episode was told by */
    bool closed_contact; /* it is still closed */
    int64_t began_ns, heard_ns;
    int64_t ends_ns;                 /* when it is over without another word */
    int64_t opened_ns;               /* the contact's */
    double countdown_s;              /* at heard_ns */
    uint32_t fired[ALERT_ALARM + 1]; /* bit a: action a was called for at this level */
    uint32_t told[ARBITER_REFUSALS]; /* bit a: that action a does not act, and why, is told already */
};

struct arbiter_sensor {
    bool fit, open;     /* open: its event goes on */
    uint32_t in;        /* the node's event that its event takes part in; 0: of none yet */
    uint32_t was_in;    /* the last one that an event of it took part in */
    bool has_cancelled; /* how its part ended */
    struct alert alert; /* the last one */
};

struct arbiter_held { /* what an action does now */
    uint32_t by;      /* bit e: called for by events[e] */
    bool on, latched;
    bool exercise;    /* by exercises only, and so it stays marked while it is held after them */
    int64_t until_ns; /* self: off then; ended, operator: not before */
};

struct arbiter {
    struct arbiter_conf conf;
    const struct action_conf *actions;
    const struct contact_table *contacts;
    double threshold[ALERT_THRESHOLDS];
    int sensors;
    int64_t now_ns;
    int minute;
    uint32_t events_made;
    struct arbiter_event event[ARBITER_EVENTS_MAX];
    struct arbiter_sensor sensor[ARBITER_SENSORS_MAX];
    struct arbiter_held held[ACTION_MAX];
    bool contact_on[CONTACT_MAX], contact_fault[CONTACT_MAX];
    uint32_t maintenance;
    int64_t maintenance_until_ns, test_until_ns, announce_until_ns;
    struct sound_order announce, sound;
    struct line_order lines;
    bool was_few;
    bool countdown_moved, reset_moved; /* within one feed */
};

struct arbiter_out {
    bool has_sound, has_lines; /* the orders below differ from what was last ordered */
    struct sound_order sound;  /* as they stand, changed or not */
    struct line_order lines;
    struct arbiter_reason reason[ARBITER_REASONS_MAX];
    int reasons, reasons_lost;
};

/* actions (checked), contacts (NULL: none) and threshold (of the policy) outlive it. All sensors are fit
 * until one is said not to be. */
void arbiter_init(struct arbiter *a, const struct arbiter_conf *conf, const struct action_conf *actions,
                  const struct contact_table *contacts, const double threshold[ALERT_THRESHOLDS],
                  int sensors);
/* What waited for a person before a restart goes on waiting. actions: bit i: action i was on; of them only those that reset by
 * an operator. Before the first feed, whose orders have it. */
void arbiter_restore(struct arbiter *a, uint32_t actions);
void arbiter_feed(struct arbiter *a, const struct arbiter_input *in, struct arbiter_out *out);
/* The open real event of the highest level, NULL: none; then a drill. For health, page and status. */
const struct arbiter_event *arbiter_top(const struct arbiter *a);

const char *arbiter_why_name(enum arbiter_why why);
/* The reason as a sentence of the journal: "siren: on, event 3, alarm". Returns to. */
const char *arbiter_reason_text(const struct arbiter *a, const struct arbiter_reason *r, char *to,
                                size_t room);

#endif
