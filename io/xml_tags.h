/* xml_tags.h - bounds the tags of an XML text on its way into a parser.
 *
 * libxml2 compares every attribute of a tag with all those in front of it: a tag of 200,000 attributes takes it
 * 12 s. Fed piece by piece, this looks at the bytes before the parser does. It knows comments, CDATA, processing
 * instructions and quotes; in a text that is well formed it finds the tags that the parser finds. For encodings
 * in which '<', '>' and quotes are ASCII. */
#ifndef TOCSIN_IO_XML_TAGS_H
#define TOCSIN_IO_XML_TAGS_H

#include <stdbool.h>
#include <stddef.h>

enum { XML_TAG_MAX = 8192 }; /* bytes of one tag; about 1000 attributes, under 1 ms of comparing */

struct xml_tags { /* zero: at the beginning of a text */
    enum { XML_IN_TEXT, XML_IN_TAG, XML_IN_QUOTES, XML_IN_ASIDE } where;
    char quote;      /* that ends it */
    char end;        /* of an aside: '-' comment, ']' CDATA, '?' instruction, 0 anything else with '!' */
    char seen[2];    /* the two bytes in front of this one */
    size_t n;        /* bytes since its '<' */
    size_t newlines; /* in front of this byte */
    size_t line;     /* of the last '<' that began something, from 1 */
};

/* False: a tag is longer than XML_TAG_MAX. */
bool xml_tags_feed(struct xml_tags *t, const char *bytes, size_t n);

#endif
