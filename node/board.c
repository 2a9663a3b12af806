#include "node/board.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define ROW(name, help)                                                                                      \
    {                                                                                                        \
        "board." #name, CONF_TEXT, offsetof(struct board_conf, name), 0, "", 0, 0, NULL, help, NULL          \
    }

static const struct conf_row rows[] = {
    ROW(title, "what the profile is for, in words; only board profiles set this group"),
    ROW(driver, "names of the IIO drivers that it fits, with commas between"),
    ROW(machine, "beginnings of the models of the machines that it fits, with commas between; \"\": any"),
    ROW(overlay, "overlay of the device tree that it needs; \"\": none"),
    ROW(tested, "what of it was run, and what is known from documents only"),
};

struct conf_table board_conf_table(struct board_conf *conf)
{
    return (struct conf_table){.row = rows, .rows = sizeof rows / sizeof *rows, .target = conf};
}

const char *board_machine(char to[CONF_TEXT_MAX])
{
    static const char *const files[] = {"/proc/device-tree/model", "/sys/class/dmi/id/product_name"};

    to[0] = '\0';
    for (size_t i = 0; i < sizeof files / sizeof *files && !to[0]; i++) {
        FILE *file = fopen(files[i], "re");
        if (!file)
            continue;
        to[fread(to, 1, CONF_TEXT_MAX - 1, file)] = '\0';
        to[strcspn(to, "\n")] = '\0';
        fclose(file);
    }
    return to;
}

/* Is the text one of the list's, or does it begin with one where so asked? */
static bool is_listed(const char *list, const char *text, bool beginning)
{
    while (*list) {
        list += strspn(list, ", ");
        size_t n = strcspn(list, ","), whole = n;
        while (n && list[n - 1] == ' ')
            n--;
        if (n && strncmp(list, text, n) == 0 && (beginning || text[n] == '\0'))
            return true;
        list += whole;
    }
    return false;
}

bool board_fits_sensor(const struct board_conf *conf, const char *driver)
{
    return is_listed(conf->driver, driver, false);
}

bool board_fits_machine(const struct board_conf *conf, const char *machine)
{
    return !conf->machine[0] || is_listed(conf->machine, machine, true);
}
