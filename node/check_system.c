#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "io/clock.h"
#include "node/check.h"
#include "node/history_check.h"
#include "node/thread.h"

enum { LOCKED_MIB = 64 /* DESIGN section 4: at most so much */ };
#define MIB (1024.0 * 1024.0)

/* First line of a small file of the kernel's; "": there is none. Returns to. */
static const char *first_line(const char *path, char *to, size_t room)
{
    FILE *f = fopen(path, "re");

    to[0] = 0;
    if (f && !fgets(to, (int)room, f))
        to[0] = 0;
    if (f)
        fclose(f);
    to[strcspn(to, "\n")] = 0;
    return to;
}

/* ---- the configuration ---- */

void check_configuration(struct check *c)
{
    const struct check_conf *conf = check_conf(c);
    const struct node_conf *n = conf->node;

    check_say(c, conf->file ? CHECK_OK : CHECK_WARN, "configuration",
              conf->file ? NULL : "-c FILE: it is what the node is started with",
              "%s: node %s, %zu sensors, %zu lines, %zu contacts, %zu actions",
              conf->file ? conf->file : "none, defaults alone", n->node.name, n->sensors.count,
              n->lines.count, n->contacts.count, n->actions.count);
}

/* ---- the state folder ---- */

static void check_space(struct check *c, const char *folder)
{
    static const double needed_mib = JOURNAL_FILES_MAX * (double)JOURNAL_FILE_MAX / MIB;
    struct statvfs fs;

    if (statvfs(folder, &fs) != 0) {
        check_say(c, CHECK_WARN, "state, space", NULL, "%s: %s", folder, strerror(errno));
        return;
    }
    double free_mib = (double)fs.f_bavail * (double)fs.f_frsize / MIB;
    if (fs.f_flag & ST_RDONLY)
        check_say(c, CHECK_FAIL, "state, space", "mount it for writing",
                  "%s is on a file system that is read-only", folder);
    else if (free_mib < needed_mib)
        check_say(c, free_mib < 1 ? CHECK_FAIL : CHECK_WARN, "state, space", "make room",
                  "%.1f MiB free; the journal takes up to %.0f MiB", free_mib, needed_mib);
    else
        check_say(c, CHECK_OK, "state, space", NULL, "%.0f MiB free", free_mib);
}

static void check_journal(struct check *c, const char *folder)
{
    struct history_files files;
    struct history_checked whole;
    struct error err;
    char path[HISTORY_PATH], text[300];
    uint64_t lines = 0;
    int there = 0;

    snprintf(path, sizeof path, "%s/journal", folder);
    if (history_files_open(&files, check_conf(c)->sys, path, &err) != 0) {
        check_say(c, CHECK_FAIL, "journal", NULL, "%s", err.text);
        return;
    }
    for (int i = 0; i < JOURNAL_FILES_MAX; i++) {
        history_files_name(&files, i, path);
        if (files.refused[i]) {
            check_say(c, i ? CHECK_WARN : CHECK_FAIL, "journal", "owner and permission of the file", "%s: %s",
                      path, sys_open_fault(files.refused[i]));
            there++;
        }
        if (files.fd[i] < 0)
            continue;
        there++;
        if (history_check(&files, i, &whole, &err) != 0)
            check_say(c, CHECK_FAIL, "journal", NULL, "%s", err.text);
        else if (!history_checked_whole(&whole))
            check_say(c, whole.version > JOURNAL_VERSION && i == 0 ? CHECK_FAIL : CHECK_WARN, "journal", NULL,
                      "%s: %s", path, history_checked_say(&whole, text, sizeof text));
        else
            lines += whole.found.lines;
    }
    history_files_close(&files);
    if (lines > 0 || there == 0)
        check_say(c, CHECK_OK, "journal", NULL, there ? "%" PRIu64 " whole lines" : "none yet", lines);
}

void check_state(struct check *c)
{
    const char *folder = check_conf(c)->node->node.state;
    char path[CONF_TEXT_MAX + 40], above[CONF_TEXT_MAX];
    struct stat st;

    if (stat(folder, &st) != 0) {
        int why = errno;
        snprintf(above, sizeof above, "%s", folder);
        char *slash = strrchr(above, '/');
        if (slash)
            slash[slash == above] = 0; /* what it would be made in */
        bool can = why == ENOENT && access(slash ? above : ".", W_OK) == 0;
        check_say(c, can ? CHECK_OK : CHECK_FAIL, "state",
                  can ? NULL : "make the folder, and give it to the node's user", "%s: %s", folder,
                  can ? "is not there yet; the node makes it" : strerror(why));
        return;
    }
    snprintf(path, sizeof path, "%s/check-%ld", folder, (long)getpid());
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    if (good)
        check_say(c, CHECK_OK, "state", NULL, "%s can be written", folder);
    else
        check_say(c, CHECK_FAIL, "state", "owner and permission of the folder, room on its disk",
                  "%s cannot be written: %s", folder, strerror(why));
    check_space(c, folder);
    check_journal(c, folder);
}

/* ---- the clock ---- */

/* Which program keeps it, by what each leaves behind (their defaults, from memory); "" where none is known. */
static const char *kept_by(void)
{
    static const struct {
        const char *path, *name;
    } known[] = {{"/run/systemd/timesync/synchronized", "systemd-timesyncd"},
                 {"/run/chrony/chronyd.pid", "chrony"},
                 {"/run/ntpd.pid", "ntpd"},
                 {"/run/ptp4l", "ptp4l"}};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (access(known[i].path, F_OK) == 0)
            return known[i].name;
    return "";
}

void check_clock(struct check *c)
{
    struct clock *clock = sys_alloc(check_conf(c)->sys, sizeof *clock);
    struct clock_state s = {0};
    const char *by = kept_by();
    char source[64];

    if (!clock) {
        check_say(c, CHECK_FAIL, "clock", NULL, "out of memory");
        return;
    }
    clock_init(clock, check_conf(c)->sys);
    clock_state(clock, &s);
    sys_free(check_conf(c)->sys, clock);
    first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource", source, sizeof source);
    if (!s.plausible)
        check_say(c, CHECK_WARN, "clock", "set it: chrony, systemd-timesyncd, GPS, a battery clock",
                  "is not set: times of day are unknown, warnings work");
    else if (!s.synchronised)
        check_say(c, CHECK_WARN, "clock", "chrony or systemd-timesyncd, and a way to their server",
                  "the kernel says that it is not synchronised%s%s; counted by %s", by[0] ? "; kept by " : "",
                  by, source);
    else
        check_say(c, s.error_ns > 1000000000 ? CHECK_WARN : CHECK_OK, "clock",
                  s.error_ns > 1000000000 ? "a nearer or better time server" : NULL,
                  "synchronised%s%s, off by at most %.3f s; counted by %s", by[0] ? " by " : "", by,
                  (double)s.error_ns * 1e-9, source);
}

/* ---- privileges ---- */

static void nothing(struct thread *self, void *ctx)
{
    (void)self;
    (void)ctx;
}

static bool in_group(const char *name)
{
    const struct group *g = getgrnam(name);
    gid_t mine[256];
    int n = getgroups(256, mine);

    for (int i = 0; g && i < n; i++)
        if (mine[i] == g->gr_gid)
            return true;
    return false;
}

void check_privileges(struct check *c)
{
    struct thread t;
    struct error err;
    struct rlimit limit = {0};
    size_t size = (size_t)LOCKED_MIB << 20;

    if (thread_start(&t, "check", THREAD_FIFO_SENSE, nothing, NULL, &err) != 0) {
        check_say(c, CHECK_FAIL, "real-time priority", NULL, "%s", err.text);
        return;
    }
    thread_join(&t);
    getrlimit(RLIMIT_RTPRIO, &limit);
    if (t.refused)
        check_say(
            c, CHECK_WARN, "real-time priority",
            "LimitRTPRIO=80 in the unit, or rtprio in /etc/security/limits.d for a group the user is in",
            "SCHED_FIFO %d is refused (%s; the limit is %ld%s): reactions may be late", t.fifo,
            strerror(t.refused), (long)limit.rlim_cur, in_group("realtime") ? ", group realtime" : "");
    else
        check_say(c, CHECK_OK, "real-time priority", NULL, "SCHED_FIFO %d is granted", t.fifo);
    if (!check_conf(c)->node->node.realtime) {
        check_say(c, CHECK_OK, "locked memory", NULL, "not asked for (node.realtime)");
        return;
    }
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int why = memory == MAP_FAILED ? errno : mlock(memory, size) != 0 ? errno : 0;
    if (memory != MAP_FAILED)
        munmap(memory, size);
    getrlimit(RLIMIT_MEMLOCK, &limit);
    if (why)
        check_say(c, CHECK_WARN, "locked memory",
                  "LimitMEMLOCK=infinity in the unit, or memlock in /etc/security/limits.d",
                  "%d MiB are refused (%s; the limit is %.0f MiB): reactions may be late", LOCKED_MIB,
                  strerror(why), (double)limit.rlim_cur / MIB);
    else
        check_say(c, CHECK_OK, "locked memory", NULL, "%d MiB can be locked", LOCKED_MIB);
}

/* ---- the kernel ---- */

static void check_runtime(struct check *c)
{
    char text[32];
    long us = strtol(first_line("/proc/sys/kernel/sched_rt_runtime_us", text, sizeof text), NULL, 10);

    if (!text[0])
        check_say(c, CHECK_WARN, "real-time share", NULL, "the kernel does not tell sched_rt_runtime_us");
    else if (us >= 0 && us < 500000)
        check_say(c, CHECK_WARN, "real-time share", "sysctl kernel.sched_rt_runtime_us=950000",
                  "real-time threads get %ld us of a second: they may be held back", us);
    else
        check_say(c, CHECK_OK, "real-time share", NULL, us < 0 ? "not limited" : "%ld us of each second", us);
}

/* How late a sleep of a millisecond wakes, at most of 100. */
static void check_tick(struct check *c)
{
    const struct sys *sys = check_conf(c)->sys;
    struct timespec step = {0}, ms = {.tv_nsec = 1000000};
    int64_t worst_ns = 0;

    clock_getres(CLOCK_MONOTONIC, &step);
    for (int i = 0; i < 100 && sys->mono_ns(sys->ctx) < check_until_ns(c); i++) {
        int64_t began_ns = sys->mono_ns(sys->ctx);
        nanosleep(&ms, NULL);
        int64_t late_ns = sys->mono_ns(sys->ctx) - began_ns - ms.tv_nsec;
        if (late_ns > worst_ns)
            worst_ns = late_ns;
    }
    if (step.tv_sec > 0 || step.tv_nsec > 100000)
        check_say(c, CHECK_WARN, "timers", "a kernel with high resolution timers", "a step of %.3f ms",
                  (double)step.tv_sec * 1e3 + (double)step.tv_nsec * 1e-6);
    else
        check_say(c, CHECK_OK, "timers", NULL,
                  "high resolution; sleeps of 1 ms woke at most %.2f ms late, at ordinary priority",
                  (double)worst_ns * 1e-6);
}

void check_kernel(struct check *c)
{
    struct utsname name;
    char governor[32];

    uname(&name);
    first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", governor, sizeof governor);
    check_say(c, CHECK_OK, "kernel", NULL, "Linux %s, %s%s%s", name.release,
              strstr(name.version, "PREEMPT_RT") ? "fully preemptible"
              : strstr(name.version, "PREEMPT")  ? "preemptible"
                                                 : "not preemptible",
              governor[0] ? ", processor governor " : "", governor);
    check_runtime(c);
    check_tick(c);
}

/* ---- memory ---- */

void check_memory(struct check *c)
{
    FILE *f = fopen("/proc/meminfo", "re");
    char line[128];
    double available_mib = -1, swap_mib = 0, kib;

    while (f && fgets(line, sizeof line, f)) {
        if (sscanf(line, "MemAvailable: %lf", &kib) == 1)
            available_mib = kib / 1024;
        if (sscanf(line, "SwapTotal: %lf", &kib) == 1)
            swap_mib = kib / 1024;
    }
    if (f)
        fclose(f);
    if (available_mib < 0)
        check_say(c, CHECK_WARN, "memory", NULL, "the kernel does not tell");
    else if (available_mib < LOCKED_MIB)
        check_say(c, CHECK_FAIL, "memory", "end other programs; the node takes up to 64 MiB",
                  "%.0f MiB available", available_mib);
    else
        check_say(c, available_mib < 2 * LOCKED_MIB ? CHECK_WARN : CHECK_OK, "memory",
                  available_mib < 2 * LOCKED_MIB ? "end other programs; the node takes up to 64 MiB" : NULL,
                  "%.0f MiB available%s", available_mib,
                  swap_mib > 0 ? ", there is swap: the node locks its memory" : "");
}
