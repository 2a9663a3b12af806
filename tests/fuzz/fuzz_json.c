/* JSON on any bytes: parsed and walked through; and written as a text, which must come back from the parser.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/json.h"

static void check(bool kept, const char *promise)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

static size_t walk(const struct json_value *value, int depth)
{
    size_t n = 1;
    double number;
    int64_t integer;
    bool truth;

    check(depth <= JSON_DEPTH_MAX + 1, "bounded depth"); /* a leaf hangs below the deepest array */
    check(json_kind(value) != JSON_KIND_NONE, "every element is something");
    check(!json_as_integer(value, &integer) || json_as_number(value, &number), "an integer is a number");
    json_as_bool(value, &truth);
    json_as_text(value);
    json_get(value, "a");
    for (size_t i = 0; i < json_count(value); i++)
        n += walk(json_at(value, i), depth + 1);
    return n;
}

static void parse(const char *text, size_t size)
{
    struct error err = {""};
    struct json_value *root = json_parse(text, size, &err);

    check(root || err.text[0], "a refusal says why");
    if (root)
        check(walk(root, 1) <= size, "no more values than bytes");
    json_value_free(root);
}

/* `text` without its NUL bytes' remainder, as key and value. */
static void round_trip(const char *text)
{
    struct json *line = json_new_object(&sys_real), *list = json_new_array(&sys_real);
    struct error err = {""};
    const char *out;
    size_t length;
    double number = 0;

    memcpy(&number, text, strlen(text) < sizeof number ? strlen(text) : sizeof number);
    json_add_text(list, text);
    json_add_number(list, number, text[0] % 20);
    json_put(line, text, list);
    check(json_write_line(line, &out, &length) == 0 && out[length - 1] == '\n' && strlen(out) == length,
          "one line");
    check(strchr(out, '\n') == out + length - 1, "and only one");
    if (length <= JSON_TEXT_MAX) {
        struct json_value *root = json_parse(out, length, &err);
        check(root, err.text);
        json_value_free(root);
    }
    json_free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    parse(text, size);
    round_trip(text);
    free(text);
    return 0;
}
