/* arbiter_parts.h - the two halves of the arbiter: its events, and what is done about them. Inside of it. */
#ifndef TOCSIN_ALARM_ARBITER_PARTS_H
#define TOCSIN_ALARM_ARBITER_PARTS_H

#include "alarm/arbiter.h"

static inline int64_t arbiter_after(int64_t now_ns, double seconds)
{
    return now_ns + (int64_t)(seconds * 1e9);
}

void arbiter_say(struct arbiter_out *out, enum arbiter_why why, uint32_t event, int action, int index,
                 double value, double limit);

/* ---- arbiter_event.c ---- */

/* Every input about an event; each may begin, raise and end some. */
void arbiter_sensor_fit(struct arbiter *a, const struct arbiter_input *in, struct arbiter_out *out);
void arbiter_alert(struct arbiter *a, const struct arbiter_input *in, struct arbiter_out *out);
void arbiter_foreign(struct arbiter *a, const struct arbiter_foreign *f, struct arbiter_out *out);
/* level: of a contact's or a drill's event */
void arbiter_official_contact(struct arbiter *a, int index, bool closed, enum alert_level level,
                              struct arbiter_out *out);
void arbiter_drill(struct arbiter *a, enum alert_level level, double for_s, struct arbiter_out *out);
void arbiter_drill_end(struct arbiter *a, enum arbiter_why why, struct arbiter_out *out);
/* Events whose time is over. */
void arbiter_expire_events(struct arbiter *a, struct arbiter_out *out);
bool arbiter_has_open(const struct arbiter *a, bool exercise);

/* ---- arbiter_act.c ---- */

/* The event in this slot is over: nothing is called for by it any more, and the voice says so where it is
 * `why` (cancelled, ended) and was heard. */
void arbiter_act_closed(struct arbiter *a, struct arbiter_event *e, enum arbiter_why why,
                        struct arbiter_out *out);
/* Calls for what the open events ask, lets go of what is over. */
void arbiter_act(struct arbiter *a, struct arbiter_out *out);
void arbiter_act_silence(struct arbiter *a, struct arbiter_event *e, struct arbiter_out *out);
void arbiter_act_reset(struct arbiter *a, uint32_t lines, struct arbiter_out *out);
void arbiter_act_maintenance(struct arbiter *a, uint32_t actions, double for_s, struct arbiter_out *out);
void arbiter_act_unfit(struct arbiter *a, struct arbiter_out *out);
void arbiter_act_test(struct arbiter *a, struct arbiter_out *out);
/* The orders as they now stand, and whether they are new. */
void arbiter_act_orders(struct arbiter *a, struct arbiter_out *out);

#endif
