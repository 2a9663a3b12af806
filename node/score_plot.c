/* Four panels: how close the picks are, how soon they are declared, what lead remained, where alarms were
 * false. Nothing of a catalogue's text reaches gnuplot; kinds are quoted. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/utf8.h"
#include "node/gnuplot.h"
#include "node/score_out.h"

#define WIDTH_PX  1400
#define HEIGHT_PX 1000

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static bool is_judged(const struct score_record *r, bool by_hand)
{
    return r->replayed && r->known.class == SCORE_QUAKE && !r->judged.picks_why && r->row->by_hand == by_hand;
}

/* A block of value and share of all that are at least as small; misses keep the curve below 1. Of how many. */
static size_t put_distribution(FILE *out, const char *name, const struct score_results *s, double *value,
                               bool by_hand, bool first, bool declared)
{
    size_t hits = 0, all = 0;

    fprintf(out, "$%s << EOD\n0 0\n", name);
    for (size_t i = 0; i < s->n; i++) {
        const struct score_record *r = &s->records[i];
        if (!is_judged(r, by_hand))
            continue;
        const struct score_hit *h = first ? &r->judged.first : &r->judged.refined;
        all++;
        if (h->hit)
            value[hits++] = declared ? h->declared_s : fabs(h->error_s);
    }
    if (hits > 0)
        qsort(value, hits, sizeof *value, ascending);
    for (size_t i = 0; i < hits; i++)
        fprintf(out, "%.4f %.4f\n", value[i], (double)(i + 1) / (double)all);
    if (hits > 0)
        fprintf(out, "100 %.4f\n", (double)hits / (double)all);
    fputs("EOD\n", out);
    return all;
}

/* The lead that an alarm at the P would have had, and the share of it that there was. How many there are. */
static size_t put_leads(FILE *out, const struct score_results *s)
{
    size_t leads = 0;

    for (int k = 0; k < 4; k++) {
        fprintf(out, "$lead%d << EOD\n1 NaN\n", k);
        for (size_t i = 0; i < s->n; i++) {
            const struct score_record *r = &s->records[i];
            const struct score_outcome *o = &r->judged.alarm[k];
            if (!r->replayed || !o->judged)
                continue;
            fprintf(out, "%.3f %.3f\n", r->given.crossed_s[score_alarms[k].crossed] - r->known.p_s, o->kept);
            leads++;
        }
        fputs("EOD\n", out);
    }
    return leads;
}

/* An empty panel says why it is. */
static void put_empty(FILE *out, bool empty)
{
    fputs(empty ? "set label 1 'no record to judge' at graph 0.5,0.5 center\n" : "unset label 1\n", out);
}

static void put_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    while (*text) {
        size_t n = utf8_visible(text);
        if (n == 0 || strchr("\"\\`@", *text))
            fputc('?', out);
        else
            fwrite(text, 1, n, out);
        text += n > 0 ? n : 1;
    }
    fputc('"', out);
}

/* A row a class: name, share of loud records at each level with its interval. */
static void put_false(FILE *out, const struct score_tally *t)
{
    size_t row = 0;

    fprintf(out, "$false << EOD\n");
    for (size_t i = 0; i < t->louds; i++) {
        const struct score_loud_row *r = &t->loud[i];
        if (r->records == 0)
            continue;
        fprintf(out, "%zu ", row++);
        put_quoted(out, r->name);
        for (int l = 0; l < SCORE_LEVELS; l++) {
            const struct bootstrap_figure *f = &r->loud[l];
            bool known = !isnan(f->low);
            fprintf(out, " %.4f %.4f %.4f", f->value, known ? f->low : f->value, known ? f->high : f->value);
        }
        fputc('\n', out);
    }
    if (row == 0)
        fprintf(out, "0 \"nothing\" NaN NaN NaN NaN NaN NaN NaN NaN NaN\n");
    fprintf(out, "EOD\nrows = %zu\n", row ? row : 1);
}

static void put_picks(FILE *out, size_t judged)
{
    put_empty(out, judged == 0);
    fprintf(out, "set key right bottom\nset grid\nset logscale x\nset xrange [0.005:6]\nset yrange [0:1.02]\n"
                 "set title 'Picks: share of all within'\nset xlabel '|onset - P|, s'\n"
                 "plot $m_refined with steps lw 2 lc rgb '#1565c0' title 'manual P, refined', \\\n"
                 "     $m_first with steps lw 1 lc rgb '#1565c0' dt 2 title 'manual P, as first', \\\n"
                 "     $e_refined with steps lw 2 lc rgb '#8d6e63' title 'estimated P, refined', \\\n"
                 "     $e_first with steps lw 1 lc rgb '#8d6e63' dt 2 title 'estimated P, as first'\n"
                 "unset logscale x\nset xrange [-0.2:3]\n"
                 "set title 'Declared: share of all within'\nset xlabel 'declared - P, s'\n"
                 "plot $m_declared with steps lw 2 lc rgb '#1565c0' title 'manual P', \\\n"
                 "     $e_declared with steps lw 2 lc rgb '#8d6e63' title 'estimated P'\n");
}

static void put_alarms(FILE *out, size_t leads)
{
    static const char *const colour[] = {"#e0b400", "#f57c00", "#d32f2f", "#6a1b9a"};

    put_empty(out, leads == 0);
    fprintf(out,
            "set key below horizontal\nset bmargin 7\nset xrange [%s]\nset yrange [-0.02:1.05]\n"
            "set logscale x\nset title 'Share of the lead, records that left 1 s or more'\n"
            "set xlabel 'lead of an alarm at the P, s'\nplot ",
            leads ? "0.8:*" : "0.8:100");
    for (int k = 0; k < 4; k++)
        fprintf(out, "$lead%d with points pt 7 ps 0.8 lc rgb '%s' title 'GB/T %g: %s', \\\n     ", k,
                colour[k], score_alarms[k].intensity, score_alarms[k].name);
    fprintf(out, "1 with lines lc rgb '#9e9e9e' notitle\n"
                 "unset label 1\nunset logscale x\nset xrange [-0.6:rows - 0.4]\n"
                 "set yrange [-0.02:1.02]\nset xlabel ''\nset xtics rotate by -25 nomirror\n"
                 "set title 'Records with an alarm, where none should be'\n"
                 "plot ");
    for (int l = 0; l < SCORE_LEVELS; l++)
        fprintf(out, "$false using ($1 + %.2f):%d:%d:%d%s with yerrorbars pt 7 lw 2 lc rgb '%s' title '%s'%s",
                0.2 * (l - 1), 3 + 3 * l, 4 + 3 * l, 5 + 3 * l, l == 1 ? ":xtic(2)" : "", colour[l],
                score_alarms[l].name, l + 1 < SCORE_LEVELS ? ", \\\n     " : "\n");
}

int score_plot_script(FILE *out, const struct sys *sys, const struct score_results *s, bool svg)
{
    double *value = sys_alloc(sys, (s->n + 1) * sizeof *value);
    size_t judged, leads;

    if (!value)
        return -1;
    fprintf(out, "set encoding utf8\nset terminal %s size %d,%d %s font 'sans,%d'\n",
            svg ? "svg" : "pngcairo", WIDTH_PX, HEIGHT_PX,
            svg ? "dynamic background rgb 'white'" : "background rgb 'white'", svg ? 12 : 11);
    judged = put_distribution(out, "m_refined", s, value, true, false, false);
    put_distribution(out, "m_first", s, value, true, true, false);
    judged += put_distribution(out, "e_refined", s, value, false, false, false);
    put_distribution(out, "e_first", s, value, false, true, false);
    put_distribution(out, "m_declared", s, value, true, false, true);
    put_distribution(out, "e_declared", s, value, false, false, true);
    sys_free(sys, value);
    leads = put_leads(out, s);
    put_false(out, s->tally);
    fprintf(out, "set multiplot layout 2,2 title '%zu of %zu records replayed; raised in the settle time:",
            s->tally->replayed, s->tally->records);
    for (int l = 0; l < SCORE_LEVELS; l++)
        fprintf(out, "%s %s %llu", l ? "," : "", score_alarms[l].name,
                (unsigned long long)s->tally->settled[l].events);
    fprintf(out, "'\n");
    put_picks(out, judged);
    put_alarms(out, leads);
    fprintf(out, "unset multiplot\n");
    return 0;
}

int score_plot(const struct sys *sys, const char *path, const struct score_results *s, struct error *err)
{
    bool svg;
    FILE *script;
    int fd, result;

    if (!gnuplot_knows(path, &svg))
        return error_set(err, "%s: a plot's name must end in .svg or .png", path);
    fd = sys->open_write(sys->ctx, path);
    if (fd < 0)
        return error_set(err, "%s: cannot write: %s", path, strerror(errno));
    script = tmpfile();
    if (script && score_plot_script(script, sys, s, svg) < 0)
        result = error_set(err, "%s: out of memory", path);
    else if (!script || fflush(script) != 0 || ferror(script))
        result = error_set(err, "%s: cannot write the plot's data: %s", path, strerror(errno));
    else
        result = gnuplot_run(script, sys, fd, path, err);
    if (script)
        fclose(script);
    if (sys->close(sys->ctx, fd) != 0 && result == 0)
        result = error_set(err, "%s: cannot write: %s", path, strerror(errno));
    return result;
}
