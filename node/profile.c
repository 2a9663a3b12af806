#include "node/profile.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef TOCSIN_SHARE
#define TOCSIN_SHARE "/usr/local/share/tocsin"
#endif

enum { FOLDERS_MAX = 4 };

struct folders {
    size_t n;
    char at[FOLDERS_MAX][PROFILE_PATH_SIZE];
};

static void add_folder(struct folders *f, enum profile_kind kind, const char *base, const char *below)
{
    int n = snprintf(f->at[f->n], sizeof f->at[0], "%s%s%s", base, below,
                     kind == PROFILE_COUNTRY ? "/profiles" : "");

    if (n > 0 && n < (int)sizeof f->at[0])
        f->n++;
}

static void find_folders(struct folders *f, enum profile_kind kind)
{
    const char *only = getenv("TOCSIN_BOARDS");
    char self[PROFILE_PATH_SIZE];
    ssize_t size;

    f->n = 0;
    if (only && *only) {
        add_folder(f, kind, only, "");
        return;
    }
    add_folder(f, kind, "/etc/tocsin/boards", "");
    size = readlink("/proc/self/exe", self, sizeof self - 1);
    self[size > 0 ? size : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash) {
        *slash = '\0';
        add_folder(f, kind, self, "/../share/tocsin/boards");
    }
    add_folder(f, kind, TOCSIN_SHARE, "/boards");
    if (slash)
        add_folder(f, kind, self, "/../boards");
}

static bool is_name(const char *name)
{
    size_t n = strlen(name);

    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && *c != '_' && *c != '-')
            return false;
    return n > 0 && n < PROFILE_NAME_SIZE;
}

static void note(struct profile_list *list, const char *file)
{
    char name[PROFILE_NAME_SIZE];
    size_t n = strlen(file), at = 0;

    if (n <= 5 || n - 5 >= sizeof name || strcmp(file + n - 5, ".conf") != 0)
        return;
    memcpy(name, file, n - 5);
    name[n - 5] = '\0';
    while (at < list->n && strcmp(list->name[at], name) < 0)
        at++;
    if (!is_name(name) || list->n == PROFILES_MAX || (at < list->n && strcmp(list->name[at], name) == 0))
        return;
    memmove(list->name[at + 1], list->name[at], (list->n - at) * sizeof list->name[0]);
    memcpy(list->name[at], name, sizeof name);
    list->n++;
}

void profile_list(enum profile_kind kind, struct profile_list *list)
{
    struct folders folders;
    const struct dirent *entry;

    list->n = 0;
    find_folders(&folders, kind);
    for (size_t i = 0; i < folders.n; i++) {
        DIR *folder = opendir(folders.at[i]);

        while (folder && (entry = readdir(folder)))
            note(list, entry->d_name);
        if (folder)
            closedir(folder);
    }
}

static int refuse(enum profile_kind kind, const char *name, struct error *err)
{
    const char *key = kind == PROFILE_BOARD ? "node.board" : "node.country";
    struct profile_list list;
    char known[384] = "";
    size_t n = 0;

    profile_list(kind, &list);
    for (size_t i = 0; i < list.n && n < sizeof known; i++)
        n += (size_t)snprintf(known + n, sizeof known - n, "%s%s", i ? ", " : "", list.name[i]);
    if (!is_name(name))
        return error_set(err, "%s \"%.40s\": a name, not a path: letters, digits, _ and -; there are: %s",
                         key, name, list.n ? known : "none");
    return error_set(err, "%s \"%.40s\": there is no such profile; there are: %s", key, name,
                     list.n ? known : "none (TOCSIN_BOARDS can name their folder)");
}

int profile_find(enum profile_kind kind, const char *name, char path[PROFILE_PATH_SIZE], struct error *err)
{
    struct folders folders;

    if (!is_name(name))
        return refuse(kind, name, err);
    find_folders(&folders, kind);
    for (size_t i = 0; i < folders.n; i++) {
        int n = snprintf(path, PROFILE_PATH_SIZE, "%s/%s.conf", folders.at[i], name);
        if (n > 0 && n < PROFILE_PATH_SIZE && access(path, R_OK) == 0)
            return 0;
    }
    return refuse(kind, name, err);
}
