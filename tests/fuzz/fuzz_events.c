/* Whole lines of any content in a journal: what is told of them is lines of text that no terminal obeys, and JSON. */
#include <stdio.h>

#include "io/utf8.h"
#include "node/history_check.h"
#include "node/history_list.h"
#include "node/history_show.h"
#include "tests/unit/fake_sys.h"

enum { SHOWN_MAX = 4 };

static void check(bool kept, const char *promise)
{
    if (kept)
        return;
    fprintf(stderr, "broken promise: %s\n", promise);
    abort();
}

static void write_journal(struct fake_sys *f, const uint8_t *data, size_t size)
{
    struct journal *j;
    struct error err;

    check(journal_open(&j, &f->sys, "j", NULL, &err) == 0, "a journal begins");
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t n = end ? (size_t)(end - data) - at : size - at;
        journal_append(j, (const char *)data + at, n);
        at += n + 1;
    }
    journal_close(j);
}

/* Takes the text. */
static void check_text(FILE *out, char **text, bool json)
{
    struct error err;

    fclose(out);
    for (const char *c = *text; *c; c += utf8_length(c))
        check(*c == '\n' || utf8_visible(c), "nothing but what is seen is written");
    for (const char *c = *text; json && *c; c = strchr(c, '\n') + 1) {
        const char *end = strchr(c, '\n');
        check(end, "every line ends");
        struct json_value *value = json_parse(c, (size_t)(end - c), &err);
        check(value, "every line is JSON");
        json_value_free(value);
    }
    free(*text);
}

static void list(struct fake_sys *f, const struct history_events *h, int how)
{
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (how == 2)
        history_list_csv_head(out);
    for (size_t i = 0; i < h->count; i++) {
        const struct history_event *e = history_events_at(h, i);
        if (how == 0)
            history_list_text(e, out);
        else if (how == 1)
            check(history_list_json(e, &f->sys, out) == 0, "memory suffices");
        else
            history_list_csv(e, out);
    }
    check_text(out, &text, how == 1);
}

static void show(const struct history_files *files, const struct history_events *h, struct history_event *e)
{
    static struct history_show s;
    struct error err;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    history_show_begin(&s, h, e, out);
    check(history_files_read(files, history_show_feed, &s, &err) == 0, "it is read again");
    check_text(out, &text, false);
    e->chosen = true;
}

static void export_chosen(const struct history_files *files, const struct history_events *h)
{
    struct error err;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    struct history_export all = {.events = h, .out = out};

    check(history_files_read(files, history_export_feed, &all, &err) == 0, "it is read again");
    check_text(out, &text, true);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct history_files files;
    struct history_checked checked;
    struct history_events h;
    struct fake_sys f;
    struct error err;
    char text[300];

    fake_sys_init(&f);
    write_journal(&f, data, size);
    history_events_init(&h, &f.sys);
    check(history_files_open(&files, &f.sys, "j", &err) == 0, "it is opened");
    check(history_check(&files, 0, &checked, &err) == 0 && checked.found.broken == 0, "its lines are whole");
    history_checked_say(&checked, text, sizeof text);
    check(history_files_read(&files, history_events_feed, &h, &err) == 0, "it is read");
    check(h.unreadable == checked.unreadable, "both agree on what can be understood");
    for (int how = 0; how < 3; how++)
        list(&f, &h, how);
    for (size_t i = 0; i < h.count && i < SHOWN_MAX; i++)
        show(&files, &h, history_events_at(&h, i));
    export_chosen(&files, &h);
    history_files_close(&files);
    history_events_free(&h);
    check(f.live_allocs == 0 && f.open_fds == 0, "nothing leaks");
    fake_sys_done(&f);
    return 0;
}
