/* Writes a plot as commands for gnuplot 5. Numbers are printed by us; text goes through put_text only. */
#include "node/plot.h"

#include <math.h>
#include <string.h>

#include "io/utf8.h"
#include "node/plot_data.h"

#define WIDTH_PX  1500
#define HEIGHT_PX 1760

enum { DRAWN_COLUMNS = 3000, LEVELS = 4 };

static const char *const level_name[LEVELS] = {"none", "watch", "warning", "alarm"};
static const char *const level_colour[LEVELS] = {"#9e9e9e", "#e0b400", "#f57c00", "#d32f2f"};
static const char *const axis_title[AXES] = {"Z (up)", "N", "E"};

/* A single-quoted gnuplot string: inside it nothing is special but the quote itself. Control characters,
 * which would end the line, and what is no UTF-8, which would make an SVG that no program opens, become '?'. */
static void put_text(FILE *out, const char *text)
{
    fputc('\'', out);
    while (*text) {
        size_t n = utf8_visible(text);
        if (*text == '\'')
            fputs("''", out);
        else if (n > 0)
            fwrite(text, 1, n, out);
        else
            fputc('?', out);
        text += n > 0 ? n : 1;
    }
    fputc('\'', out);
}

static int shown_axis(const struct plot *p) /* where only one is drawn */
{
    return p->axis_mask & 1u << AXIS_Z ? AXIS_Z : p->axis_mask & 1u << AXIS_N ? AXIS_N : AXIS_E;
}

/* Gravity and the sensor's offset: the mean of the first seconds, as the summary's PGA has it. */
static double plot_offset(const struct plot *p, int axis)
{
    return p->offset_n > 0 ? p->offset_sum[axis] / (double)p->offset_n : 0.0;
}

/* A data block of time and value: a column of several samples gives its smallest, then its largest. */
static void put_series(FILE *out, const char *name, const struct series *s, double from_s, double to_s,
                       double offset)
{
    size_t first = (size_t)fmax(0.0, from_s / s->width_s),
           end = (size_t)fmin((double)s->n, to_s / s->width_s + 1.0);
    size_t stride = end > first ? (end - first + DRAWN_COLUMNS - 1) / DRAWN_COLUMNS : 1;
    bool any = false;

    fprintf(out, "$%s << EOD\n", name);
    for (size_t i = first; i < end; i += stride) {
        float low = NAN, high = NAN;
        double t = ((double)i + 0.5 * (double)stride) * s->width_s;

        for (size_t k = i; k < i + stride && k < end; k++) {
            low = fminf(low, s->low[k]);
            high = fmaxf(high, s->high[k]);
        }
        if (isnan(low))
            continue;
        any = true;
        fprintf(out, "%.4f %.6g\n", t, (double)low - offset);
        if (high > low)
            fprintf(out, "%.4f %.6g\n", t, (double)high - offset);
    }
    if (!any)
        fprintf(out, "%.4f NaN\n", from_s); /* gnuplot refuses an empty block */
    fputs("EOD\n", out);
}

/* Only the largest of each column, for series that are themselves maxima; a gap of more than a second breaks
 * the line. */
static void put_maxima(FILE *out, const char *name, const struct series *s, const struct plot_view *v,
                       double floor)
{
    double last = -INFINITY;

    fprintf(out, "$%s << EOD\n%.4f NaN\n", name, v->from_s);
    for (size_t i = 0; i < s->n; i++) {
        double t = (double)i * s->width_s;
        if (isnan(s->high[i]) || t < v->from_s || t > v->to_s)
            continue;
        if (t - last > fmax(1.0, 2.0 * s->width_s))
            fputc('\n', out);
        last = t;
        fprintf(out, "%.4f %.6g\n", t, fmax((double)s->high[i], floor));
    }
    fputs("EOD\n", out);
}

static double series_peak(const struct series *s, double from_s, double to_s, double offset)
{
    double largest = 0.0;

    for (size_t i = 0; i < s->n; i++) {
        double t = ((double)i + 0.5) * s->width_s;
        if (t >= from_s && t <= to_s && !isnan(s->low[i]))
            largest =
                fmax(largest, fmax(fabs((double)s->low[i] - offset), fabs((double)s->high[i] - offset)));
    }
    return largest;
}

static void put_panel(FILE *out, double top, double bottom)
{
    fprintf(out, "set tmargin at screen %.4f; set bmargin at screen %.4f\n", 1.0 - top, 1.0 - bottom);
    fputs("unset label; unset arrow; unset object; unset logscale; unset key; unset xlabel; unset format\n"
          "set xtics format '%g'; set ytics format '%g' autofreq; set yrange [*:*]; set mytics default\n",
          out);
}

static void put_line(FILE *out, double x, const char *style)
{
    fprintf(out, "set arrow from %.4f, graph 0 to %.4f, graph 1 nohead %s\n", x, x, style);
}

static bool in_view(const struct plot_view *v, double t)
{
    return t >= v->from_s && t <= v->to_s;
}

static const char *pick_colour(int phase)
{
    return phase == 'P' ? "#0b57d0" : phase == 'S' ? "#8e24aa" : "#444444";
}

static const char *pick_name(int phase)
{
    return phase == 'P' ? "P" : phase == 'S' ? "S" : "later";
}

/* Later, better knowledge of the same onset stands nearby. */
static bool was_refined(const struct plot_events *picks, size_t i)
{
    for (size_t k = i + 1; k < picks->n; k++)
        if (picks->at[k].refined && picks->at[k].kind == picks->at[i].kind &&
            fabs(picks->at[k].time_s - picks->at[i].time_s) < 1.5)
            return true;
    return false;
}

static void put_picks(FILE *out, const struct plot *p, const struct plot_view *v, bool labels)
{
    double last = -INFINITY, spacing = 0.06 * (v->to_s - v->from_s);
    int row = 0;

    for (size_t i = 0; i < p->pick.n; i++) {
        const struct plot_event *e = &p->pick.at[i];
        bool first_guess = !e->refined && was_refined(&p->pick, i);
        char style[80];

        if (!in_view(v, e->time_s))
            continue;
        snprintf(style, sizeof style, "lw %s lc rgb '%s' %s front", first_guess ? "1" : "1.8",
                 pick_colour(e->kind), first_guess ? "dt 3" : "");
        put_line(out, e->time_s, style);
        if (!labels || first_guess)
            continue;
        row = e->time_s - last < spacing ? (row + 1) % 3 : 0;
        last = e->time_s;
        fprintf(out,
                "set label '%s %.2f s' at %.4f, graph %.3f left offset character 0.4,0 front tc rgb '%s' "
                "noenhanced "
                "font ',11'\n",
                pick_name(e->kind), e->time_s, e->time_s, 0.90 - 0.13 * row, pick_colour(e->kind));
    }
}

static void put_level_lines(FILE *out, const struct plot *p, const struct plot_view *v)
{
    for (size_t i = 0; i < p->level.n; i++) {
        char style[80];
        if (!in_view(v, p->level.at[i].time_s))
            continue;
        snprintf(style, sizeof style, "lw 1.2 lc rgb '%s' dt 2 back", level_colour[p->level.at[i].kind]);
        put_line(out, p->level.at[i].time_s, style);
    }
}

static void put_overview(FILE *out, const struct plot *p, const struct plot_view *v)
{
    const struct plot_view all = {.from_s = 0.0, .to_s = fmax(p->end_s, 1.0)};

    put_panel(out, 0.045, 0.085);
    fprintf(
        out,
        "set xrange [0:%.4f]; set xtics scale 0.5 font ',9' offset 0,0.6; unset ytics; set ylabel 'whole'\n",
        fmax(p->end_s, 1.0));
    fprintf(
        out,
        "set object rect from %.4f, graph 0 to %.4f, graph 1 fc rgb '#fff3c4' fs solid 1 noborder behind\n",
        v->from_s, v->to_s);
    put_series(out, "whole", &p->wave[shown_axis(p)], 0.0, fmax(p->end_s, 1.0),
               plot_offset(p, shown_axis(p)));
    put_level_lines(out, p, &all);
    put_picks(out, p, &all, false);
    fputs("plot $whole using 1:2 with lines lw 0.7 lc rgb '#455a64'\n"
          "set xtics scale 1 font ',11' offset 0,0; set ytics\n",
          out);
}

static void put_waves(FILE *out, const struct plot *p, const struct plot_view *v)
{
    static const char *const name[AXES] = {"z", "n", "e"};
    static const double top[AXES] = {0.110, 0.220, 0.330};

    fprintf(out, "set xrange [%.4f:%.4f]\n", v->from_s, v->to_s);
    for (int a = 0; a < AXES; a++) {
        double peak = series_peak(&p->wave[a], v->from_s, v->to_s, plot_offset(p, a));
        char text[PLOT_TEXT_MAX];

        put_panel(out, top[a], top[a] + 0.105);
        fputs("set xtics format ''\nset ylabel ", out);
        snprintf(text, sizeof text, "%s, %s", axis_title[a], p->unit);
        put_text(out, text);
        fputs(" noenhanced\n", out);
        put_picks(out, p, v, a == AXIS_Z);
        put_level_lines(out, p, v);
        if (p->axis_mask >> a & 1)
            snprintf(text, sizeof text, "peak %.3g %s", peak, p->unit);
        else
            snprintf(text, sizeof text, "not measured");
        fputs("set label ", out);
        put_text(out, text);
        fputs(" at graph 0.995, graph 0.10 right noenhanced front font ',11' tc rgb '#444444'\n", out);
        if (peak > 0.0)
            fprintf(out, "set yrange [%.6g:%.6g]\n", -1.15 * peak, 1.15 * peak);
        else
            fputs("set yrange [-1:1]\n", out);
        put_series(out, name[a], &p->wave[a], v->from_s, v->to_s, plot_offset(p, a));
        fprintf(out, "plot $%s using 1:2 with lines lw 0.8 lc rgb '#263238'\n", name[a]);
    }
}

static void put_rejects(FILE *out, const struct plot *p, const struct plot_view *v)
{
    double last = -INFINITY, spacing = 0.012 * (v->to_s - v->from_s);

    for (size_t i = 0; i < p->reject.n; i++) {
        const struct plot_event *e = &p->reject.at[i];
        if (!in_view(v, e->time_s))
            continue;
        fprintf(out,
                "set arrow from %.4f, graph 0 to %.4f, graph 0.08 nohead lw 1.5 lc rgb '#795548' front\n",
                e->time_s, e->time_s);
        if (e->time_s - last < spacing)
            continue; /* too close to be read; the mark remains */
        last = e->time_s;
        fputs("set label ", out);
        put_text(out, e->text);
        fprintf(out, " at %.4f, graph 0.10 left rotate by 90 noenhanced front font ',10' tc rgb '#795548'\n",
                e->time_s);
    }
    if (p->reject.left_out > 0)
        fprintf(
            out,
            "set label '%zu more rejections' at graph 0.995, graph 0.08 right font ',10' tc rgb '#795548'\n",
            p->reject.left_out);
}

static void put_ratio(FILE *out, const struct plot *p, const struct plot_view *v)
{
    put_panel(out, 0.440, 0.560);
    fputs("set xtics format ''; set logscale y; set ytics format '%g'\n"
          "set ylabel 'detection, ratio'\nset key top left Left reverse samplen 2 font ',11' noenhanced\n",
          out);
    put_picks(out, p, v, false);
    put_rejects(out, p, v);
    put_maxima(out, "ratio", &p->ratio, v, 0.05);
    put_maxima(out, "statistic", &p->statistic, v, 0.05);
    fputs("set yrange [0.05:*<1e6]\n"
          "plot $ratio using 1:2 with lines lw 1.5 lc rgb '#2e7d32' title 'STA/LTA', \\\n"
          " $statistic using 1:2 with lines lw 1.8 lc rgb '#c2185b' title 'declaring statistic over its "
          "threshold', \\\n"
          " 1 with lines lw 1 dt 2 lc rgb '#c2185b' title '1: declares'\n",
          out);
}

/* Colours the time between a level and the next; names each rise where it begins. */
static void put_levels(FILE *out, const struct plot *p, const struct plot_view *v)
{
    static const char *const tint[LEVELS] = {"#ffffff", "#fff8d6", "#ffe3c2", "#ffd0cc"};
    double last = -INFINITY, spacing = 0.17 * (v->to_s - v->from_s);
    int row = 0;

    for (size_t i = 0; i < p->level.n; i++) {
        const struct plot_event *e = &p->level.at[i];
        double end = i + 1 < p->level.n ? p->level.at[i + 1].time_s : v->to_s;
        double from = fmax(e->time_s, v->from_s), to = fmin(end, v->to_s);
        char text[PLOT_TEXT_MAX + 48];

        if (to > from)
            fprintf(out,
                    "set object rect from %.4f, graph 0 to %.4f, graph 1 fc rgb '%s' fs solid 1 noborder "
                    "behind\n",
                    from, to, tint[e->kind]);
        if (!in_view(v, e->time_s))
            continue;
        row = e->time_s - last < spacing ? row + 1 : 0;
        last = e->time_s;
        if (e->kind == 0 && e->text[0])
            snprintf(text, sizeof text, "%.2f s %s", e->time_s, e->text);
        else
            snprintf(text, sizeof text, "%.2f s %s%s%s", e->time_s, level_name[e->kind],
                     e->text[0] ? ": " : "", e->text);
        if (row >= 7)
            continue;
        fputs("set label ", out);
        put_text(out, text);
        fprintf(out,
                " at %.4f, graph %.3f left offset character 0.4,0 noenhanced front font ',11' tc rgb '%s'\n",
                e->time_s, 0.93 - 0.085 * row, level_colour[e->kind]);
    }
}

static void put_intensity(FILE *out, const struct plot *p, const struct plot_view *v)
{
    static const struct {
        int threshold;
        const char *name, *colour;
    } lines[] = {{3, "3 watch", "#e0b400"},
                 {4, "4 warning", "#f57c00"},
                 {5, "5 alarm", "#d32f2f"},
                 {6, "6", "#880e4f"}};
    double top = fmax(series_peak(&p->observed, v->from_s, v->to_s, 0.0),
                      series_peak(&p->predicted, v->from_s, v->to_s, 0.0));
    char text[PLOT_TEXT_MAX];

    put_panel(out, 0.575, 0.745);
    fprintf(out, "set yrange [0:%.2f]; set ytics 1\n", fmax(8.0, ceil(fmin(top, 12.0)) + 1.5));
    fputs("set xlabel 'seconds after the first sample' offset 0,0.6\nset ylabel ", out);
    snprintf(text, sizeof text, "intensity%s%s", p->scale[0] ? ", " : "", p->scale);
    put_text(out, text);
    fputs(" noenhanced\nset key bottom right Left reverse samplen 2 font ',11' noenhanced opaque\n", out);
    put_levels(out, p, v);
    put_level_lines(out, p, v);
    put_picks(out, p, v, false);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        fprintf(out,
                "set arrow from graph 0, first %d to graph 1, first %d nohead lw 1 dt 4 lc rgb '%s' back\n"
                "set label '%s' at graph 0.004, first %d.2 left front font ',10' tc rgb '%s'\n",
                lines[i].threshold, lines[i].threshold, lines[i].colour, lines[i].name, lines[i].threshold,
                lines[i].colour);
    put_maxima(out, "observed", &p->observed, v, -3.0);
    put_maxima(out, "predicted", &p->predicted, v, -3.0);
    fputs("plot $observed using 1:2 with lines lw 2.2 lc rgb '#000000' title 'observed, last 10 s', \\\n"
          " $predicted using 1:2 with lines lw 2 lc rgb '#1565c0' title 'predicted from "
          "the P'\n"
          "unset xlabel\n",
          out);
}

static void put_enlargement(FILE *out, const struct plot *p, const struct plot_view *v)
{
    int axis = shown_axis(p);
    struct plot_view near = {.from_s = v->pick_s - 1.0, .to_s = v->pick_s + 2.0};
    char text[PLOT_TEXT_MAX];

    put_panel(out, 0.815, 0.955);
    fputs("set lmargin at screen 0.075; set rmargin at screen 0.50\n"
          "set xlabel 'the pick enlarged, seconds' offset 0,0.6\nset ylabel ",
          out);
    snprintf(text, sizeof text, "%s, %s", axis_title[axis], p->unit);
    put_text(out, text);
    fputs(" noenhanced\n", out);
    if (isnan(v->pick_s)) {
        fputs("set xrange [0:1]; set yrange [0:1]; set label 'no pick' at graph 0.5, graph 0.5 center\n"
              "plot NaN notitle\n",
              out);
        return;
    }
    fprintf(out, "set xrange [%.4f:%.4f]\n", near.from_s, near.to_s);
    put_picks(out, p, &near, true);
    put_level_lines(out, p, &near);
    put_series(out, "near", &p->wave[axis], near.from_s, near.to_s, plot_offset(p, axis));
    fputs("plot $near using 1:2 with linespoints lw 0.9 pt 7 ps 0.25 lc rgb '#263238'\n", out);
}

static void put_spectra(FILE *out, const struct plot *p)
{
    static const char *const name[PLOT_SPECTRA] = {"quiet", "event"};
    static const char *const title[PLOT_SPECTRA] = {"noise before the first pick",
                                                    "strongest 2 s since the last pick"};
    static const char *const colour[PLOT_SPECTRA] = {"#90a4ae", "#d32f2f"};
    bool drawn[PLOT_SPECTRA];
    int plots = 0;
    char text[PLOT_TEXT_MAX];

    put_panel(out, 0.815, 0.955);
    fputs("set lmargin at screen 0.58; set rmargin at screen 0.98\n"
          "set logscale xy; set xrange [*:*]; set xtics format '%g' autofreq; set ytics format '10^{%L}'\n"
          "set xlabel 'frequency, Hz' offset 0,0.6\nset key bottom left Left reverse samplen 2 font "
          "',11'\nset ylabel ",
          out);
    snprintf(text, sizeof text, "%s / sqrt(Hz), vector", p->unit);
    put_text(out, text);
    fputs(" noenhanced\n", out);
    for (int k = 0; k < PLOT_SPECTRA; k++) {
        size_t points = plot_spectra_points(&p->spectra, (enum plot_spectrum)k);
        drawn[k] = false;
        fprintf(out, "$%s << EOD\n", name[k]);
        for (size_t i = 0; i < points; i++) {
            double density = plot_spectra_density(&p->spectra, (enum plot_spectrum)k, i);
            if (!(density > 0.0)) /* both axes are logarithmic */
                continue;
            drawn[k] = true;
            fprintf(out, "%.5g %.5g\n", (double)(i + 1) * p->spectra.bin_hz, density);
        }
        fputs(drawn[k] ? "EOD\n" : "0 NaN\nEOD\n", out);
    }
    if (!drawn[PLOT_SPECTRUM_NOISE] && !drawn[PLOT_SPECTRUM_EVENT]) {
        fputs("unset logscale; set xrange [0:1]; set yrange [0:1]; set ytics format '%g'\n"
              "set label 'no spectrum' at graph 0.5, graph 0.5 center\nplot NaN notitle\n",
              out);
        return;
    }
    for (int k = 0; k < PLOT_SPECTRA; k++)
        if (drawn[k])
            fprintf(out, "%s $%s using 1:2 with lines lw 1.6 lc rgb '%s' title '%s'", plots++ ? "," : "plot",
                    name[k], colour[k], title[k]);
    fputc('\n', out);
}

int plot_script(const struct plot *p, const char *title, FILE *out)
{
    struct plot_view v = plot_view_make(p);

    fprintf(out, "set encoding utf8\nset terminal %s size %d,%d font 'DejaVu Sans,12' %s\n",
            p->svg ? "svg" : "pngcairo", WIDTH_PX, HEIGHT_PX, p->svg ? "background rgb 'white'" : "");
    fputs("set multiplot title ", out);
    put_text(out, title);
    fputs(" noenhanced font ',15'\n"
          "set lmargin at screen 0.075; set rmargin at screen 0.98\n"
          "set border lw 0.8 lc rgb '#555555'; set grid xtics ytics lw 0.5 lc rgb '#dddddd'\n"
          "set tics font ',11'; set ylabel offset 0.3,0 font ',11'\n",
          out);
    put_overview(out, p, &v);
    put_waves(out, p, &v);
    put_ratio(out, p, &v);
    put_intensity(out, p, &v);
    put_enlargement(out, p, &v);
    put_spectra(out, p);
    fputs("unset multiplot\n", out);
    return ferror(out) ? -1 : 0;
}
