#include "io/xml.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <pthread.h>
#include <string.h>

#include "io/xml_tags.h"

enum { CHUNK = 16384 };

/* libxml2's SAX2 attributes: five pointers each (name, prefix, URI, value, end of value). */
struct xml_attributes {
    const xmlChar **at;
    int n;
};

struct reading {
    const struct xml_handler *handler;
    void *ctx;
    xmlParserCtxtPtr parser;
    struct error *err;
    bool failed;
    struct error why; /* what a handler or we refuse, without the place */
    int line;
    size_t depth;
    char path[XML_PATH_MAX];
    size_t path_length;
    char text[XML_TEXT_MAX];
    size_t text_length;
    struct xml_tags tags;
};

bool xml_attribute(const struct xml_attributes *attributes, const char *name, char *to, size_t size)
{
    for (int i = 0; i < attributes->n; i++) {
        const xmlChar **a = attributes->at + 5 * i;
        if (strcmp((const char *)a[0], name) != 0)
            continue;
        size_t n = (size_t)(a[4] - a[3]);
        n = n < size ? n : size - 1;
        memcpy(to, a[3], n);
        to[n] = 0;
        return true;
    }
    to[0] = 0;
    return false;
}

/* Ends the reading with r->why. */
static void stop(struct reading *r)
{
    if (r->failed)
        return;
    r->failed = true;
    r->line = xmlSAX2GetLineNumber(r->parser);
    xmlStopParser(r->parser);
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespaces, const xmlChar **namespace, int attributes, int defaulted,
                     const xmlChar **attribute)
{
    struct reading *r = ctx;
    struct xml_attributes all = {attribute, attributes};
    size_t n = strlen((const char *)name);

    (void)prefix, (void)uri, (void)namespaces, (void)namespace, (void)defaulted;
    if (r->failed)
        return;
    if (++r->depth > XML_DEPTH_MAX || r->path_length + n + 2 > sizeof r->path) {
        error_set(&r->why, "elements nested deeper than %d, or names too long", XML_DEPTH_MAX);
        stop(r);
        return;
    }
    if (r->path_length > 0)
        r->path[r->path_length++] = '/';
    memcpy(r->path + r->path_length, name, n + 1);
    r->path_length += n;
    r->text_length = 0;
    if (r->handler->start(r->ctx, r->path, &all, &r->why) < 0)
        stop(r);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct reading *r = ctx;
    char *text = r->text;

    (void)prefix, (void)uri;
    if (r->failed)
        return;
    while (r->text_length > 0 && is_blank(text[r->text_length - 1]))
        r->text_length--;
    text[r->text_length] = 0;
    while (is_blank(*text))
        text++;
    if (r->handler->end(r->ctx, r->path, text, &r->why) < 0) {
        stop(r);
        return;
    }
    r->text_length = 0;
    r->depth--;
    size_t n = strlen((const char *)name);
    r->path_length -= r->path_length > n ? n + 1 : n;
    r->path[r->path_length] = 0;
}

static void on_text(void *ctx, const xmlChar *text, int length)
{
    struct reading *r = ctx;
    size_t room = sizeof r->text - 1 - r->text_length;
    size_t n = (size_t)length < room ? (size_t)length : room;

    memcpy(r->text + r->text_length, text, n);
    r->text_length += n;
}

/* Called before the declaration's inside is looked at. */
static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
    struct reading *r = ctx;

    (void)name, (void)external, (void)system;
    error_set(&r->why, "a document type declaration is refused: it can make a small file expand without end");
    stop(r);
}

/* Keeps libxml2 from printing; what it says is read from the parser afterwards. */
static void on_complaint(void *ctx, xmlErrorPtr complaint)
{
    (void)ctx;
    (void)complaint;
}

static int report(struct reading *r, struct input *in)
{
    const xmlError *e = xmlCtxtGetLastError(r->parser);

    if (r->failed)
        return error_set(r->err, "%s: line %d: %s", input_name(in), r->line, r->why.text);
    const char *message = e && e->message && e->message[0] != '\n' ? e->message : "";
    return error_set(r->err, "%s: line %d: %.*s", input_name(in), e ? e->line : 0,
                     *message ? (int)strcspn(message, "\n") : 11, *message ? message : "no XML text");
}

static int feed(struct reading *r, struct input *in)
{
    char chunk[CHUNK];
    ptrdiff_t n;

    do {
        n = input_read(in, chunk, sizeof chunk, r->err);
        if (n < 0)
            return -1;
        if (memchr(chunk, 0, (size_t)n))
            return error_set(r->err, "%s: a NUL byte: only XML in UTF-8 or the like is read", input_name(in));
        if (!xml_tags_feed(&r->tags, chunk, (size_t)n))
            return error_set(r->err, "%s: line %zu: a tag longer than %d bytes", input_name(in), r->tags.line,
                             XML_TAG_MAX);
        if (xmlParseChunk(r->parser, chunk, (int)n, n == 0) != 0 || r->failed)
            return report(r, in);
    } while (n > 0);
    return 0;
}

int xml_read(struct input *in, const struct xml_handler *handler, void *ctx, struct error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .internalSubset = on_doctype,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .cdataBlock = on_text,
        .serror = on_complaint,
    };
    struct reading *r = sys_alloc(input_sys(in), sizeof *r);

    if (!r)
        return error_set(err, "%s: out of memory", input_name(in));
    pthread_once(&once, xmlInitParser);
    *r = (struct reading){.handler = handler, .ctx = ctx, .err = err};
    r->parser = xmlCreatePushParserCtxt(&sax, r, NULL, 0, NULL);
    int result = -1;
    if (!r->parser) {
        error_set(err, "%s: out of memory", input_name(in));
    } else {
        xmlCtxtUseOptions(r->parser, XML_PARSE_NONET);
        result = feed(r, in);
        if (r->parser->myDoc)
            xmlFreeDoc(r->parser->myDoc);
        xmlFreeParserCtxt(r->parser);
    }
    sys_free(input_sys(in), r);
    return result;
}
