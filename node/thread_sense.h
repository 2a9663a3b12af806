/* thread_sense.h - a sensor's thread: blocks in, through the pipeline, reports into the ring to the alarm thread.
 *
 * SCHED_FIFO 80, one per sensor. It waits on its sensor, runs calibration, filters and detection, and pushes; it allocates, locks
 * and logs nothing. Where a sensor comes back with another rate or range, the sensor's own carrier thread opens the new
 * pipeline and closes the old one; this thread only changes over, at a block's edge. Times of reports go on
 * across that change, and so do the numbers of onsets. */
#ifndef TOCSIN_NODE_THREAD_SENSE_H
#define TOCSIN_NODE_THREAD_SENSE_H

#include "dsp/report.h"
#include "io/ring.h"
#include "io/sensor.h"
#include "node/pipeline.h"
#include "node/thread.h"

struct sensed {           /* what goes through the ring; plain data */
    struct report report; /* sensor is the id; time_s counts from the node's first sample of this sensor */
    int64_t origin_ns;  /* monotonic time of the report's time zero: onset_s and all others are added to it */
    int64_t sampled_ns; /* of the last sample that entered: origin + time_s */
    int64_t received_ns; /* when that sample had arrived */
    int64_t detected_ns; /* when this was pushed */
    uint32_t stream;     /* counts pipelines of this sensor, from 1: their filters began anew */
};

struct sense;

/* Opens the sensor and starts its thread. out_ring: slots of struct sensed, this thread is its producer (10 reports a second and
 * onsets: 64 slots are 6 s). conf is copied. 0 and *out for sense_close, or -1 with err. */
int sense_open(struct sense **out, const struct sys *sys, const char *name, uint32_t id,
               const struct sensor_conf *conf, const struct pipeline_conf *pipeline, struct ring *out_ring,
               struct error *err);
/* Asks it to end, without waiting: so that several sensors end side by side. */
void sense_stop(struct sense *s);
/* No report comes after it: waits for the thread (THREAD_SLEEP_MS at most), not for the sensor. */
void sense_end(struct sense *s);
/* Waits as sensor_close does, and leaves behind what that leaves behind: false. NULL is fine. */
bool sense_close(struct sense *s);

/* Any thread, never waiting. */
void sense_info(const struct sense *s, struct sensor_info *info);
void sense_health(const struct sense *s, struct sensor_health *health);
void sense_pin(struct sense *s,
               int core); /* all that a sample passes on its way through it; see thread_pin */
struct thread *sense_thread(struct sense *s); /* for the watchdog and the refused priority */
const char *sense_name(const struct sense *s);
/* Why the sensor's samples cannot be used, though they come: a rate that detection cannot work with. "" when they can. */
void sense_error(const struct sense *s, struct error *err);

#endif
