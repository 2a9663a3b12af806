/* keys_answers.h - known answers for those who implement the envelope themselves: docs/known-answers.jsonl.
 *
 * Messages that this program has sealed with keys that everybody knows, and some that it would not, each with what is
 * to be said of it by an implementation that trusts the first key, and in which order.
 * One JSON object a line: the first says who trusts whom and what time it is, each other is a message. */
#ifndef TOCSIN_NODE_KEYS_ANSWERS_H
#define TOCSIN_NODE_KEYS_ANSWERS_H

#include <stdio.h>

#include "io/sys.h"

/* After crypto_start. The same bytes each time. 0, or -1 with the reason told on stderr. */
int keys_answers_write(const struct sys *sys, FILE *out);

#endif
