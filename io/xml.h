/* xml.h - an XML file in one pass, as elements with their path, attributes and text.
 *
 * For files from anywhere. Nothing is fetched, no entity is expanded but the five predefined ones, and a
 * document type declaration, which is where entities come from, ends the reading at once. Nesting, names, tags and
 * the text kept are bounded, so memory is constant whatever the file's length. Namespaces are taken off the
 * names. One call, one thread. */
#ifndef TOCSIN_IO_XML_H
#define TOCSIN_IO_XML_H

#include <stddef.h>

#include "io/input.h"

enum {
    XML_DEPTH_MAX = 32,
    XML_PATH_MAX = 512,  /* bytes of a path; what nests longer is refused */
    XML_TEXT_MAX = 1024, /* bytes of an element's text that are kept */
};

struct xml_attributes;

/* The attribute's value, cut to size - 1 bytes: true; false and "" where it is absent. */
bool xml_attribute(const struct xml_attributes *attributes, const char *name, char *to, size_t size);

struct xml_handler {
    /* An element begins. `path` is the names from the root down, joined by '/': "FDSNStationXML/Network". */
    int (*start)(void *ctx, const char *path, const struct xml_attributes *attributes, struct error *err);
    /* It ends. `text` is what stood in it directly behind its last child, without blanks around it. */
    int (*end)(void *ctx, const char *path, const char *text, struct error *err);
};

/* Reads `in` to its end. Handlers return 0, or -1 with err (without file and line: those are put in front).
 * 0, or -1 and err: "a.xml: line 7: ...". */
int xml_read(struct input *in, const struct xml_handler *handler, void *ctx, struct error *err);

#endif
