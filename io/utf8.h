/* utf8.h - one character at a time of text that nobody vouches for. */
#ifndef TOCSIN_IO_UTF8_H
#define TOCSIN_IO_UTF8_H

#include <stddef.h>

/* Bytes (1..4) of the character at s, a NUL-terminated text; 0 if it is none: overlong, a surrogate, above
 * U+10FFFF, cut off. */
size_t utf8_length(const char *s);
/* The same, and 0 for what a picture or an XML file must not hold: control characters, U+FFFE, U+FFFF. */
size_t utf8_visible(const char *s);

#endif
