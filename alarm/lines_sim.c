#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "alarm/lines_port.h"

enum { FOLDER_MAX = 200 };

struct sim_pin {
    struct lines_pin pin;
    char folder[FOLDER_MAX];
    int line, watch; /* watch: an inotify descriptor; -1: an output */
    bool resting;    /* the level of an input whose file is not there */
};

static void path_of(const struct sim_pin *p, const char *name, bool numbered, char to[FOLDER_MAX + 32])
{
    if (numbered)
        snprintf(to, FOLDER_MAX + 32, "%s/%s%d", p->folder, name, p->line);
    else
        snprintf(to, FOLDER_MAX + 32, "%s/%s", p->folder, name);
}

static bool is_there(const struct sim_pin *p, const char *name, bool numbered)
{
    char path[FOLDER_MAX + 32];

    path_of(p, name, numbered, path);
    return access(path, F_OK) == 0;
}

static bool is_gone(const struct sim_pin *p)
{
    return access(p->folder, X_OK) != 0 || is_there(p, "gone", false);
}

static int write_file(const char *path, int flags, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
    size_t n = strlen(text);
    bool done;

    if (fd < 0)
        return -errno;
    done = write(fd, text, n) == (ssize_t)n;
    if (close(fd) < 0 || !done)
        return -EIO;
    return 0;
}

static int sim_set(struct lines_pin *pin, bool level)
{
    const struct sim_pin *p = (const struct sim_pin *)pin;
    char path[FOLDER_MAX + 32], text[64];
    int result;

    if (is_gone(p))
        return -ENODEV;
    if (is_there(p, "fail", true))
        return -EIO;
    if (is_there(p, "stuck", true))
        return 0;
    path_of(p, "out", true, path);
    result = write_file(path, O_TRUNC, level ? "1\n" : "0\n");
    if (result < 0)
        return result;
    snprintf(text, sizeof text, "%lld %d %d\n", (long long)pin->sys->mono_ns(pin->sys->ctx), p->line, level);
    path_of(p, "log", false, path);
    return write_file(path, O_APPEND, text);
}

static int sim_get(struct lines_pin *pin)
{
    const struct sim_pin *p = (const struct sim_pin *)pin;
    char path[FOLDER_MAX + 32], c = '0';
    int fd;
    ssize_t n;

    if (is_gone(p))
        return -ENODEV;
    path_of(p, p->watch < 0 ? "out" : "in", true, path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? p->resting : -errno;
    n = read(fd, &c, 1);
    close(fd);
    return n < 1 ? p->resting : c == '1';
}

static int sim_fd(const struct lines_pin *pin)
{
    return ((const struct sim_pin *)pin)->watch;
}

/* Whatever changed in the folder: read again. */
static int sim_edge(struct lines_pin *pin, bool *level, int64_t *at_ns)
{
    struct sim_pin *p = (struct sim_pin *)pin;
    _Alignas(struct inotify_event) char events[4096];
    int now;

    if (p->watch < 0 || read(p->watch, events, sizeof events) <= 0)
        return 0;
    now = sim_get(pin);
    if (now < 0)
        return now;
    *level = now == 1;
    *at_ns = pin->sys->mono_ns(pin->sys->ctx);
    return 1;
}

static void sim_close(struct lines_pin *pin)
{
    struct sim_pin *p = (struct sim_pin *)pin;

    if (p->watch >= 0)
        close(p->watch);
    sys_free(pin->sys, p);
}

static int find(struct sim_pin *p, const struct lines_spec *spec, struct error *err)
{
    p->line = spec->line;
    if (snprintf(p->folder, sizeof p->folder, "%s", spec->chip) >= (int)sizeof p->folder)
        return error_set(err, "sim:%s: the name is too long", spec->chip);
    if (is_gone(p))
        return error_set(err, "sim:%s: the folder is not there, or has a file \"gone\"", spec->chip);
    if (is_there(p, "refuse", true))
        return error_set(err, "sim:%s, line %d: refused", spec->chip, spec->line);
    return 0;
}

static int sim_look(const struct sys *sys, const struct lines_spec *spec, struct lines_seen *seen,
                    struct error *err)
{
    struct sim_pin p = {.pin = {&lines_sim, sys}, .watch = -1};

    *seen = (struct lines_seen){0};
    return find(&p, spec, err);
}

static int begin(struct sim_pin *p, const struct lines_spec *spec, struct error *err)
{
    if (find(p, spec, err) < 0)
        return -1;
    if (spec->output) {
        int result = sim_set(&p->pin, spec->level);
        return result < 0 ? error_set(err, "sim:%s, line %d: %s", spec->chip, spec->line, strerror(-result))
                          : 0;
    }
    p->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (p->watch < 0 ||
        inotify_add_watch(p->watch, p->folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF) < 0)
        return error_set(err, "sim:%s: %s", spec->chip, strerror(errno));
    return 0;
}

static int sim_open(struct lines_pin **out, const struct sys *sys, const struct lines_spec *spec,
                    struct error *err)
{
    struct sim_pin *p = sys_alloc(sys, sizeof *p);

    if (!p)
        return error_set(err, "out of memory");
    p->pin = (struct lines_pin){&lines_sim, sys};
    p->watch = -1;
    p->resting = !spec->output && spec->bias == CONTACT_PULL_UP;
    if (begin(p, spec, err) < 0) {
        sim_close(&p->pin);
        return -1;
    }
    *out = &p->pin;
    return 0;
}

const struct lines_port lines_sim = {sim_open, sim_look, sim_set, sim_get, sim_fd, sim_edge, sim_close};
