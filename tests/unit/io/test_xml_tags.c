/* Which bytes of an XML text are one tag, however it comes in pieces. */
#include "io/xml_tags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* '#' stands for 9000 bytes of "a=''"-free padding, '~' for as many of ">x". */
static const struct {
    const char *name, *text;
    bool fits;
} rows[] = {
    {"a short tag", "<a b='c'/>", true},
    {"a long one", "<a #>", false},
    {"a long value", "<a b='#'>", false},
    {"one that does not end", "<a b=#", false},
    {"a '>' inside of quotes does not end it", "<a b='>' #>", false},
    {"nor a quote of the other kind", "<a b='\"' c=\">\" #>", false},
    {"nor the end of a comment", "<a b='-->' #>", false},
    {"many of them inside of quotes", "<a b='~'>", false},
    {"long text", "<a>#</a>", true},
    {"quotes in text are none", "<a>it's</a><b>#</b>", true},
    {"a long comment", "<!-- # --><a/>", true},
    {"a comment with a tag in it", "<!-- <a '#\"#> --><a/>", true},
    {"a long tag behind a comment", "<!-- '\" --><a #>", false},
    {"behind an empty one", "<!----><a #>", false},
    {"a comment does not end where it begins", "<!--><a #>--><b/>", true},
    {"nor at a single '-'", "<!-- -> <a #> --><b/>", true},
    {"long CDATA", "<![CDATA[ <a #> > ]> ]]><b/>", true},
    {"a long tag behind it", "<![CDATA[<]]><b #>", false},
    {"a long instruction", "<?xml # > <a ?><b/>", true},
    {"a long tag behind it", "<?xml?><b #>", false},
    {"a long end tag", "<a></a#>", false},
};

static char *expand(const char *text, size_t *n)
{
    enum { LONG = 9000 };
    char *all = malloc(strlen(text) * LONG + 1), *to = all;

    for (; *text; text++)
        if (*text == '#' || *text == '~')
            for (int i = 0; i < LONG; i++)
                *to++ = *text == '#' ? 'x' : ">x"[i % 2];
        else
            *to++ = *text;
    *n = (size_t)(to - all);
    return all;
}

static void long_tags_are_found(void **state)
{
    static const size_t pieces[] = {1, 7, 16384};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            struct xml_tags tags = {0};
            bool fits = true;
            size_t n;
            char *text = expand(rows[i].text, &n);
            for (size_t at = 0; at < n && fits; at += pieces[p])
                fits = xml_tags_feed(&tags, text + at, n - at < pieces[p] ? n - at : pieces[p]);
            free(text);
            if (fits != rows[i].fits)
                fail_msg("%s, in pieces of %zu: fits %d", rows[i].name, pieces[p], fits);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(long_tags_are_found)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
