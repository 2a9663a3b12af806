#include "io/xml_tags.h"

/* The third byte from '<' on tells what begins with "<!". */
static void begin_aside(struct xml_tags *t, char c)
{
    if (t->n == 1 && (c == '!' || c == '?')) {
        t->where = XML_IN_ASIDE;
        t->end = c == '?' ? '?' : 0;
    } else if (t->n == 2 && t->where == XML_IN_ASIDE && t->end == 0 && (c == '-' || c == '[')) {
        t->end = c == '-' ? '-' : ']';
    }
}

/* "-->", "]]>", "?>", or any '>'. The two bytes of an end are behind those of the beginning: "<!-->" is none. */
static bool ends_aside(const struct xml_tags *t, char c)
{
    if (c != '>')
        return false;
    if (t->end == 0)
        return true;
    if (t->end == '?')
        return t->n >= 3 && t->seen[1] == '?';
    return t->n >= 6 && t->seen[0] == t->end && t->seen[1] == t->end;
}

static void step(struct xml_tags *t, char c)
{
    switch (t->where) {
    case XML_IN_TEXT:
        if (c != '<')
            return;
        t->where = XML_IN_TAG;
        t->line = t->newlines + 1;
        t->n = 0;
        break;
    case XML_IN_TAG:
        begin_aside(t, c);
        if (c == '"' || c == '\'') {
            t->where = XML_IN_QUOTES;
            t->quote = c;
        } else if (c == '>') {
            t->where = XML_IN_TEXT;
        }
        break;
    case XML_IN_QUOTES:
        if (c == t->quote)
            t->where = XML_IN_TAG;
        break;
    case XML_IN_ASIDE:
        begin_aside(t, c);
        if (ends_aside(t, c))
            t->where = XML_IN_TEXT;
        break;
    }
    t->n++;
    t->seen[0] = t->seen[1];
    t->seen[1] = c;
}

bool xml_tags_feed(struct xml_tags *t, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        step(t, bytes[i]);
        t->newlines += bytes[i] == '\n';
        if (t->n > XML_TAG_MAX && (t->where == XML_IN_TAG || t->where == XML_IN_QUOTES))
            return false;
    }
    return true;
}
