#include "io/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io/utf8.h"

struct json {
    const struct sys *sys;
    char *text; /* the opening bracket and what was put; always CLOSING bytes of room behind `used` */
    size_t used, room;
    char close; /* '}' or ']' */
    int failed; /* 0, -ENOMEM or -EINVAL */
};

enum { CLOSING = 3, FIRST_ROOM = 256 }; /* bracket, \n, NUL */

static bool reserve(struct json *json, size_t more)
{
    if (json->failed)
        return false;
    if (more > SIZE_MAX / 4 - json->used) {
        json->failed = -ENOMEM;
        return false;
    }
    size_t need = json->used + more + CLOSING;
    if (need <= json->room)
        return true;
    size_t room = json->room * 2 > need ? json->room * 2 : need;
    char *text = sys_alloc(json->sys, room);
    if (!text) {
        json->failed = -ENOMEM;
        return false;
    }
    memcpy(text, json->text, json->used);
    sys_free(json->sys, json->text);
    json->text = text;
    json->room = room;
    return true;
}

static void append(struct json *json, const char *text, size_t n)
{
    if (!reserve(json, n))
        return;
    memcpy(json->text + json->used, text, n);
    json->used += n;
}

static void append_quoted(struct json *json, const char *text)
{
    append(json, "\"", 1);
    for (const unsigned char *s = (const unsigned char *)text; *s;) {
        size_t n = utf8_length((const char *)s);
        if (n == 0) {
            append(json, "\xef\xbf\xbd", 3);
            s++;
            continue;
        }
        bool quote = *s == '"' || *s == '\\';
        if (quote || *s < 0x20 || *s == 0x7f) {
            char escape[8];
            int length = snprintf(escape, sizeof escape, quote ? "\\%c" : "\\u%04x", *s);
            append(json, escape, (size_t)length);
        } else {
            append(json, (const char *)s, n);
        }
        s += n;
    }
    append(json, "\"", 1);
}

/* What stands before a value: a comma unless it is the first, the key in an object. key is NULL for an array.
 */
static bool begin_value(struct json *json, const char *key)
{
    if (!json)
        return false;
    if (!json->failed && (key != NULL) != (json->close == '}'))
        json->failed = -EINVAL;
    if (json->used > 1)
        append(json, ",", 1);
    if (key) {
        append_quoted(json, key);
        append(json, ":", 1);
    }
    return !json->failed;
}

static struct json *new_json(const struct sys *sys, char open, char close)
{
    struct json *json = sys_alloc(sys, sizeof *json);

    if (!json)
        return NULL;
    *json = (struct json){.sys = sys, .close = close, .room = FIRST_ROOM, .used = 1};
    json->text = sys_alloc(sys, FIRST_ROOM);
    if (!json->text) {
        sys_free(sys, json);
        return NULL;
    }
    json->text[0] = open;
    return json;
}

struct json *json_new_object(const struct sys *sys)
{
    return new_json(sys, '{', '}');
}

struct json *json_new_array(const struct sys *sys)
{
    return new_json(sys, '[', ']');
}

void json_free(struct json *json)
{
    if (!json)
        return;
    sys_free(json->sys, json->text);
    sys_free(json->sys, json);
}

void json_reset(struct json *json)
{
    if (!json)
        return;
    json->used = 1;
    json->failed = 0;
}

static void value_text(struct json *json, const char *key, const char *text)
{
    if (!begin_value(json, key))
        return;
    if (text)
        append_quoted(json, text);
    else
        append(json, "null", 4);
}

static void value_integer(struct json *json, const char *key, int64_t value)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%" PRId64, value);

    if (begin_value(json, key))
        append(json, text, (size_t)n);
}

static void value_literal(struct json *json, const char *key, const char *literal)
{
    if (begin_value(json, key))
        append(json, literal, strlen(literal));
}

/* As short as `decimals` allow; returns the length. */
static size_t format_number(char *text, size_t size, double value, int decimals)
{
    if (!isfinite(value))
        return (size_t)snprintf(text, size, "null");
    if (fabs(value) >= 1e15)
        return (size_t)snprintf(text, size, "%.17g", value);
    decimals = decimals < 0 ? 0 : decimals > JSON_DECIMALS_MAX ? JSON_DECIMALS_MAX : decimals;
    size_t n = (size_t)snprintf(text, size, "%.*f", decimals, value);
    if (decimals > 0) {
        while (text[n - 1] == '0')
            n--;
        if (text[n - 1] == '.')
            n--;
    }
    if (n == 2 && text[0] == '-' && text[1] == '0') { /* a sign on zero would only make lines differ */
        text[0] = '0';
        n = 1;
    }
    return n;
}

static void value_number(struct json *json, const char *key, double value, int decimals)
{
    char text[64];
    size_t n = format_number(text, sizeof text, value, decimals);

    if (begin_value(json, key))
        append(json, text, n);
}

static void value_child(struct json *json, const char *key, struct json *child)
{
    if (json && !json->failed && (!child || child->failed))
        json->failed = child ? child->failed : -ENOMEM;
    if (child && begin_value(json, key)) {
        append(json, child->text, child->used);
        append(json, &child->close, 1);
    }
    json_free(child);
}

void json_put_text(struct json *object, const char *key, const char *text)
{
    value_text(object, key, text);
}

void json_put_integer(struct json *object, const char *key, int64_t value)
{
    value_integer(object, key, value);
}

void json_put_bool(struct json *object, const char *key, bool value)
{
    value_literal(object, key, value ? "true" : "false");
}

void json_put_null(struct json *object, const char *key)
{
    value_literal(object, key, "null");
}

void json_put_significant(struct json *object, const char *key, double value)
{
    double size = fabs(value);
    int decimals = size > 0 && isfinite(size) ? 3 - (int)floor(log10(size)) : 0;

    json_put_number(object, key, value,
                    decimals < 0                   ? 0
                    : decimals > JSON_DECIMALS_MAX ? JSON_DECIMALS_MAX
                                                   : decimals);
}

void json_put_number(struct json *object, const char *key, double value, int decimals)
{
    value_number(object, key, value, decimals);
}

void json_put(struct json *object, const char *key, struct json *child)
{
    value_child(object, key, child);
}

void json_add_text(struct json *array, const char *text)
{
    value_text(array, NULL, text);
}

void json_add_integer(struct json *array, int64_t value)
{
    value_integer(array, NULL, value);
}

void json_add_bool(struct json *array, bool value)
{
    value_literal(array, NULL, value ? "true" : "false");
}

void json_add_null(struct json *array)
{
    value_literal(array, NULL, "null");
}

void json_add_number(struct json *array, double value, int decimals)
{
    value_number(array, NULL, value, decimals);
}

void json_add(struct json *array, struct json *child)
{
    value_child(array, NULL, child);
}

int json_write_line(struct json *json, const char **line, size_t *length)
{
    if (!json)
        return -ENOMEM;
    if (json->failed)
        return json->failed;
    char *end = json->text + json->used;
    end[0] = json->close;
    end[1] = '\n';
    end[2] = '\0';
    *line = json->text;
    if (length)
        *length = json->used + 2;
    return 0;
}
