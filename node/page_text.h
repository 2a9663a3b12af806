/* page_text.h - the interactive page as text, generated at build time from node/page/ (tools/page-assemble).
 *
 * Head, then the record's data as JSON in which no '<' stands, then tail. Internal to the page. */
#ifndef TOCSIN_NODE_PAGE_TEXT_H
#define TOCSIN_NODE_PAGE_TEXT_H

#include <stddef.h>

extern const unsigned char page_head[], page_tail[];
extern const size_t page_head_size, page_tail_size; /* 0: built without the page */

#endif
