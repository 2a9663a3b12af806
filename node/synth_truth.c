#include "node/synth_truth.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SCHEMA "tocsin.synth/1"

int synth_truth_open(struct synth_truth_file *f, const struct sys *sys, const char *path, struct error *err)
{
    memset(f, 0, sizeof *f);
    f->sys = sys;
    f->path = path;
    f->json = json_new_object(sys);
    if (!f->json)
        return error_set(err, "%s: out of memory", path);
    f->fd = sys->open_write(sys->ctx, path);
    if (f->fd < 0) {
        json_free(f->json);
        f->json = NULL;
        return error_set(err, "%s: cannot write: %s", path, strerror(errno));
    }
    return 0;
}

static void begin(struct synth_truth_file *f, const char *type)
{
    json_reset(f->json);
    json_put_text(f->json, "schema", SCHEMA);
    json_put_text(f->json, "type", type);
}

static void end(struct synth_truth_file *f)
{
    const char *line;
    size_t n;

    if (f->failed)
        return;
    if (json_write_line(f->json, &line, &n) != 0)
        f->failed = ENOMEM;
    else if (sys_write_all(f->sys, f->fd, line, n) != 0)
        f->failed = errno ? errno : EIO;
}

static void put_seed(struct json *json, uint64_t seed) /* text: 64 bits are more than a JSON number holds */
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, seed);
    json_put_text(json, "seed", text);
}

void synth_truth_record(struct synth_truth_file *f, const char *mode, const struct synth_conf *c,
                        double duration_s, double lsb_mps2, const char *noise_from)
{
    begin(f, "record");
    json_put_text(f->json, "mode", mode);
    json_put_text(f->json, "model", synth_model(c->model)->name);
    put_seed(f->json, c->seed);
    json_put_number(f->json, "rate_hz", c->rate_hz, 6);
    json_put_number(f->json, "duration_s", duration_s, 6);
    json_put_number(f->json, "noise_ug_rthz", c->sensor.noise_ug_rthz, 6);
    json_put_text(f->json, "noise_from", noise_from);
    if (lsb_mps2 > 0.0) {
        json_put_integer(f->json, "bits", c->sensor.bits);
        json_put_number(f->json, "range_g", c->sensor.range_g, 6);
        json_put_number(f->json, "lsb_mps2", lsb_mps2, 15);
    } else {
        json_put_null(f->json, "bits");
        json_put_null(f->json, "range_g");
        json_put_null(f->json, "lsb_mps2");
    }
    end(f);
}

static void put_quake(struct json *json, const struct synth_truth *t)
{
    const struct synth_conf *c = t->quake;
    const struct synth *r = t->record;

    json_put_number(json, "p_s", t->p_s, 6);
    json_put_number(json, "s_s", t->s_s, 6);
    json_put_number(json, "origin_s", t->p_s - r->p_s + r->origin_s, 6);
    json_put_number(json, "magnitude", c->magnitude, 3);
    json_put_number(json, "depth_km", c->depth_km, 3);
    json_put_number(json, "hypocentral_km", r->hypocentral_km, 3);
    json_put_number(json, "back_azimuth_deg", c->back_azimuth_deg, 2);
    json_put_number(json, "stress_bar", c->stress_bar, 2);
    json_put_text(json, "site", synth_site_name(c->site));
    json_put_number(json, "kappa_s", c->kappa_s > 0.0 ? c->kappa_s : synth_site_kappa_s(c->site), 5);
    json_put_number(json, "rupture_km", r->length_km, 3);
    json_put_number(json, "rupture_s", r->duration_s, 3);
    json_put_number(json, "nearest_km", r->nearest_km, 3);
    put_seed(json, c->seed);
}

void synth_truth_event(struct synth_truth_file *f, const struct synth_truth *t)
{
    begin(f, t->quake ? "quake" : "nuisance");
    json_put_text(f->json, "class", t->class);
    json_put_number(f->json, "start_s", t->start_s, 6);
    json_put_number(f->json, "end_s", t->end_s, 6);
    json_put_number(f->json, "peak_mps2", t->peak_mps2, 9);
    if (t->quake)
        put_quake(f->json, t);
    end(f);
    f->events++;
}

void synth_truth_abandon(struct synth_truth_file *f)
{
    if (!f->json)
        return;
    f->sys->close(f->sys->ctx, f->fd);
    json_free(f->json);
    f->json = NULL;
}

int synth_truth_close(struct synth_truth_file *f, uint64_t samples, uint64_t clipped, uint64_t dropped,
                      struct error *err)
{
    begin(f, "end");
    json_put_integer(f->json, "samples", (int64_t)samples);
    json_put_integer(f->json, "clipped", (int64_t)clipped);
    json_put_integer(f->json, "events", (int64_t)f->events);
    json_put_integer(f->json, "dropped", (int64_t)dropped);
    end(f);
    if (f->sys->close(f->sys->ctx, f->fd) != 0 && !f->failed)
        f->failed = errno;
    json_free(f->json);
    f->json = NULL;
    return f->failed ? error_set(err, "%s: cannot write: %s", f->path, strerror(f->failed)) : 0;
}
