#include "node/history_line.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "io/utf8.h"

int64_t history_integer(const struct json_value *from, const char *key, int64_t otherwise)
{
    json_as_integer(json_get(from, key), &otherwise);
    return otherwise;
}

double history_number(const struct json_value *from, const char *key)
{
    double value = NAN;

    json_as_number(json_get(from, key), &value);
    return isfinite(value) ? value : NAN;
}

bool history_truth(const struct json_value *from, const char *key)
{
    bool value = false;

    json_as_bool(json_get(from, key), &value);
    return value;
}

const char *history_text(const struct json_value *from, const char *key)
{
    const char *text = json_as_text(json_get(from, key));

    return text ? text : "";
}

bool history_is(const struct json_value *from, const char *key, const char *want)
{
    return strcmp(history_text(from, key), want) == 0;
}

enum alert_level history_level(const struct json_value *from)
{
    for (int l = ALERT_WATCH; l <= ALERT_ALARM; l++)
        if (history_is(from, "level", alert_level_name((enum alert_level)l)))
            return (enum alert_level)l;
    return ALERT_NONE;
}

enum intensity_scale history_scale(const struct json_value *from)
{
    for (int s = 0; s < INTENSITY_SCALES; s++)
        if (history_is(from, "scale", intensity_scale_name((enum intensity_scale)s)))
            return (enum intensity_scale)s;
    return INTENSITY_GBT;
}

uint32_t history_event_number(const struct json_value *line)
{
    int64_t number = history_integer(line, "event_number", 0);

    return number > 0 && number < UINT32_MAX ? (uint32_t)number : 0;
}

const char *history_visible(const char *text, char *to, size_t room)
{
    size_t used = 0;

    while (*text) {
        size_t n = utf8_visible(text), step = n ? n : utf8_length(text);
        if (used + (n ? n : 1) >= room)
            break;
        if (n)
            memcpy(to + used, text, n);
        else
            to[used] = '?';
        used += n ? n : 1;
        text += step ? step : 1;
    }
    to[used] = 0;
    return to;
}

const char *history_plain(const char *text, char *to, size_t room)
{
    size_t n = 0;

    for (; text[n] && n + 1 < room; n++) {
        unsigned char c = (unsigned char)text[n];
        to[n] = isascii(c) && (isalnum(c) || (n > 0 && strchr("_.-", c))) ? (char)c : '?';
    }
    to[n] = 0;
    return to;
}

/* Within strings JSON has no control characters of ASCII, outside of them nothing else that is escaped here. */
void history_put_json(FILE *out, const char *text)
{
    while (*text) {
        size_t n = utf8_length(text);
        if (n == 0) { /* no JSON that was parsed before */
            fputc('?', out);
            n = 1;
        } else if (n == 1 && *text != 0x7f) {
            fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
        } else if (utf8_visible(text)) {
            fwrite(text, 1, n, out);
        } else {
            unsigned code = n == 1   ? (unsigned char)text[0]
                            : n == 2 ? ((unsigned)text[0] & 0x1fu) << 6 | ((unsigned)text[1] & 0x3fu)
                                     : ((unsigned)text[0] & 0xfu) << 12 | ((unsigned)text[1] & 0x3fu) << 6 |
                                           ((unsigned)text[2] & 0x3fu);
            fprintf(out, "\\u%04x", code & 0xffffu);
        }
        text += n;
    }
    fputc('\n', out);
}
