#include "io/json.h"

#include <jansson.h>
#include <string.h>

/* A json_value is a json_t under our name: jansson's header stays in this file. */
static const json_t *node(const struct json_value *value)
{
    return (const json_t *)value;
}

static const struct json_value *value_of(const json_t *json)
{
    return (const struct json_value *)json;
}

/* Deepest nesting outside of strings. jansson recurses up to its own limit of 2048, a stack that we do not
 * grant. */
static size_t depth_of(const char *text, size_t n)
{
    size_t depth = 0, deepest = 0;
    bool quoted = false;

    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest)
                deepest = depth;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

struct json_value *json_parse(const char *text, size_t n, struct error *err)
{
    return json_parse_large(text, n, JSON_TEXT_MAX, err);
}

struct json_value *json_parse_large(const char *text, size_t n, size_t max, struct error *err)
{
    json_error_t why;

    if (n > max) {
        error_set(err, "%zu bytes of JSON, at most %zu are read", n, max);
        return NULL;
    }
    if (depth_of(text, n) > JSON_DEPTH_MAX) {
        error_set(err, "JSON nested deeper than %d", JSON_DEPTH_MAX);
        return NULL;
    }
    if (memchr(text, 0, n)) { /* jansson passes over one behind a number */
        error_set(err, "a NUL byte is no JSON");
        return NULL;
    }
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    if (!root)
        error_set(err, "line %d column %d: %s", why.line, why.column, why.text);
    return (struct json_value *)root;
}

void json_value_free(struct json_value *root)
{
    json_decref((json_t *)root);
}

enum json_kind json_kind(const struct json_value *value)
{
    if (!value)
        return JSON_KIND_NONE;
    switch (json_typeof(node(value))) {
    case JSON_OBJECT:
        return JSON_KIND_OBJECT;
    case JSON_ARRAY:
        return JSON_KIND_ARRAY;
    case JSON_STRING:
        return JSON_KIND_TEXT;
    case JSON_INTEGER:
    case JSON_REAL:
        return JSON_KIND_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return JSON_KIND_BOOL;
    case JSON_NULL:
        return JSON_KIND_NULL;
    }
    return JSON_KIND_NONE;
}

const struct json_value *json_get(const struct json_value *object, const char *key)
{
    return value_of(json_object_get(node(object), key));
}

const char *json_next_key(const struct json_value *object, const char *key)
{
    json_t *of = (json_t *)(uintptr_t)node(object); /* jansson iterates without const, but does not write */
    void *at = key ? json_object_iter_next(of, json_object_iter_at(of, key)) : json_object_iter(of);

    return at ? json_object_iter_key(at) : NULL;
}

size_t json_count(const struct json_value *array)
{
    return json_array_size(node(array));
}

const struct json_value *json_at(const struct json_value *array, size_t i)
{
    return value_of(json_array_get(node(array), i));
}

const char *json_as_text(const struct json_value *value)
{
    return json_string_value(node(value));
}

bool json_as_number(const struct json_value *value, double *out)
{
    if (json_kind(value) != JSON_KIND_NUMBER)
        return false;
    *out = json_number_value(node(value));
    return true;
}

bool json_as_integer(const struct json_value *value, int64_t *out)
{
    if (!value || !json_is_integer(node(value)))
        return false;
    *out = json_integer_value(node(value));
    return true;
}

bool json_as_bool(const struct json_value *value, bool *out)
{
    if (json_kind(value) != JSON_KIND_BOOL)
        return false;
    *out = json_is_true(node(value));
    return true;
}
