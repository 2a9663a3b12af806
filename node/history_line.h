/* history_line.h - what stands in one line of a journal, asked for without trusting any of it.
 *
 * Missing keys and keys of another type give what the caller says stands for nothing. */
#ifndef TOCSIN_NODE_HISTORY_LINE_H
#define TOCSIN_NODE_HISTORY_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "alarm/alert.h"
#include "io/json.h"

int64_t history_integer(const struct json_value *from, const char *key, int64_t otherwise);
double history_number(const struct json_value *from, const char *key); /* NAN: none */
bool history_truth(const struct json_value *from, const char *key);
const char *history_text(const struct json_value *from, const char *key); /* "": none */
bool history_is(const struct json_value *from, const char *key, const char *want);

/* Of the object's "level"; ALERT_NONE where it is none. */
enum alert_level history_level(const struct json_value *from);
/* Of the object's "scale"; GB/T where it is none. */
enum intensity_scale history_scale(const struct json_value *from);

/* A number of an event as the node gives them out: 1 .. UINT32_MAX - 1. 0: the line is of no event. */
uint32_t history_event_number(const struct json_value *line);

/* Text of the file for a person's eyes: what a terminal would act upon becomes '?'; at most `room` - 1 bytes, cut between
 * characters. Returns to. */
const char *history_visible(const char *text, char *to, size_t room);
/* As names and ids are made: letters, digits, '_', '.', '-', the first a letter or digit; anything else becomes '?'. */
const char *history_plain(const char *text, char *to, size_t room);
/* A line of JSON as it stands in the file, but that a terminal acts upon nothing in it. */
void history_put_json(FILE *out, const char *text);

#endif
