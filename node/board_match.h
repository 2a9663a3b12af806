/* board_match.h - which board profiles fit a sensor that was found on this machine: for `tocsin sensors`.
 *
 * Reads every profile that there is as a node would; one that does not load fits nothing. Ordinary threads, at a command's pace:
 * a millisecond a profile. */
#ifndef TOCSIN_NODE_BOARD_MATCH_H
#define TOCSIN_NODE_BOARD_MATCH_H

#include "io/sys.h"
#include "node/profile.h"

/* driver: the IIO name; machine: as board_machine has it. The list's names, sorted; out of memory: none. */
void board_match(const struct sys *sys, const char *driver, const char *machine, struct profile_list *fits);

#endif
