/* json.h - JSON Lines out, JSON texts in.
 *
 * Writing: a `struct json` is an object or array under construction; it is written as one line. Keys appear
 * in the order in which they were put, numbers are rounded to a stated number of decimals, so equal input
 * gives equal bytes. A failure (memory refused, a key put on an array) is remembered and reported once, by
 * json_write_line, so that the caller builds without checking. Text that is not UTF-8 is repaired with U+FFFD
 * instead of giving an invalid line.
 *
 *     struct json *line = json_new_object(sys);
 *     json_put_text(line, "type", "pick");
 *     json_put_number(line, "onset_s", 12.34567, 3);
 *     if (json_write_line(line, &text, &n) == 0)
 *         ...
 *     json_free(line);
 *
 * Reading: json_parse gives a tree of `struct json_value`; every getter accepts NULL and a value of another
 * type, so a chain of getters ends in one check. Nothing in the text is trusted.
 *
 * (jansson, which parses, owns the names json_object, json_array and json_integer: hence json_new_ and
 * json_as_.) No global state; each tree belongs to one thread at a time. Decimal points follow LC_NUMERIC,
 * which this program leaves at "C". */
#ifndef TOCSIN_IO_JSON_H
#define TOCSIN_IO_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io/error.h"
#include "io/sys.h"

enum {
    JSON_DEPTH_MAX = 32,         /* nested arrays and objects that json_parse accepts */
    JSON_TEXT_MAX = 1024 * 1024, /* bytes that json_parse accepts; its tree takes up to 30 times as much */
    JSON_DECIMALS_MAX = 15,
};

struct json;

/* NULL where memory is refused; every function below accepts that NULL and json_write_line reports it. */
struct json *json_new_object(const struct sys *sys);
struct json *json_new_array(const struct sys *sys);
void json_free(struct json *json);  /* NULL is fine */
void json_reset(struct json *json); /* empty again, failure forgotten, memory kept: for the next line */

void json_put_text(struct json *object, const char *key, const char *text); /* NULL text: null */
void json_put_integer(struct json *object, const char *key, int64_t value);
void json_put_bool(struct json *object, const char *key, bool value);
void json_put_null(struct json *object, const char *key);
/* Rounded to 0..JSON_DECIMALS_MAX decimals, trailing zeros left out: 0.1235, 2, -17.5. From 1e15 on in
 * exponent notation. NaN and infinities are null: JSON has none. */
void json_put_number(struct json *object, const char *key, double value, int decimals);
/* Four significant digits: more than any sensor's calibration carries. */
void json_put_significant(struct json *object, const char *key, double value);
/* Takes the child, also when it fails: do not use or free it afterwards. */
void json_put(struct json *object, const char *key, struct json *child);

void json_add_text(struct json *array, const char *text);
void json_add_integer(struct json *array, int64_t value);
void json_add_bool(struct json *array, bool value);
void json_add_null(struct json *array);
void json_add_number(struct json *array, double value, int decimals);
void json_add(struct json *array, struct json *child);

/* The whole as one line: NUL-terminated, ending in \n; *length counts the \n. It belongs to `json` and is
 * valid until the next call with it. 0, or -ENOMEM, or -EINVAL (a key on an array, none on an object).
 * `length` may be NULL. */
int json_write_line(struct json *json, const char **line, size_t *length);

struct json_value; /* a parsed value; children belong to the root */

/* The root (an object or an array) is the caller's to json_value_free; NULL with err, "line 2 column 7: ...":
 * no JSON, no UTF-8, a key twice in one object, nested deeper than JSON_DEPTH_MAX, longer than JSON_TEXT_MAX.
 */
struct json_value *json_parse(const char *text, size_t n, struct error *err);
/* The same for a text of up to `max` bytes, where the caller can spare the memory. */
struct json_value *json_parse_large(const char *text, size_t n, size_t max, struct error *err);
void json_value_free(struct json_value *root); /* NULL is fine; only for what json_parse returned */

enum json_kind {
    JSON_KIND_NONE,
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY,
    JSON_KIND_TEXT,
    JSON_KIND_NUMBER,
    JSON_KIND_BOOL,
    JSON_KIND_NULL
};
enum json_kind json_kind(const struct json_value *value); /* NONE for NULL */

const struct json_value *json_get(const struct json_value *object, const char *key); /* NULL: none */
/* The key behind `key`, or the first where that is NULL; NULL at the end. In the order of the text. */
const char *json_next_key(const struct json_value *object, const char *key);
size_t json_count(const struct json_value *array);                          /* 0: none, or no array */
const struct json_value *json_at(const struct json_value *array, size_t i); /* NULL: none */
const char *json_as_text(const struct json_value *value);                   /* NULL: no text */
bool json_as_number(const struct json_value *value, double *out); /* false, *out untouched: no number */
bool json_as_integer(const struct json_value *value,
                     int64_t *out); /* likewise; 3.0 is a number, no integer */
bool json_as_bool(const struct json_value *value, bool *out);

#endif
