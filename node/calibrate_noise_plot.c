#include "node/calibrate_noise_plot.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "calibration/noise_model.h"
#include "node/gnuplot.h"

static double db(double psd)
{
    return 10 * log10(psd);
}

/* Single-quoted, where only the quote itself is special; what cannot be printed becomes '?'. */
static void put_text(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text; text++)
        if (*text == '\'')
            fputs("''", out);
        else
            fputc(*text >= ' ' && *text <= '~' ? *text : '?', out);
    fputc('\'', out);
}

static void put_axis(FILE *out, const struct noise_result *noise, int axis)
{
    fprintf(out, "$axis%d << EOD\n", axis);
    for (unsigned b = 0; b < noise->bands; b++)
        if (noise->band[b].psd[axis] > 0)
            fprintf(out, "%.6g %.3f\n", noise->band[b].hz, db(noise->band[b].psd[axis]));
    fputs("EOD\n", out);
}

static void put_models(FILE *out)
{
    fputs("$models << EOD\n", out);
    for (int i = -20; i <= 20; i++) {
        double hz = pow(10, i / 20.0);
        fprintf(out, "%.6g %.3f %.3f\n", hz, noise_model_low_db(hz), noise_model_high_db(hz));
    }
    fputs("EOD\n", out);
}

static void put_script(FILE *out, bool svg, const char *title, const struct noise_result *noise,
                       unsigned axis_mask, double spec)
{
    static const char *const colour[] = {"#1565c0", "#2e7d32", "#c62828"};

    for (int a = 0; a < NOISE_AXES; a++)
        if (axis_mask & 1u << a)
            put_axis(out, noise, a);
    put_models(out);
    fprintf(out, "set terminal %s size 1200,750 %s\n", svg ? "svg" : "pngcairo",
            svg ? "background 'white'" : "noenhanced");
    fputs("set title ", out);
    put_text(out, title);
    fputs(" noenhanced\nset logscale x\nset xrange [0.1:*]\nset grid\nset offsets 0, 0, 5, 5\nset key "
          "outside right noenhanced\n"
          "set xlabel 'frequency, Hz'\n"
          "set ylabel 'power spectral density, dB re 1 (m/s^2)^2/Hz' noenhanced\nplot ",
          out);
    for (int a = 0; a < NOISE_AXES; a++)
        if (axis_mask & 1u << a)
            fprintf(out, "$axis%d using 1:2 with linespoints pt 7 ps 0.4 lw 2 lc rgb '%s' title '%c', ", a,
                    colour[a], 'x' + a);
    if (spec > 0)
        fprintf(out, "%.4f with lines dt 2 lw 2 lc rgb '#ef6c00' title 'data sheet', ", db(spec * spec));
    fputs("$models using 1:3 with lines lw 2 lc rgb '#757575' title 'New High Noise Model', "
          "$models using 1:2 with lines lw 2 lc rgb '#bdbdbd' title 'New Low Noise Model'\n",
          out);
}

int calibrate_noise_plot(const struct sys *sys, const char *path, const char *title,
                         const struct noise_result *noise, unsigned axis_mask, double spec, struct error *err)
{
    bool svg;
    int result;

    if (!gnuplot_knows(path, &svg))
        return error_set(err, "%s: a plot's name ends in .svg or .png", path);
    int fd = sys->open_write(sys->ctx, path);
    if (fd < 0)
        return error_set(err, "%s: cannot write: %s", path, strerror(errno));
    FILE *script = tmpfile();
    if (script)
        put_script(script, svg, title, noise, axis_mask, spec);
    if (!script || fflush(script) != 0)
        result = error_set(err, "%s: cannot write the plot's data: %s", path, strerror(errno));
    else
        result = gnuplot_run(script, sys, fd, path, err);
    if (script)
        fclose(script);
    if (sys->close(sys->ctx, fd) != 0 && result == 0)
        result = error_set(err, "%s: cannot write: %s", path, strerror(errno));
    return result;
}
