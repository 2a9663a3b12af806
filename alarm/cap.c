#include "alarm/cap.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "alarm/cap_words.h"
#include "io/utc.h"
#include "io/utf8.h"

/* 2020-01-01 and 2100-01-01 */
#define TIME_MIN_S INT64_C(1577836800)
#define TIME_MAX_S INT64_C(4102444800)
enum { TIME_ROOM = 40 };

struct out {
    char *text;
    size_t n, room;
    bool full;
};

static __attribute__((format(printf, 2, 3))) void put(struct out *o, const char *format, ...)
{
    va_list list;
    int n;

    va_start(list, format);
    n = vsnprintf(o->text + o->n, o->room - o->n, format, list);
    va_end(list);
    if (n < 0 || (size_t)n >= o->room - o->n)
        o->full = true;
    else
        o->n += (size_t)n;
}

/* What XML cannot hold, control characters and what is no UTF-8, becomes a question mark. */
static void put_escaped(struct out *o, const char *text)
{
    while (*text) {
        size_t n = utf8_visible(text);
        if (n == 0)
            put(o, "?");
        else if (*text == '&')
            put(o, "&amp;");
        else if (*text == '<')
            put(o, "&lt;");
        else if (*text == '>')
            put(o, "&gt;");
        else
            put(o, "%.*s", (int)n, text);
        text += n ? n : 1;
    }
}

static void put_element(struct out *o, const char *name, const char *text)
{
    put(o, "<%s>", name);
    put_escaped(o, text);
    put(o, "</%s>\n", name);
}

static void put_parameter(struct out *o, const char *name, const char *value)
{
    put(o, "<parameter>");
    put_element(o, "valueName", name);
    put_element(o, "value", value);
    put(o, "</parameter>\n");
}

/* CAP 1.2, 3.3.2: an offset, never Z, and UTC as -00:00. */
static const char *time_text(int64_t utc_s, char text[TIME_ROOM])
{
    utc_format(utc_s * UTC_SECOND_NS, text, TIME_ROOM);
    memcpy(text + 19, "-00:00", sizeof "-00:00");
    return text;
}

static bool time_fits(int64_t utc_s)
{
    return utc_s >= TIME_MIN_S && utc_s < TIME_MAX_S;
}

static bool name_fits(const char *name)
{
    return name && *name && !strpbrk(name, " ,<&\t\r\n");
}

static bool place_fits(const struct cap *c)
{
    return !c->has_position || (fabs(c->latitude_deg) <= 90 && fabs(c->longitude_deg) <= 180 &&
                                c->radius_km >= 0 && c->radius_km <= 20000);
}

static bool fits(const struct cap *c)
{
    bool ok = place_fits(c) && name_fits(c->sender) && name_fits(c->identifier) && name_fits(c->incident) &&
              time_fits(c->sent_utc_s) && time_fits(c->onset_utc_s) && c->expires_s >= 0 &&
              time_fits(c->sent_utc_s + c->expires_s) && (c->kind == CAP_ALERT) == (c->references == 0) &&
              c->references >= 0 && c->references <= CAP_REFERENCES_MAX;

    for (int i = 0; ok && i < c->references; i++)
        ok = name_fits(c->reference[i].identifier) && time_fits(c->reference[i].sent_utc_s);
    return ok;
}

static bool over(const struct cap *c)
{
    return c->kind >= CAP_CANCEL;
}

static const char *status(const struct cap *c)
{
    return c->status == ALERT_ACTUAL ? "Actual" : c->status == ALERT_EXERCISE ? "Exercise" : "Test";
}

static const char *message_type(const struct cap *c)
{
    return c->kind == CAP_ALERT ? "Alert" : c->kind == CAP_CANCEL ? "Cancel" : "Update";
}

static const char *response(const struct cap *c)
{
    static const char *const by_level[] = {"Monitor", "Monitor", "Prepare", "Shelter"};

    return c->kind == CAP_ALL_CLEAR ? "AllClear"
           : c->kind == CAP_ENDED   ? "Assess"
           : c->kind == CAP_CANCEL  ? "None"
                                    : by_level[c->level];
}

static const char *severity(const struct cap *c)
{
    static const char *const by_level[] = {"Unknown", "Minor", "Moderate", "Severe"};

    return c->reached >= ALERT_THRESHOLDS ? "Extreme" : by_level[c->level];
}

/* CAP 1.2, 3.2.2: Likely is p > 0.5, Possible p <= 0.5. */
static const char *certainty(const struct cap *c)
{
    return c->kind == CAP_CANCEL        ? "Unlikely"
           : c->basis == ALERT_OBSERVED ? "Observed"
           : c->p > 0.5                 ? "Likely"
                                        : "Possible";
}

static void put_head(struct out *o, const struct cap *c)
{
    char time[TIME_ROOM];

    put(o, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alert "
           "xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n");
    put_element(o, "identifier", c->identifier);
    put_element(o, "sender", c->sender);
    put_element(o, "sent", time_text(c->sent_utc_s, time));
    put_element(o, "status", status(c));
    put_element(o, "msgType", message_type(c));
    if (c->authority && *c->authority) {
        put(o, "<source>public scope permitted by ");
        put_escaped(o, c->authority);
        put(o, "</source>\n<scope>Public</scope>\n");
    } else {
        put(o, "<scope>Restricted</scope>\n<restriction>For the premises only: ");
        put_escaped(o, c->site_name);
        put(o, "</restriction>\n");
    }
    if (c->note)
        put_element(o, "note", c->note);
    if (c->references)
        put(o, "<references>");
    for (int i = 0; i < c->references; i++) {
        put(o, "%s", i ? " " : "");
        put_escaped(o, c->sender);
        put(o, ",");
        put_escaped(o, c->reference[i].identifier);
        put(o, ",%s", time_text(c->reference[i].sent_utc_s, time));
    }
    if (c->references)
        put(o, "</references>\n");
    put_element(o, "incidents", c->incident);
}

static void put_headline(struct out *o, const struct cap *c, const struct cap_words *w)
{
    put(o, "<headline>");
    if (c->status != ALERT_ACTUAL)
        put(o, "%s: ", c->status == ALERT_EXERCISE ? w->exercise : w->test);
    put(o, "%s</headline>\n", over(c) ? w->ending[c->kind - CAP_CANCEL] : w->level[c->level]);
}

static void put_area(struct out *o, const struct cap *c)
{
    put(o, "<area>");
    put_element(o, "areaDesc", c->site_name);
    if (c->has_position)
        put(o, "<circle>%.5f,%.5f %.3f</circle>", c->latitude_deg, c->longitude_deg, c->radius_km);
    put(o, "</area>\n");
}

static void put_info(struct out *o, const struct cap *c, const struct cap_words *w)
{
    char time[TIME_ROOM];

    put(o, "<info>\n<language>%s</language>\n<category>Geo</category>\n<event>%s</event>\n", w->language,
        w->event);
    put_element(o, "responseType", response(c));
    put_element(o, "urgency", over(c) ? "Past" : "Immediate");
    put_element(o, "severity", severity(c));
    put_element(o, "certainty", certainty(c));
    put_element(o, "onset", time_text(c->onset_utc_s, time));
    put_element(o, "expires", time_text(c->sent_utc_s + c->expires_s, time));
    put_element(o, "senderName", c->site_name);
    put_headline(o, c, w);
    put_element(o, "description", w->limits);
    if (!over(c))
        put_element(o, "instruction", w->instruction);
    if (isfinite(c->intensity) && fabs(c->intensity) < 100) {
        char number[64];
        snprintf(number, sizeof number, "%.1f", c->intensity);
        put_parameter(o, "intensity", number);
        put_parameter(o, "scale", c->scale);
    }
    put_parameter(o, "clock", c->clock_good ? "synchronised" : "unsynchronised");
    put_area(o, c);
    put(o, "</info>\n");
}

size_t cap_write(const struct cap *cap, char *text, size_t room)
{
    struct out o = {text, 0, room, false};

    if (room == 0)
        return 0;
    text[0] = '\0';
    if (!fits(cap))
        return 0;
    put_head(&o, cap);
    for (unsigned i = 0; i < CAP_LANGUAGES; i++)
        if (cap->languages == 0 || cap->languages >> i & 1)
            put_info(&o, cap, &cap_words[i]);
    put(&o, "</alert>\n");
    if (o.full)
        o.n = 0;
    text[o.n] = '\0';
    return o.n;
}
