/* message.h - an alert as the network gets it: `tocsin.alert/1`, one JSON object of at most 4 KiB.
 *
 * The keys of the alert itself are those of alarm/alert_json.h, the same in a replay and in the journal; before them
 * stands who says it, from where, by what clock. Schema: docs/schema/alert.schema.json; words: docs/messages.md.
 *
 * It allocates (alarm/message.c uses io/json.h), so it belongs to the thread that records and broadcasts, never to
 * the path from sample to decision. 0.1 ms or so. No state: any thread may call. */
#ifndef TOCSIN_ALARM_MESSAGE_H
#define TOCSIN_ALARM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "alarm/alert.h"
#include "io/sys.h"

enum {
    MESSAGE_MAX = 4096,      /* bytes without the NUL, whatever the alert holds */
    MESSAGE_NAME_ROOM = 41,  /* site, node, sensor: as in alarm/envelope.h */
    MESSAGE_EVENT_ROOM = 97, /* event id, likewise */
    MESSAGE_TEXT_ROOM = 65,  /* site's name, mounting, version */
};

/* What a node is; the same in every message of a run. */
struct message_node {
    char site[MESSAGE_NAME_ROOM], node[MESSAGE_NAME_ROOM];
    char site_name[MESSAGE_TEXT_ROOM]; /* for people; "": none */
    char mounting[MESSAGE_TEXT_ROOM];  /* "ground floor, on the slab"; "": unknown */
    char software[MESSAGE_TEXT_ROOM];
    bool has_position;                  /* the three below */
    double latitude_deg, longitude_deg; /* WGS 84, north and east positive */
    double altitude_m;                  /* NaN: unknown */
};

/* What belongs to one revision beside the alert. */
struct message_about {
    char event_id[MESSAGE_EVENT_ROOM];
    char sensor[MESSAGE_NAME_ROOM];
    bool clock_known;  /* UTC is plausible: else sent, onset and sampled are null */
    bool clock_good;   /* and synchronised */
    int64_t t0_utc_ns; /* UTC of the alert's data time 0 */
    int64_t sent_utc_ms;
    int64_t sampled_utc_ns;                      /* of the sample that decided */
    double received_ms, detected_ms, decided_ms; /* after it; NaN: that stage took no part */
};

/* Writes the object and a NUL, no line end, into text. Where all reasons do not fit into MESSAGE_MAX, the last ones are
 * left out and `reasons_left_out` counts them. Returns the length; 0 and "": memory was refused. */
size_t message_write(const struct sys *sys, const struct message_node *node,
                     const struct message_about *about, const struct alert *alert,
                     char text[MESSAGE_MAX + 1]);

#endif
