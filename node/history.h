/* history.h - what the journal says about before, for a restart. For a person: node/history_event.h. */
#ifndef TOCSIN_NODE_HISTORY_H
#define TOCSIN_NODE_HISTORY_H

#include <stddef.h>

#include "io/error.h"
#include "io/sys.h"
#include "node/thread_alarm.h"

/* An event whose last word is older than this is not gone on with: what then still shakes is found again by the
 * observed floor, which arms within 10 s of a start. Own choice; a service is restarted within seconds. */
#define HISTORY_RESUME_S 60.0

/* What a node that starts now goes on with: the numbers of events given out so far, and each sensor's event that
 * was open with a level that is heard, less than HISTORY_RESUME_S ago (by the monotonic clock within one boot,
 * else by UTC). names: the sensors' now; one that is gone takes its event with it. The journal's older files
 * are read too; where there is none: nothing. Also the lines that were called for last, however long ago. 0, or -1 with
 * err: one is there and cannot be read, and *resume is what the others say. */
int history_resume(const struct sys *sys, const char *journal, const char *const *names, int sensors,
                   struct alarm_resume *resume, struct error *err);

/* Of this boot; "" where the system has none. */
void history_boot_id(const struct sys *sys, char *to, size_t room);

#endif
