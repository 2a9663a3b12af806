/* conf.h - the configuration: one table of rows per module, one file of libconfig text, `--set` on top.
 *
 * A row names a key, its type, unit, range, default, one line of help and the source of its value. The table
 * parses, checks, prints the effective values with where each came from, and documents itself: nothing about
 * a key is written twice. Unknown key, wrong type, bad unit or range: refused with FILE:LINE and what is
 * allowed; never repaired. Used at start only, by one thread. */
#ifndef TOCSIN_IO_CONF_H
#define TOCSIN_IO_CONF_H

#include <stddef.h>
#include <stdio.h>

#include "io/error.h"
#include "io/sys.h"

enum { CONF_VALUES_MAX = 16, CONF_TEXT_MAX = 128, CONF_NAME_MAX = 32 };

enum conf_type {
    CONF_REAL,   /* double, or double[count] as a list */
    CONF_INT,    /* int */
    CONF_BOOL,   /* bool */
    CONF_CHOICE, /* int: index into choices */
    CONF_TEXT,   /* char[CONF_TEXT_MAX] */
};

struct conf_row {
    const char *key; /* "onset.noise_window_s": group and name; the unit is part of the name */
    enum conf_type type;
    size_t offset; /* of the value inside the table's target struct */
    size_t count;  /* 0 or 1: one value; more: CONF_REAL list of exactly so many, at most CONF_VALUES_MAX */
    const char *initial; /* the default as it would stand in the file: "12.0", "[0.75, 0.6]", "true", "gbt" */
    double min, max;     /* allowed range of numbers, inclusive; both 0: any finite number */
    const char *choices; /* CONF_CHOICE: "gbt|jma|mmi" */
    const char *help;    /* one line */
    const char *source;  /* where the default comes from; NULL where it needs none */
};

struct conf_origin {
    char where[CONF_TEXT_MAX]; /* "default", "FILE:LINE" or "--set" */
};

struct conf_name {
    char text[CONF_NAME_MAX]; /* a letter, then letters, digits, _ and - */
};

/* Rows that stand once for each thing that the configuration names: `lines = { gas = {...}; strobe = {...}; };`.
 * The table's rows then have keys relative to one of them ("chip" is lines.gas.chip), its target is an array
 * of `max` structs `stride` bytes apart and its origin one of max * rows. A name is made by the first key that has
 * it, in the file or in a --set, in that order; what the others of its rows hold is their default. */
struct conf_group {
    const char *name; /* "lines": one word; no other row's key begins with it */
    const char *help; /* what one of them is, one line */
    size_t max, stride;
    size_t *count;             /* out: how many there are */
    struct conf_name *names;   /* out: [max], what they are called */
    const char *const *preset; /* those that are there unwritten: "siren.output=siren", NULL at the end */
};

struct conf_table {
    const struct conf_row *row;
    size_t rows;
    void *target;                   /* the struct that the offsets point into */
    struct conf_origin *origin;     /* of each row's value, [rows], filled by conf_load; NULL: not wanted */
    const struct conf_group *group; /* NULL: the rows stand once */
};

/* Fills every table's target: defaults, then FILE (NULL: none), then each "key=value" of sets (of two with
 * the same key the later counts). 0, or -1 with err; the targets are then undefined. Unknown keys are refused
 * with the nearest known one; a key or group that stands twice in the file too, with the second one's line.
 *
 * A line `@include "NAME"` puts in a file from the including file's folder or below it (no absolute path, no
 * `..`), at most 8 deep, 64 files in all; everything together at most 1 MiB and 65000 lines. Every file is
 * read through sys. A whole number may stand for a real; one that does not fit its type is refused
 * (libconfig 1.5 would cut it), nan and infinity are. A list may be written (1, 0.5) or [1, 0.5]. In a --set,
 * text and choices need no quotes. */
int conf_load(const struct conf_table *table, size_t tables, const struct sys *sys, const char *file,
              const char *const *sets, size_t nsets, struct error *err);
/* The same with several files on top of each other: of two that have the same key the later one counts. NULL among
 * them is none. */
int conf_load_layers(const struct conf_table *table, size_t tables, const struct sys *sys,
                     const char *const *files, size_t nfiles, const char *const *sets, size_t nsets,
                     struct error *err);
/* Where the value of a row comes from, for the checks that no single row can make: "FILE:LINE", "--set",
 * "default", or the key itself where the table has no origin. instance: of a group, else 0. Returns to. */
const char *conf_where(const struct conf_table *table, size_t instance, const char *key, char *to,
                       size_t room);
/* What a row allows, in words, for messages: "a number from 0 to 10". Returns to. */
const char *conf_allowed(const struct conf_row *row, char *to, size_t room);
/* Effective values as a file that conf_load accepts; comments say range, help, the default's source and (with
 * origin) where the value in force came from. */
void conf_print(const struct conf_table *table, size_t tables, FILE *out);
/* The rows as a man page's section (roff), from the same table. */
void conf_manual(const struct conf_table *table, size_t tables, FILE *out);

#endif
