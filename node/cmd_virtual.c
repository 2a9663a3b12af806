#include <errno.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "io/iiod_server.h"
#include "io/json.h"
#include "io/utc.h"
#include "node/cmd.h"
#include "node/virtual_args.h"

/* Once the track is through: for clients to take the last samples, and how long for one that does not. */
#define GRACE_NS    INT64_C(300000000)
#define FAREWELL_NS INT64_C(5000000000)

struct job {
    const struct sys *sys;
    struct virtual_args args;
    struct virtual_record record;
    struct virtual_counts counts[VIRTUAL_TRACKS];
    size_t made;
    struct virtual_sensor *sensor;
    struct iiod_server *server;
    bool began_told;
    int64_t now_ns, through_ns;
};

/* ---- what the server asks ---- */

/* Once in a life, and nothing that allocates. */
static void tell_begun(struct job *j)
{
    char line[160];
    int64_t began_ns = virtual_sensor_began_ns(j->sensor);
    int64_t utc_ns = j->sys->utc_ns(j->sys->ctx) + began_ns - j->sys->mono_ns(j->sys->ctx);
    int n =
        snprintf(line, sizeof line,
                 "{\"schema\":\"tocsin.virtual/1\",\"type\":\"begun\",\"mono_ns\":%lld,\"utc_ns\":%lld}\n",
                 (long long)began_ns, (long long)utc_ns);

    (void)!write(STDOUT_FILENO, line, (size_t)n);
    j->began_told = true;
}

static void advance(void *ctx, int64_t now_ns)
{
    struct job *j = ctx;

    j->now_ns = now_ns;
    virtual_sensor_advance(j->sensor, now_ns);
    if (!j->began_told && virtual_sensor_began_ns(j->sensor) != INT64_MAX)
        tell_begun(j);
    if (j->through_ns == INT64_MAX && virtual_sensor_through(j->sensor))
        j->through_ns = now_ns;
}

/* When to end; INT64_MAX: not known yet. */
static int64_t end_ns(const struct job *j)
{
    int64_t last_ns = virtual_sensor_end_ns(j->sensor);

    if (j->through_ns != INT64_MAX)
        return j->through_ns + GRACE_NS;
    return last_ns == INT64_MAX ? INT64_MAX : last_ns + FAREWELL_NS;
}

static bool over(void *ctx)
{
    const struct job *j = ctx;

    return virtual_sensor_died(j->sensor) || j->now_ns >= end_ns(j);
}

static int64_t wake_ns(void *ctx)
{
    const struct job *j = ctx;
    int64_t last_ns = virtual_sensor_end_ns(j->sensor);

    return last_ns > j->now_ns ? last_ns : end_ns(j);
}

static bool refuses(void *ctx)
{
    const struct job *j = ctx;

    return j->now_ns < virtual_sensor_refuse_until_ns(j->sensor);
}

/* ---- making ready ---- */

static int load(struct job *j, struct error *err)
{
    struct virtual_args *a = &j->args;
    struct trace *trace;
    int result;

    if (trace_open(&trace, j->sys, a->paths, a->n_paths, &a->trace, err) < 0)
        return -1;
    result = virtual_record_read(&j->record, j->sys, trace, 0, a->track.gravity, err);
    if (result == 0 && trace_records(trace) > 1)
        fprintf(stderr, "tocsin virtual: note: %zu records; serving the first, %s; choose with --select\n",
                trace_records(trace), trace_record(trace, 0)->id);
    if (result == 0 && trace_record(trace, 0)->note)
        fprintf(stderr, "tocsin virtual: note: %s: %s\n", trace_record(trace, 0)->id,
                trace_record(trace, 0)->note);
    trace_close(trace);
    return result;
}

static void tell_losses(const struct job *j)
{
    if (j->counts[0].clipped)
        fprintf(stderr,
                "tocsin virtual: note: %s: %llu values are beyond the sensor's range and were cut to it\n",
                j->record.id, (unsigned long long)j->counts[0].clipped);
    if (j->record.bridged)
        fprintf(stderr, "tocsin virtual: note: %s: %llu samples that it lacks are straight lines\n",
                j->record.id, (unsigned long long)j->record.bridged);
    if (j->record.axis_mask != (1U << AXES) - 1)
        fprintf(stderr, "tocsin virtual: note: %s: not all axes were measured; the others stand still\n",
                j->record.id);
}

static int make_tracks(struct job *j, struct error *err)
{
    struct virtual_args *a = &j->args;

    if (a->rates == 0)
        a->rate_hz[a->rates++] = j->record.rate_hz;
    for (j->made = 0; j->made < a->rates; j->made++) {
        if (virtual_counts_make(&j->counts[j->made], &j->record, a->rate_hz[j->made], &a->track, &a->sensor,
                                err) < 0)
            return -1;
        a->sensor.track[j->made] = j->counts[j->made].track;
    }
    a->sensor.tracks = a->rates;
    a->sensor.start = llround(a->start_at_s * a->rate_hz[0]);
    if (a->sensor.start >= a->sensor.track[0].n)
        return error_set(err, "--start-at %g: the record ends before", a->start_at_s);
    tell_losses(j);
    return 0;
}

/* Refused priorities and locks are a note: the samples come all the same, only less evenly. */
static void be_quick(int fifo)
{
    struct sched_param p = {.sched_priority = fifo};

    if (fifo && sched_setscheduler(0, SCHED_FIFO, &p) < 0)
        fprintf(stderr, "tocsin virtual: note: SCHED_FIFO %d: %s\n", fifo, strerror(errno));
    if (fifo && mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
        fprintf(stderr, "tocsin virtual: note: mlockall: %s\n", strerror(errno));
}

static bool loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static void put_pick(struct json *line, const char *key, const struct job *j, double pick_s)
{
    json_put_number(line, key,
                    pick_s + (double)j->counts[0].record_at / j->args.rate_hz[0] - j->args.start_at_s, 3);
}

/* Where it listens and what it plays, times counted from the first sample that is played. */
static int tell_listening(struct job *j, struct error *err)
{
    const struct virtual_conf *s = &j->args.sensor;
    struct json *line = json_new_object(j->sys), *rates = json_new_array(j->sys);
    char uri[80], format[SCAN_FORMAT_TEXT], utc[40] = "";
    const char *text;
    unsigned port = iiod_server_port(j->server);
    bool v6 = strchr(j->args.address, ':') != NULL;
    int result = 0;

    snprintf(uri, sizeof uri, "ip:%s%s%s:%u", v6 ? "[" : "", j->args.address, v6 ? "]" : "", port);
    scan_format_print(&s->format, format);
    json_put_text(line, "schema", "tocsin.virtual/1");
    json_put_text(line, "type", "listening");
    json_put_text(line, "uri", uri);
    json_put_text(line, "address", j->args.address);
    json_put_integer(line, "port", port);
    json_put_text(line, "device", s->name);
    json_put_text(line, "format", format);
    json_put_number(line, "lsb_mps2", s->scale, 12);
    for (size_t i = 0; i < j->args.rates; i++)
        json_add_number(rates, j->args.rate_hz[i], 6);
    json_put(line, "rates_hz", rates);
    json_put_text(line, "record", j->record.id);
    if (j->record.has_utc)
        utc_format(j->record.t0_ns, utc, sizeof utc);
    json_put_text(line, "record_t0", j->record.has_utc ? utc : NULL);
    put_pick(line, "record_at_s", j, 0);
    json_put_number(line, "duration_s", (double)j->record.n / j->record.rate_hz, 3);
    put_pick(line, "p_s", j, j->record.p_s);
    put_pick(line, "s_s", j, j->record.s_s);
    json_put_bool(line, "gravity_added", j->record.gravity_added);
    json_put_integer(line, "clipped", (int64_t)j->counts[0].clipped);
    if (json_write_line(line, &text, NULL) < 0 || fputs(text, stdout) < 0 || fflush(stdout) != 0)
        result = error_set(err, "standard output: %s", strerror(errno));
    json_free(line);
    return result;
}

static void tell_ended(struct job *j)
{
    printf("{\"schema\":\"tocsin.virtual/1\",\"type\":\"ended\",\"reason\":\"%s\",\"lost\":%llu}\n",
           over(j) ? "through" : "stopped", (unsigned long long)virtual_sensor_lost(j->sensor));
}

static int serve(struct job *j, struct error *err)
{
    struct iiod_source source = {
        .ctx = j, .advance = advance, .over = over, .wake_ns = wake_ns, .refuses = refuses};
    sigset_t signals;
    int stop, result;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    stop = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (stop < 0)
        return error_set(err, "signalfd: %s", strerror(errno));
    j->through_ns = INT64_MAX;
    result = virtual_sensor_open(&j->sensor, j->sys, &j->args.sensor, j->sys->mono_ns(j->sys->ctx), err);
    if (result == 0) {
        source.backend = virtual_sensor_backend(j->sensor);
        result = iiod_server_open(&j->server, j->sys, j->args.address, j->args.port, &source, err);
    }
    if (result == 0 && !loopback(j->args.address))
        fprintf(stderr,
                "tocsin virtual: WARNING: listening on %s: whoever can connect can read it, fault it and end "
                "it\n",
                j->args.address);
    if (result == 0)
        result = tell_listening(j, err);
    be_quick(j->args.fifo);
    if (result == 0)
        result = iiod_server_run(j->server, stop, err);
    if (result == 0 && virtual_sensor_died(j->sensor))
        _exit(EXIT_FOUND); /* as if killed: no farewell to anyone */
    if (result == 0)
        tell_ended(j);
    iiod_server_close(j->server);
    virtual_sensor_close(j->sensor);
    close(stop);
    return result;
}

int cmd_virtual(const struct sys *sys, int argc, char **argv)
{
    struct job *j = sys_alloc(sys, sizeof *j);
    struct error err = {"out of memory"};
    int code = EXIT_FOUND;

    if (!j)
        goto done;
    j->sys = sys;
    code = virtual_args_parse(argc, argv, &j->args);
    if (code != 0) {
        sys_free(sys, j);
        return code < 0 ? EXIT_OK : code;
    }
    code = EXIT_USAGE;
    if (trace_conf_check(&j->args.trace, &err) < 0)
        goto done;
    code = EXIT_INPUT;
    if (load(j, &err) < 0 || make_tracks(j, &err) < 0)
        goto done;
    virtual_record_free(&j->record);
    code = serve(j, &err) < 0 ? EXIT_FOUND : EXIT_OK;
done:
    if (code != EXIT_OK)
        fprintf(stderr, "tocsin virtual: %s\n", err.text);
    if (j) {
        for (size_t i = 0; i < j->made; i++)
            virtual_counts_free(&j->counts[i], sys);
        virtual_record_free(&j->record);
    }
    sys_free(sys, j);
    return code;
}
