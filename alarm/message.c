#include "alarm/message.h"

#include <math.h>
#include <string.h>

#include "alarm/alert_json.h"
#include "io/json.h"
#include "io/utc.h"

static void put_utc(struct json *to, const char *key, bool known, int64_t utc_ns)
{
    char text[40];

    json_put_text(to, key, known && utc_format(utc_ns, text, sizeof text) > 0 ? text : NULL);
}

/* Control characters become blanks: JSON would make six bytes of each, and no name has any. "": null. */
static void put_text(struct json *to, const char *key, const char *text)
{
    char plain[MESSAGE_EVENT_ROOM];
    size_t n = strnlen(text, sizeof plain - 1);

    for (size_t i = 0; i < n; i++)
        plain[i] = (char)((unsigned char)text[i] < ' ' ? ' ' : text[i]);
    plain[n] = '\0';
    json_put_text(to, key, n ? plain : NULL);
}

static struct json *position(const struct sys *sys, const struct message_node *n)
{
    struct json *to = json_new_object(sys);

    json_put_number(to, "latitude_deg", n->latitude_deg, 5); /* a metre */
    json_put_number(to, "longitude_deg", n->longitude_deg, 5);
    json_put_number(to, "altitude_m", n->altitude_m, 1);
    return to;
}

static struct json *stages(const struct sys *sys, const struct message_about *a)
{
    struct json *to = json_new_object(sys);

    put_utc(to, "sampled", a->clock_known, a->sampled_utc_ns);
    json_put_number(to, "received_ms", a->received_ms, 3);
    json_put_number(to, "detected_ms", a->detected_ms, 3);
    json_put_number(to, "decided_ms", a->decided_ms, 3);
    return to;
}

static void put_head(struct json *line, const struct sys *sys, const struct message_node *n,
                     const struct message_about *a)
{
    json_put_text(line, "schema", "tocsin.alert/1");
    json_put_text(line, "type", "alert");
    put_text(line, "site", n->site);
    put_text(line, "node", n->node);
    put_text(line, "event_id", a->event_id);
    put_utc(line, "sent", a->clock_known, a->sent_utc_ms * 1000000);
    json_put_text(line, "clock",
                  !a->clock_known ? "unknown"
                  : a->clock_good ? "synchronised"
                                  : "unsynchronised");
    put_text(line, "sensor", a->sensor);
    put_text(line, "site_name", n->site_name);
    put_text(line, "mounting", n->mounting);
    if (n->has_position)
        json_put(line, "position", position(sys, n));
    else
        json_put_null(line, "position");
    put_text(line, "software", n->software);
    json_put(line, "stages", stages(sys, a));
}

size_t message_write(const struct sys *sys, const struct message_node *node,
                     const struct message_about *about, const struct alert *alert, char text[MESSAGE_MAX + 1])
{
    struct alert fitting = *alert;
    struct json *line = json_new_object(sys);
    size_t n = 0;

    text[0] = '\0';
    for (; fitting.reasons >= 0; fitting.reasons--) {
        const char *written;

        put_head(line, sys, node, about);
        alert_json_put(line, sys, &fitting, about->clock_known ? &about->t0_utc_ns : NULL);
        if (fitting.reasons < alert->reasons)
            json_put_integer(line, "reasons_left_out", alert->reasons - fitting.reasons);
        if (json_write_line(line, &written, &n) != 0) {
            n = 0;
            break;
        }
        n--; /* its \n */
        if (n <= MESSAGE_MAX) {
            memcpy(text, written, n);
            text[n] = '\0';
            break;
        }
        n = 0;
        json_reset(line);
    }
    json_free(line);
    return n;
}
