/* profile.h - profiles by name: board profiles (boards/NAME.conf) and country profiles (boards/profiles/NAME.conf).
 *
 * A name is never a path: letters, digits, _ and - only. Looked for in this order: the folder that the environment variable
 * TOCSIN_BOARDS names, and then nowhere else; /etc/tocsin/boards, the owner's own; the installed ones beside the program
 * (../share/tocsin/boards), those of PREFIX, and the source's. Used at start only, by one thread. */
#ifndef TOCSIN_NODE_PROFILE_H
#define TOCSIN_NODE_PROFILE_H

#include <stddef.h>

#include "io/error.h"

enum profile_kind { PROFILE_BOARD, PROFILE_COUNTRY };
enum { PROFILE_PATH_SIZE = 256, PROFILE_NAME_SIZE = 64, PROFILES_MAX = 64 };

struct profile_list { /* sorted by name, each once */
    size_t n;
    char name[PROFILES_MAX][PROFILE_NAME_SIZE];
};

/* Which ones there are; the first PROFILES_MAX that are found. */
void profile_list(enum profile_kind kind, struct profile_list *list);
/* The file of a profile: 0, or -1 with err, which names those that there are. */
int profile_find(enum profile_kind kind, const char *name, char path[PROFILE_PATH_SIZE], struct error *err);

#endif
