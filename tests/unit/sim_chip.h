/* sim_chip.h - a folder that is a GPIO chip (alarm/lines.h), for tests: made, filled, read and removed. */
#ifndef TOCSIN_TESTS_SIM_CHIP_H
#define TOCSIN_TESTS_SIM_CHIP_H

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIM_PATH = 384 };

struct sim_chip {
    char folder[64], chip[80]; /* chip: as the configuration names it */
};

static inline void sim_chip_make(struct sim_chip *s)
{
    snprintf(s->folder, sizeof s->folder, "/tmp/tocsin-chip-XXXXXX");
    if (!mkdtemp(s->folder))
        abort();
    snprintf(s->chip, sizeof s->chip, "sim:%s", s->folder);
}

static inline const char *sim_chip_path(const struct sim_chip *s, const char *name, char to[SIM_PATH])
{
    snprintf(to, SIM_PATH, "%s/%s", s->folder, name);
    return to;
}

/* "in3" "1"; "gone" "" and so on */
static inline void sim_chip_put(const struct sim_chip *s, const char *name, const char *text)
{
    char path[SIM_PATH];
    FILE *f = fopen(sim_chip_path(s, name, path), "w");

    if (!f || fputs(text, f) < 0 || fclose(f))
        abort();
}

static inline void sim_chip_remove(const struct sim_chip *s, const char *name)
{
    char path[SIM_PATH];

    unlink(sim_chip_path(s, name, path));
}

/* What out3 says: 0, 1, or -1 where it was never set. */
static inline int sim_chip_out(const struct sim_chip *s, int line)
{
    char path[SIM_PATH], name[16];
    FILE *f;
    int c = EOF;

    snprintf(name, sizeof name, "out%d", line);
    f = fopen(sim_chip_path(s, name, path), "r");
    if (f) {
        c = fgetc(f);
        fclose(f);
    }
    return c == EOF ? -1 : c - '0';
}

static inline void sim_chip_destroy(const struct sim_chip *s)
{
    DIR *d = opendir(s->folder);
    struct dirent *e;

    while (d && (e = readdir(d)))
        if (e->d_name[0] != '.')
            sim_chip_remove(s, e->d_name);
    if (d)
        closedir(d);
    rmdir(s->folder);
}

#endif
