#include "node/plot.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "node/gnuplot.h"
#include "node/plot_data.h"

#define WAVE_WIDTH_S (1.0 / 512.0) /* a sample each up to 512 Hz */
#define STEP_WIDTH_S 0.1

static int series_open(struct series *s, const struct sys *sys, size_t columns, double width_s)
{
    s->n = 0;
    s->columns = columns;
    s->width_s = width_s;
    s->low = sys_alloc(sys, columns * sizeof *s->low);
    s->high = sys_alloc(sys, columns * sizeof *s->high);
    return s->low && s->high ? 0 : -1;
}

static void series_close(struct series *s, const struct sys *sys)
{
    sys_free(sys, s->low);
    sys_free(sys, s->high);
}

static void series_halve(struct series *s)
{
    size_t half = (s->n + 1) / 2;

    for (size_t i = 0; i < half; i++) {
        size_t a = 2 * i, b = 2 * i + 1 < s->n ? 2 * i + 1 : a;
        s->low[i] = fminf(s->low[a], s->low[b]); /* fminf prefers a number to a NaN */
        s->high[i] = fmaxf(s->high[a], s->high[b]);
    }
    s->n = half;
    s->width_s *= 2.0;
}

static void series_add(struct series *s, double time_s, double value)
{
    size_t i;

    if (!(time_s >= 0.0 && time_s < 1e9) || !isfinite(value))
        return;
    while (time_s / s->width_s >= (double)s->columns)
        series_halve(s);
    i = (size_t)(time_s / s->width_s);
    while (s->n <= i) {
        s->low[s->n] = s->high[s->n] = NAN;
        s->n++;
    }
    s->low[i] = fminf(s->low[i], (float)value);
    s->high[i] = fmaxf(s->high[i], (float)value);
}

int plot_open(struct plot **out, const struct sys *sys, const char *path, struct error *err)
{
    bool svg, failed = false;
    struct plot *p;

    *out = NULL;
    if (!gnuplot_knows(path, &svg))
        return error_set(err, "%s: a plot's name must end in .html, .svg or .png", path);
    if (strlen(path) >= sizeof p->path)
        return error_set(err, "%.60s...: the name is too long", path);
    p = sys_alloc(sys, sizeof *p);
    if (!p)
        return error_set(err, "%s: no memory for the plot", path);
    p->sys = sys;
    p->svg = svg;
    p->fd = -1;
    memcpy(p->path, path, strlen(path) + 1);
    plot_describe(p, "m/s^2", "", 7u, 0.0);
    for (int a = 0; a < AXES; a++)
        failed |= series_open(&p->wave[a], sys, PLOT_WAVE_COLUMNS, WAVE_WIDTH_S) != 0;
    failed |= series_open(&p->ratio, sys, PLOT_STEP_COLUMNS, STEP_WIDTH_S) != 0;
    failed |= series_open(&p->statistic, sys, PLOT_STEP_COLUMNS, STEP_WIDTH_S) != 0;
    failed |= series_open(&p->observed, sys, PLOT_STEP_COLUMNS, STEP_WIDTH_S) != 0;
    failed |= series_open(&p->predicted, sys, PLOT_STEP_COLUMNS, STEP_WIDTH_S) != 0;
    if (failed) {
        error_set(err, "%s: no memory for the plot", path);
    } else {
        p->fd = sys->open_write(sys->ctx, path);
        if (p->fd < 0)
            failed = error_set(err, "%s: cannot write: %s", path, strerror(errno)) != 0;
    }
    if (failed) {
        plot_close(p);
        return -1;
    }
    *out = p;
    return 0;
}

void plot_close(struct plot *p)
{
    if (!p)
        return;
    for (int a = 0; a < AXES; a++)
        series_close(&p->wave[a], p->sys);
    plot_spectra_close(&p->spectra);
    series_close(&p->ratio, p->sys);
    series_close(&p->statistic, p->sys);
    series_close(&p->observed, p->sys);
    series_close(&p->predicted, p->sys);
    if (p->fd >= 0)
        p->sys->close(p->sys->ctx, p->fd);
    sys_free(p->sys, p);
}

/* Cuts at a whole character, so that the cut leaves no broken UTF-8. */
static void text_copy(char *to, size_t room, const char *from)
{
    size_t n = strlen(from);

    if (n >= room) {
        n = room - 1;
        while (n > 0 && ((unsigned char)from[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(to, from, n);
    to[n] = 0;
}

void plot_describe(struct plot *p, const char *unit, const char *scale, unsigned axis_mask, double rate_hz)
{
    if (!p)
        return;
    text_copy(p->unit, sizeof p->unit, unit ? unit : "counts");
    text_copy(p->scale, sizeof p->scale, scale ? scale : "");
    p->axis_mask = axis_mask;
    plot_spectra_open(&p->spectra, rate_hz);
}

void plot_sample(struct plot *p, double time_s, const double value[AXES])
{
    if (!p)
        return;
    if (time_s < PLOT_OFFSET_S && isfinite(value[AXIS_Z] + value[AXIS_N] + value[AXIS_E])) {
        for (int a = 0; a < AXES; a++)
            p->offset_sum[a] += value[a];
        p->offset_n++;
    }
    for (int a = 0; a < AXES; a++)
        if (p->axis_mask >> a & 1)
            series_add(&p->wave[a], time_s, value[a]);
    plot_spectra_sample(&p->spectra, time_s, value);
    if (time_s > p->end_s && time_s < 1e9)
        p->end_s = time_s;
}

void plot_ratio(struct plot *p, double time_s, double sta_lta)
{
    if (p)
        series_add(&p->ratio, time_s, sta_lta);
}

void plot_statistic(struct plot *p, double time_s, double over_threshold)
{
    if (p)
        series_add(&p->statistic, time_s, over_threshold);
}

void plot_intensity(struct plot *p, double time_s, double observed, double predicted)
{
    if (!p)
        return;
    series_add(&p->observed, time_s, observed);
    series_add(&p->predicted, time_s, predicted);
}

static void event_add(struct plot_events *events, double time_s, int kind, bool refined, const char *text)
{
    struct plot_event *e;

    if (!isfinite(time_s))
        return;
    if (events->n == PLOT_EVENTS_MAX) {
        events->left_out++;
        return;
    }
    e = &events->at[events->n++];
    e->time_s = time_s;
    e->kind = kind;
    e->refined = refined;
    text_copy(e->text, sizeof e->text, text ? text : "");
}

void plot_pick(struct plot *p, double time_s, char phase, bool refined)
{
    if (!p)
        return;
    event_add(&p->pick, time_s, phase, refined, "");
    if (!refined)
        plot_spectra_pick(&p->spectra, time_s);
}

void plot_reject(struct plot *p, double time_s, const char *reason)
{
    char text[20]; /* it stands upright in a low panel */

    if (!p)
        return;
    text_copy(text, sizeof text, reason ? reason : "");
    event_add(&p->reject, time_s, 0, false, text);
}

void plot_level(struct plot *p, double time_s, int level, const char *text)
{
    if (!p)
        return;
    level = level < 0 ? 0 : level > 3 ? 3 : level;
    if (level != (p->level.n > 0 ? p->level.at[p->level.n - 1].kind : 0))
        event_add(&p->level, time_s, level, false, text);
}

int plot_finish(struct plot *p, const char *title, struct error *err)
{
    FILE *script;
    int result;

    if (!p)
        return 0;
    script = tmpfile();
    if (!script || plot_script(p, title, script) != 0 || fflush(script) != 0)
        result = error_set(err, "%s: cannot write the plot's data: %s", p->path, strerror(errno));
    else
        result = gnuplot_run(script, p->sys, p->fd, p->path, err);
    if (script)
        fclose(script);
    if (p->sys->close(p->sys->ctx, p->fd) != 0 && result == 0)
        result = error_set(err, "%s: cannot write: %s", p->path, strerror(errno));
    p->fd = -1;
    return result;
}
