#include "io/conf_text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '+' || c == '-' || c == '*';
}

/* libconfig 1.5 cuts whole numbers to 32 bits and reads "." as 0 without a word: look at every number before
 * it does. */
static const char *number_fault(const char *word, size_t n)
{
    char copy[64], *end;
    const char *digits = copy;
    long long whole;

    if (n >= sizeof copy)
        return "is too long for a number";
    memcpy(copy, word, n);
    copy[n] = '\0';
    errno = 0;
    if (*digits == '+' || *digits == '-')
        digits++;
    whole = strtoll(copy, &end, digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') ? 16 : 10);
    if (end[0] == 'L' && errno == 0)
        end += end[1] == 'L' ? 2 : 1;
    else if (*end == '\0' && (whole > INT_MAX || whole < INT_MIN))
        errno = ERANGE;
    if (end != copy && *end == '\0')
        return errno ? "is too large for a whole number; a real has a decimal point" : NULL;
    if (!isfinite(strtod(copy, &end)))
        return "is not a finite number";
    return end == copy || *end ? "is not a number" : NULL;
}

int conf_text_check(char *line, size_t n, bool *in_comment, const char *where, struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        char next = i + 1 < n ? line[i + 1] : '\0';

        if (*in_comment) {
            if (line[i] == '*' && next == '/') {
                *in_comment = false;
                i++;
            }
        } else if (line[i] == '#' || (line[i] == '/' && next == '/')) {
            return 0;
        } else if (line[i] == '/' && next == '*') {
            *in_comment = true;
            i++;
        } else if (line[i] == '"') {
            for (i++; i < n && line[i] != '"'; i++)
                if (line[i] == '\\')
                    i++;
            if (i >= n)
                return error_set(err, "%s: the text is not closed by \" on its line", where);
        } else if (line[i] == '[') {
            line[i] = '(';
        } else if (line[i] == ']') {
            line[i] = ')';
        } else if (is_word(line[i])) {
            size_t start = i, first;
            const char *fault;

            while (i + 1 < n && is_word(line[i + 1]))
                i++;
            first = start + (line[start] == '+' || line[start] == '-');
            if (first <= i && !isdigit((unsigned char)line[first]) && line[first] != '.')
                continue; /* a name */
            fault = number_fault(line + start, i + 1 - start);
            if (fault)
                return error_set(err, "%s: \"%.*s\" %s", where, (int)(i + 1 - start), line + start, fault);
        }
    }
    return 0;
}

static int read_all(const struct sys *sys, const char *path, char *to, size_t *size, struct error *err)
{
    int fd = sys->open_read(sys->ctx, path);
    size_t have = 0;
    int failed = 0;

    if (fd < 0)
        return error_set(err, "%s: cannot open: %s", path, sys_open_fault(errno));
    while (have <= CONF_FILE_MAX) {
        ssize_t n = sys->read(sys->ctx, fd, to + have, CONF_FILE_MAX + 1 - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            failed = error_set(err, "%s: cannot read: %s", path, strerror(errno));
        if (n <= 0)
            break;
        have += (size_t)n;
    }
    sys->close(sys->ctx, fd);
    if (!failed && have > CONF_FILE_MAX)
        failed = error_set(err, "%s: larger than a configuration may be (1 MiB)", path);
    if (!failed && memchr(to, '\0', have))
        failed = error_set(err, "%s: not a text file (it has a zero byte)", path);
    *size = have;
    return failed;
}

static int add_segment(struct conf_text *t, int file, int file_line)
{
    t->segment[t->segments++] = (struct conf_segment){t->line, file, file_line};
    return 0;
}

static bool is_include(const char *line, size_t n)
{
    static const char word[] = "@include";

    while (n && (*line == ' ' || *line == '\t')) {
        line++;
        n--;
    }
    return n >= sizeof word - 1 && !memcmp(line, word, sizeof word - 1);
}

/* The path of the file that an include line names: in the folder of the file `from`, or below it. */
static int include_path(const char *line, size_t n, const char *from, char *to, const char *where,
                        struct error *err)
{
    const char *open = memchr(line, '"', n);
    const char *shut = open ? memchr(open + 1, '"', n - (size_t)(open + 1 - line)) : NULL;
    const char *slash = strrchr(from, '/');
    int folder = slash ? (int)(slash + 1 - from) : 0, name;

    if (!shut || shut == open + 1)
        return error_set(err, "%s: @include needs a file name: @include \"NAME\"", where);
    for (const char *c = shut + 1; c < line + n && *c != '#' && *c != '/'; c++)
        if (!isspace((unsigned char)*c))
            return error_set(err, "%s: @include \"NAME\" stands alone on its line", where);
    name = (int)(shut - open - 1);
    if (open[1] == '/' || memmem(open, (size_t)(shut - open), "..", 2))
        return error_set(err, "%s: @include \"%.*s\": only files beside this one or in a folder below it",
                         where, name, open + 1);
    if (snprintf(to, CONF_PATH_SIZE, "%.*s%.*s", folder, from, name, open + 1) >= CONF_PATH_SIZE)
        return error_set(err, "%s: @include: the path is too long", where);
    return 0;
}

static int add_file(struct conf_text *t, const char *path, int depth, struct error *err);

static int add_line(struct conf_text *t, int file, int depth, int *file_line, char *line, size_t n,
                    bool *in_comment, struct error *err)
{
    char where[CONF_WHERE_SIZE], path[CONF_PATH_SIZE];

    snprintf(where, sizeof where, "%s:%d", t->path[file], *file_line);
    ++*file_line;
    if (!*in_comment && is_include(line, n)) {
        if (include_path(line, n, t->path[file], path, where, err))
            return -1;
        if (depth == CONF_DEPTH_MAX)
            return error_set(err, "%s: @include: more than %d deep; does a file include itself?", where,
                             CONF_DEPTH_MAX);
        if (t->files == CONF_FILES_MAX)
            return error_set(err, "%s: @include: more than %d files", where, CONF_FILES_MAX);
        return add_file(t, path, depth + 1, err) ? -1 : add_segment(t, file, *file_line);
    }
    if (t->size + n + 1 > CONF_FILE_MAX || t->line == CONF_LINES_MAX)
        return error_set(err, "%s: with its includes larger than a configuration may be (1 MiB, %d lines)",
                         where, CONF_LINES_MAX);
    if (conf_text_check(line, n, in_comment, where, err))
        return -1;
    memcpy(t->at + t->size, line, n);
    t->size += n;
    t->at[t->size++] = '\n';
    t->line++;
    return 0;
}

static int add_file(struct conf_text *t, const char *path, int depth, struct error *err)
{
    char *bytes;
    size_t size = 0, at = 0;
    int file = t->files, line = 1, result;
    bool in_comment = false;

    if (strlen(path) >= CONF_PATH_SIZE)
        return error_set(err, "%s: the path is too long", path);
    memcpy(t->path[file], path, strlen(path) + 1);
    t->files++;
    bytes = sys_alloc(t->sys, CONF_FILE_MAX + 1);
    if (!bytes)
        return error_set(err, "%s: no memory to read it", path);
    add_segment(t, file, 1);
    result = read_all(t->sys, path, bytes, &size, err);
    while (result == 0 && at < size) {
        char *end = memchr(bytes + at, '\n', size - at);
        size_t n = end ? (size_t)(end - bytes) - at : size - at;

        result = add_line(t, file, depth, &line, bytes + at, n, &in_comment, err);
        at += n + 1;
    }
    if (result == 0 && in_comment)
        result = error_set(err, "%s: a comment /* is not closed", path);
    sys_free(t->sys, bytes);
    return result;
}

int conf_text_read(struct conf_text *t, const struct sys *sys, const char *path, struct error *err)
{
    memset(t, 0, sizeof *t);
    t->sys = sys;
    t->line = 1;
    t->at = sys_alloc(sys, CONF_FILE_MAX + 1);
    if (!t->at)
        return error_set(err, "%s: no memory to read it", path);
    if (add_file(t, path, 0, err))
        return -1;
    t->at[t->size] = '\0';
    return 0;
}

void conf_text_free(struct conf_text *t)
{
    sys_free(t->sys, t->at);
    t->at = NULL;
}

void conf_text_where(const struct conf_text *t, int line, char to[CONF_WHERE_SIZE])
{
    const struct conf_segment *s;
    int i = t->segments - 1;

    while (i > 0 && t->segment[i].line > line)
        i--;
    s = &t->segment[i];
    snprintf(to, CONF_WHERE_SIZE, "%s:%d", t->path[s->file], s->file_line + line - s->line);
}
