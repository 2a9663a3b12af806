/* tocsin synth - writes synthetic earthquakes and the life of a building, and what is true about them. */
#include "node/cmd.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "node/overwrite.h"
#include "node/synth_args.h"
#include "node/synth_quiet.h"
#include "node/synth_tele.h"
#include "node/synth_truth.h"

enum { PIECE = 1024, PATH_MAX_BYTES = 4096 };

struct job {
    const struct sys *sys;
    struct synth_args args;
    struct synth_spectrum ground;
    bool has_truth;
    char truth_path[PATH_MAX_BYTES], comment[512];
    char name[AXES + 1][SYNTH_NAME_MAX];
    struct synth_truth_file truth;
    double value[PIECE][AXES];
};

static const char *mode_of(const struct synth_args *a)
{
    return a->building && a->sequence ? "building+sequence"
           : a->building              ? "building"
           : a->sequence              ? "sequence"
           : a->teleseism_deg > 0.0   ? "teleseism"
                                      : "quake";
}

static void comment_make(struct job *j)
{
    const struct synth_args *a = &j->args;
    const struct synth_conf *c = &a->conf;
    int n = snprintf(j->comment, sizeof j->comment, "synthetic %s, model %s, seed %" PRIu64, mode_of(a),
                     synth_model(c->model)->name, c->seed);

    if (a->building && !a->sequence)
        return;
    if (a->teleseism_deg > 0.0)
        snprintf(j->comment + n, sizeof j->comment - (size_t)n, ", magnitude %g, %g degrees away",
                 c->magnitude, a->teleseism_deg);
    else
        snprintf(j->comment + n, sizeof j->comment - (size_t)n,
                 ", magnitude %g, epicentre %g km, depth %g km, stress %g bar", c->magnitude, c->distance_km,
                 c->depth_km, c->stress_bar);
}

static int ground_make(struct job *j, struct error *err)
{
    const struct synth_args *a = &j->args;
    struct trace_conf conf = {.scales = a->noise_scale > 0.0,
                              .scale = {a->noise_scale},
                              .unit = a->noise_velocity ? UNIT_MPS : UNIT_MPS2,
                              .velocity = a->noise_velocity};

    if (a->noise_from)
        return synth_quiet_read(&j->ground, j->sys, a->noise_from, &conf, err);
    synth_spectrum_peterson(&j->ground, a->background);
    return 0;
}

static int truth_name(struct job *j, struct error *err)
{
    const struct synth_args *a = &j->args;
    int n;

    j->has_truth = a->truth || strcmp(a->path, "-") != 0;
    if (!j->has_truth)
        return 0;
    n = a->truth
            ? snprintf(j->truth_path, sizeof j->truth_path, "%s", a->truth)
            : snprintf(j->truth_path, sizeof j->truth_path, "%.*s.truth.jsonl", synth_stem(a->path), a->path);
    return n < PATH_MAX_BYTES ? 0 : error_set(err, "%.40s...: the name is too long", a->path);
}

/* Before anything is written: no output is another one, or the record that noise comes from. */
static int check_outputs(struct job *j, struct error *err)
{
    const struct synth_args *a = &j->args;
    const struct synth_out_conf conf = {.path = a->path, .format = a->format};
    struct overwrite over = {.sys = j->sys};
    int more;

    if (truth_name(j, err) < 0)
        return -1;
    for (int i = 0; (more = synth_out_name(&conf, i, j->name[i], err)) > 0; i++)
        if (overwrite_output(&over, j->name[i], err) < 0)
            return -1;
    if (more < 0 || (j->has_truth && overwrite_output(&over, j->truth_path, err) < 0))
        return -1;
    return overwrite_input(&over, a->noise_from, err);
}

static int truth_begin(struct job *j, double duration_s, struct error *err)
{
    const struct synth_args *a = &j->args;

    if (!j->has_truth)
        return 0;
    if (synth_truth_open(&j->truth, j->sys, j->truth_path, err) != 0)
        return -1;
    synth_truth_record(&j->truth, mode_of(a), &a->conf, duration_s, synth_sensor_lsb_mps2(&a->conf.sensor),
                       a->noise_from);
    return 0;
}

static int truth_end(struct job *j, int failed, uint64_t samples, uint64_t clipped, uint64_t dropped,
                     struct error *err)
{
    if (!j->has_truth)
        return failed;
    if (failed) {
        synth_truth_abandon(&j->truth);
        return failed;
    }
    return synth_truth_close(&j->truth, samples, clipped, dropped, err);
}

static void tell(void *ctx, const struct synth_truth *truth)
{
    struct job *j = ctx;

    if (j->has_truth)
        synth_truth_event(&j->truth, truth);
}

/* ---- one earthquake ---- */

static void tell_quake(struct job *j, const struct synth *r)
{
    struct synth_truth truth = {.class = mode_of(&j->args),
                                .start_s = r->p_s,
                                .end_s = (double)r->n / j->args.conf.rate_hz,
                                .quake = &j->args.conf,
                                .record = r,
                                .peak_mps2 = r->peak_mps2,
                                .p_s = r->p_s,
                                .s_s = r->s_s};
    tell(j, &truth);
}

/* The earthquake without its sensor, then noise of ground and sensor, then the digitiser. */
static int quake_make(struct job *j, struct synth *r, struct error *err)
{
    const struct synth_args *a = &j->args;
    struct synth_conf c = a->conf;
    struct synth_noise_conf conf = {.spectrum = &j->ground,
                                    .white = synth_sensor_density(&c.sensor),
                                    .rate_hz = c.rate_hz,
                                    .seed = c.seed ^ ((uint64_t)c.model << 32)};
    struct synth_noise *noise = NULL;

    if (a->ground) {
        c.sensor.noise_ug_rthz = 0.0;
        c.sensor.bits = 0;
        if (ground_make(j, err) != 0 || synth_noise_open(&noise, j->sys, &conf, err) != 0)
            return EXIT_INPUT;
    }
    if ((a->teleseism_deg > 0.0 ? synth_tele_make(r, j->sys, &c, a->teleseism_deg, err)
                                : synth_make(r, j->sys, &c, err)) != 0) {
        synth_noise_close(noise);
        return EXIT_USAGE;
    }
    if (noise) {
        synth_noise_add(noise, r->value, r->n);
        r->clipped = synth_sensor_digitise(&a->conf.sensor, r->value, r->n);
    }
    synth_noise_close(noise);
    return 0;
}

static int run_quake(struct job *j, struct error *err)
{
    const struct synth_args *a = &j->args;
    struct error later;
    struct synth r;
    struct synth_out *out;
    int code = quake_make(j, &r, err), failed;
    struct synth_out_conf conf = {.path = a->path,
                                  .format = a->format,
                                  .quake = &a->conf,
                                  .record = &r,
                                  .samples = r.n,
                                  .comment = j->comment};

    if (code != 0)
        return code;
    failed = synth_out_open(&out, j->sys, &conf, err);
    if (!failed) {
        failed = truth_begin(j, (double)r.n / a->conf.rate_hz, err);
        if (!failed) {
            tell_quake(j, &r);
            failed = synth_out_put(out, r.value, r.n, err);
            failed = truth_end(j, failed, r.n, r.clipped, 0, err);
        }
        failed = synth_out_close(out, failed ? &later : err) || failed;
    }
    synth_free(&r, j->sys);
    return failed ? EXIT_FOUND : EXIT_OK;
}

/* ---- hours ---- */

static int pump(struct job *j, struct synth_stream *stream, struct synth_out *out, uint64_t samples,
                struct error *err)
{
    for (uint64_t done = 0; done < samples;) {
        size_t n = samples - done < PIECE ? (size_t)(samples - done) : PIECE;

        if (synth_stream_read(stream, j->value, n, err) != 0 || synth_out_put(out, j->value, n, err) != 0)
            return -1;
        done += n;
    }
    return 0;
}

static int run_stream(struct job *j, struct error *err)
{
    const struct synth_args *a = &j->args;
    double seconds = a->hours * 3600.0;
    uint64_t samples = (uint64_t)llround(seconds * a->conf.rate_hz);
    struct synth_stream_conf conf = {.quake = a->conf,
                                     .spectrum = &j->ground,
                                     .building = a->building,
                                     .activity = a->activity,
                                     .start_hour = a->start_hour,
                                     .classes = a->classes,
                                     .sequence = a->sequence,
                                     .main_s = a->main_s,
                                     .smallest = a->smallest,
                                     .end_s = seconds,
                                     .tell = tell,
                                     .ctx = j};
    struct synth_out_conf out_conf = {
        .path = a->path, .format = a->format, .samples = samples, .quake = &a->conf, .comment = j->comment};
    struct synth_stream *stream;
    struct synth_out *out;
    struct error later;
    int failed;

    if (a->format == SYNTH_SAC && samples > INT32_MAX)
        return error_set(err, "%g hours are too many samples for SAC", a->hours), EXIT_USAGE;
    if (synth_check(&a->conf, err) != 0)
        return EXIT_USAGE;
    if (ground_make(j, err) != 0)
        return EXIT_INPUT;
    if (synth_stream_open(&stream, j->sys, &conf, err) != 0)
        return EXIT_FOUND;
    failed = synth_out_open(&out, j->sys, &out_conf, err);
    if (!failed) {
        failed = truth_begin(j, seconds, err);
        if (!failed) {
            failed = pump(j, stream, out, samples, err);
            failed = truth_end(j, failed, samples, synth_stream_clipped(stream), synth_stream_dropped(stream),
                               err);
        }
        failed = synth_out_close(out, failed ? &later : err) || failed;
    }
    synth_stream_close(stream);
    return failed ? EXIT_FOUND : EXIT_OK;
}

int cmd_synth(const struct sys *sys, int argc, char **argv)
{
    struct job *j = sys_alloc(sys, sizeof *j);
    struct error err = {"out of memory"};
    int code = EXIT_FOUND;

    if (j) {
        j->sys = sys;
        code = synth_args_parse(argc, argv, &j->args);
        if (code != 0) {
            sys_free(sys, j);
            return code < 0 ? EXIT_OK : code;
        }
        comment_make(j);
        code = check_outputs(j, &err) < 0             ? EXIT_USAGE
               : j->args.building || j->args.sequence ? run_stream(j, &err)
                                                      : run_quake(j, &err);
    }
    if (code != EXIT_OK)
        fprintf(stderr, "tocsin synth: %s\n", err.text);
    sys_free(sys, j);
    return code;
}
