#include "node/score_select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cmd.h"

enum { KINDS_TOLD = 32 };

/* Is one of the comma-separated words the text (or, `within`, a part of it)? No list: yes. */
static bool listed(const char *list, const char *text, bool within)
{
    size_t n;

    if (!list)
        return true;
    for (; *list; list += n + (list[n] == ',')) {
        n = strcspn(list, ",");
        if (n == 0)
            continue;
        if (within ? memmem(text, strlen(text), list, n) != NULL
                   : strlen(text) == n && strncmp(text, list, n) == 0)
            return true;
    }
    return false;
}

static int by_id(const void *a, const void *b)
{
    return strcmp((*(const struct catalogue_row *const *)a)->id,
                  (*(const struct catalogue_row *const *)b)->id);
}

static int by_kind(const void *a, const void *b)
{
    return strcmp((*(const struct catalogue_row *const *)a)->kind,
                  (*(const struct catalogue_row *const *)b)->kind);
}

/* "activity, noise, quake": of the rows, sorted by kind. */
static void name_kinds(char *to, size_t size, const struct catalogue_row *const *row, size_t rows)
{
    size_t n = 0, kinds = 0;

    to[0] = 0;
    for (size_t i = 0; i < rows; i++) {
        if (i > 0 && by_kind(&row[i - 1], &row[i]) == 0)
            continue;
        int more = snprintf(to + n, size - n, "%s%.40s", kinds ? ", " : "", row[i]->kind);
        if (++kinds > KINDS_TOLD || (size_t)more + 5 >= size - n) {
            snprintf(to + n, size - n, ", ..");
            return;
        }
        n += (size_t)more;
    }
}

/* Every word of the list is a kind that the rows have, or one that means something to the scores. */
static int check_kinds(const char *list, const struct catalogue_row *const *row, size_t rows,
                       struct error *err)
{
    size_t n;

    for (; list && *list; list += n + (list[n] == ',')) {
        char word[CATALOGUE_ID_MAX + 1], kinds[300];
        bool known;
        n = strcspn(list, ",");
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word), list);
        known = n == 0 || score_class_of(word) != SCORE_ACTIVITY;
        for (size_t i = 0; i < rows && !known; i++)
            known = listed(word, row[i]->kind, false);
        if (known)
            continue;
        name_kinds(kinds, sizeof kinds, row, rows);
        return error_set(err, "--kinds %.60s: no such kind; there are: %s", word, kinds);
    }
    return 0;
}

static int check_ids(const struct catalogue_row **row, size_t n, struct error *err)
{
    qsort(row, n, sizeof *row, by_id);
    for (size_t i = 1; i < n; i++)
        if (by_id(&row[i - 1], &row[i]) == 0)
            return error_set(err, "record '%s' is in two catalogues", row[i]->id);
    return 0;
}

static int choose(const struct catalogue_row **row, size_t rows, const struct score_select *which,
                  struct score_record *records, size_t *n, struct error *err)
{
    for (size_t i = 0; i < rows; i++)
        if (listed(which->kinds, row[i]->kind, false) && listed(which->ids, row[i]->id, true))
            records[(*n)++].row = row[i];
    qsort(row, rows, sizeof *row, by_kind);
    if (check_kinds(which->kinds, row, rows, err) < 0)
        return EXIT_USAGE;
    if (*n == 0) {
        error_set(err, "no record is left by --kinds and --ids");
        return EXIT_INPUT;
    }
    for (size_t i = 0; i < *n; i++)
        row[i] = records[i].row;
    return check_ids(row, *n, err) < 0 ? EXIT_INPUT : EXIT_OK;
}

int score_select(const struct sys *sys, struct catalogue *const *catalogue, size_t catalogues,
                 const struct score_select *which, struct score_record **records, size_t *n,
                 struct error *err)
{
    size_t rows = 0, at = 0;
    int code = EXIT_FOUND;

    *n = 0;
    for (size_t c = 0; c < catalogues; c++)
        rows += catalogue_rows(catalogue[c]);
    *records = sys_alloc(sys, (rows + 1) * sizeof **records);
    const struct catalogue_row **row = sys_alloc(sys, (rows + 1) * sizeof *row);
    for (size_t c = 0; row && c < catalogues; c++)
        for (size_t i = 0; i < catalogue_rows(catalogue[c]); i++)
            row[at++] = catalogue_row(catalogue[c], i);
    if (!*records || !row)
        error_set(err, "out of memory");
    else
        code = choose(row, rows, which, *records, n, err);
    sys_free(sys, row);
    return code;
}
