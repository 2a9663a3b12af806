#include "node/board_match.h"

#include <stdio.h>
#include <string.h>

#include "node/node_conf.h"

void board_match(const struct sys *sys, const char *driver, const char *machine, struct profile_list *fits)
{
    struct node_conf *conf = sys_alloc(sys, sizeof *conf);
    struct profile_list all;

    fits->n = 0;
    if (!conf)
        return;
    profile_list(PROFILE_BOARD, &all);
    for (size_t i = 0; i < all.n; i++) {
        char set[PROFILE_NAME_SIZE + 16];
        const char *const sets[] = {set};
        struct error err;

        snprintf(set, sizeof set, "node.board=%s", all.name[i]);
        if (node_conf_load(conf, sys, NULL, sets, 1, &err) == 0 && board_fits_sensor(&conf->board, driver) &&
            board_fits_machine(&conf->board, machine))
            memcpy(fits->name[fits->n++], all.name[i], PROFILE_NAME_SIZE);
    }
    sys_free(sys, conf);
}
