/* conf_text.h - a configuration file on its way to the parser: includes put in, numbers looked at, lines
 * remembered.
 *
 * Inside of io/conf.c. The parser would open included files by itself, past struct sys, and cuts whole
 * numbers to 32 bits without a word; so it is given one text in which neither is left to it. */
#ifndef TOCSIN_IO_CONF_TEXT_H
#define TOCSIN_IO_CONF_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "io/error.h"
#include "io/sys.h"

/* LINES_MAX: libconfig keeps line numbers in 16 bits. */
enum {
    CONF_FILE_MAX = 1 << 20,
    CONF_LINES_MAX = 65000,
    CONF_DEPTH_MAX = 8,
    CONF_FILES_MAX = 64,
    CONF_PATH_SIZE = 256,
    CONF_WHERE_SIZE = CONF_PATH_SIZE + 16
};

/* From this line of the text on, the lines are those of one file. */
struct conf_segment {
    int line, file, file_line;
};

struct conf_text {
    const struct sys *sys;
    char *at; /* CONF_FILE_MAX + 1 bytes, a string when read */
    size_t size;
    int line; /* that comes next, from 1 */
    int files, segments;
    char path[CONF_FILES_MAX][CONF_PATH_SIZE];
    struct conf_segment segment[2 * CONF_FILES_MAX];
};

/* The whole text of a file with what it includes: 0, or -1 with err. The caller frees it in both cases. */
int conf_text_read(struct conf_text *t, const struct sys *sys, const char *path, struct error *err);
void conf_text_free(struct conf_text *t);
/* "FILE:LINE" of a line of the text. */
void conf_text_where(const struct conf_text *t, int line, char to[CONF_WHERE_SIZE]);

/* Looks at one line of n bytes: strings closed, numbers finite and not cut by the parser; [ ] become ( ), for
 * the parser's arrays refuse [1, 0.5] as of mixed types while its lists do not. */
int conf_text_check(char *line, size_t n, bool *in_comment, const char *where, struct error *err);

#endif
