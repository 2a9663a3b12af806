#include "node/synth_args.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/args.h"
#include "node/cmd.h"

static const char usage[] =
    "usage: tocsin synth [options] OUT\n"
    "Writes a synthetic record in m/s^2, up north east: one earthquake, or hours of a building's life.\n"
    "  OUT                      NAME.csv, NAME.sac (three files), NAME.mseed, or - for standard output\n"
    "      --format csv|sac|mseed   instead of by OUT's ending; of - : csv\n"
    "      --truth FILE         true onsets and events as JSON lines (NAME.truth.jsonl; for - none)\n"
    "  -s, --seed N             another number, another record of the same kind (1)\n"
    "      --model tune|judge   two sets of physics and random numbers: tune a detector on one, judge it on\n"
    "                           the other (tune)\n"
    "the earthquake\n"
    "  -m, --magnitude M        moment magnitude, 0..9 (6)\n"
    "  -d, --distance KM        of the epicentre, 0..300 (30)\n"
    "  -z, --depth KM           1..200 (10)\n"
    "      --azimuth DEG        from the node to the epicentre, clockwise from north (35)\n"
    "      --stress BAR         stress drop, 1..1000 (160)\n"
    "      --source auto|point|finite   finite: sub-events along a rupture; auto: from M 6.5 (auto)\n"
    "      --strike DEG         of the rupture, clockwise from north (0)\n"
    "      --speed X            of the rupture over the shear velocity, 0.1..0.95 (0.8; 0.3 is a slow one)\n"
    "      --ramp SHARE         of the rupture that it takes to grow to full strength, 0..1 (0)\n"
    "      --site hard|rock|stiff|soft   amplification of 1500, 620, 360, 250 m/s (rock)\n"
    "      --kappa S            attenuation near the surface, 0.001..0.2 (by the site)\n"
    "      --before S           quiet in front of the P wave (30)\n"
    "      --after S            record behind the last S onset (60)\n"
    "      --teleseism DEG      a distant one instead, 30..95 degrees away, magnitude 5 at least\n"
    "      --sequence           and its aftershocks, for --hours (24)\n"
    "      --main-at S          origin time of the mainshock then (60)\n"
    "      --smallest M         aftershock (magnitude less 4)\n"
    "the building\n"
    "      --building           its life, for --hours (1), with --sequence shaken by it\n"
    "      --hours H            up to 1e6\n"
    "      --activity X         factor on all rates (1)\n"
    "      --start-hour H       local time of the first sample, 0..24 (0)\n"
    "      --only LIST          classes that happen, comma-separated; see --list\n"
    "      --without LIST       classes that do not\n"
    "      --list               prints the classes and ends\n"
    "the noise\n"
    "      --noise UG_PER_RTHZ  of the sensor, white, 1e-6 g per root hertz (25)\n"
    "      --background SHARE   of the ground: 0 Peterson's low, 1 his high model (0.9 with --building and\n"
    "                           --sequence, else none)\n"
    "      --noise-from TRACE   noise with the spectrum of this quiet record instead\n"
    "      --noise-scale X      unit per count of that record, 4e-9 or 1/384500, where its file does not "
    "say\n"
    "      --noise-unit m/s^2|m/s   that unit (m/s^2)\n"
    "the sensor\n"
    "  -r, --rate HZ            20..4000 (100)\n"
    "      --bits N             digitise with N bits, 4..32 (not digitised; miniSEED, or with --range, 24)\n"
    "      --range G            full scale of the digitiser, + and - (2)\n"
    "  -h, --help\n";

static int complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int complain(const char *format, ...)
{
    va_list args;

    fputs("tocsin synth: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_USAGE;
}

enum { /* of options without a letter */
       OPTION_AZIMUTH = 256,
       OPTION_STRESS,
       OPTION_SOURCE,
       OPTION_STRIKE,
       OPTION_SPEED,
       OPTION_RAMP,
       OPTION_SITE,
       OPTION_KAPPA,
       OPTION_BEFORE,
       OPTION_AFTER,
       OPTION_TELESEISM,
       OPTION_SEQUENCE,
       OPTION_MAIN_AT,
       OPTION_SMALLEST,
       OPTION_BUILDING,
       OPTION_HOURS,
       OPTION_ACTIVITY,
       OPTION_START_HOUR,
       OPTION_ONLY,
       OPTION_WITHOUT,
       OPTION_LIST,
       OPTION_NOISE,
       OPTION_BACKGROUND,
       OPTION_NOISE_FROM,
       OPTION_NOISE_SCALE,
       OPTION_NOISE_UNIT,
       OPTION_BITS,
       OPTION_RANGE,
       OPTION_FORMAT,
       OPTION_TRUTH,
       OPTION_MODEL,
};

static const struct option options[] = {
    {"magnitude", required_argument, NULL, 'm'},
    {"distance", required_argument, NULL, 'd'},
    {"depth", required_argument, NULL, 'z'},
    {"seed", required_argument, NULL, 's'},
    {"rate", required_argument, NULL, 'r'},
    {"azimuth", required_argument, NULL, OPTION_AZIMUTH},
    {"stress", required_argument, NULL, OPTION_STRESS},
    {"source", required_argument, NULL, OPTION_SOURCE},
    {"strike", required_argument, NULL, OPTION_STRIKE},
    {"speed", required_argument, NULL, OPTION_SPEED},
    {"ramp", required_argument, NULL, OPTION_RAMP},
    {"site", required_argument, NULL, OPTION_SITE},
    {"kappa", required_argument, NULL, OPTION_KAPPA},
    {"before", required_argument, NULL, OPTION_BEFORE},
    {"after", required_argument, NULL, OPTION_AFTER},
    {"teleseism", required_argument, NULL, OPTION_TELESEISM},
    {"sequence", no_argument, NULL, OPTION_SEQUENCE},
    {"main-at", required_argument, NULL, OPTION_MAIN_AT},
    {"smallest", required_argument, NULL, OPTION_SMALLEST},
    {"building", no_argument, NULL, OPTION_BUILDING},
    {"hours", required_argument, NULL, OPTION_HOURS},
    {"activity", required_argument, NULL, OPTION_ACTIVITY},
    {"start-hour", required_argument, NULL, OPTION_START_HOUR},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"without", required_argument, NULL, OPTION_WITHOUT},
    {"list", no_argument, NULL, OPTION_LIST},
    {"noise", required_argument, NULL, OPTION_NOISE},
    {"background", required_argument, NULL, OPTION_BACKGROUND},
    {"noise-from", required_argument, NULL, OPTION_NOISE_FROM},
    {"noise-scale", required_argument, NULL, OPTION_NOISE_SCALE},
    {"noise-unit", required_argument, NULL, OPTION_NOISE_UNIT},
    {"bits", required_argument, NULL, OPTION_BITS},
    {"range", required_argument, NULL, OPTION_RANGE},
    {"format", required_argument, NULL, OPTION_FORMAT},
    {"truth", required_argument, NULL, OPTION_TRUTH},
    {"model", required_argument, NULL, OPTION_MODEL},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Options that are one number; its limits, where synth_check does not know them. */
static const struct {
    int which;
    size_t offset;
    double min, max;
} reals[] = {
    {'m', offsetof(struct synth_args, conf.magnitude), -INFINITY, INFINITY},
    {'d', offsetof(struct synth_args, conf.distance_km), -INFINITY, INFINITY},
    {'z', offsetof(struct synth_args, conf.depth_km), -INFINITY, INFINITY},
    {'r', offsetof(struct synth_args, conf.rate_hz), -INFINITY, INFINITY},
    {OPTION_AZIMUTH, offsetof(struct synth_args, conf.back_azimuth_deg), -INFINITY, INFINITY},
    {OPTION_STRESS, offsetof(struct synth_args, conf.stress_bar), -INFINITY, INFINITY},
    {OPTION_STRIKE, offsetof(struct synth_args, conf.strike_deg), -INFINITY, INFINITY},
    {OPTION_SPEED, offsetof(struct synth_args, conf.rupture_speed), -INFINITY, INFINITY},
    {OPTION_RAMP, offsetof(struct synth_args, conf.ramp), -INFINITY, INFINITY},
    {OPTION_KAPPA, offsetof(struct synth_args, conf.kappa_s), 0.001, 0.2},
    {OPTION_BEFORE, offsetof(struct synth_args, conf.before_s), -INFINITY, INFINITY},
    {OPTION_AFTER, offsetof(struct synth_args, conf.after_s), -INFINITY, INFINITY},
    {OPTION_NOISE, offsetof(struct synth_args, conf.sensor.noise_ug_rthz), -INFINITY, INFINITY},
    {OPTION_RANGE, offsetof(struct synth_args, conf.sensor.range_g), -INFINITY, INFINITY},
    {OPTION_TELESEISM, offsetof(struct synth_args, teleseism_deg), 30.0, 95.0},
    {OPTION_MAIN_AT, offsetof(struct synth_args, main_s), 0.0, 1e9},
    {OPTION_SMALLEST, offsetof(struct synth_args, smallest), 0.0, 9.0},
    {OPTION_HOURS, offsetof(struct synth_args, hours), 1e-3, 1e6},
    {OPTION_ACTIVITY, offsetof(struct synth_args, activity), 0.0, 1000.0},
    {OPTION_START_HOUR, offsetof(struct synth_args, start_hour), 0.0, 24.0},
    {OPTION_BACKGROUND, offsetof(struct synth_args, background), -1.0, 2.0},
};

static const char *option_name(int which)
{
    for (const struct option *o = options; o->name; o++)
        if (o->val == which)
            return o->name;
    return "?";
}

static bool parse_real(const char *text, double *out)
{
    char *end;

    errno = 0;
    *out = strtod(text, &end);
    return end != text && *end == 0 && errno == 0 && isfinite(*out);
}

static bool parse_seed(const char *text, uint64_t *out)
{
    char *end;

    errno = 0;
    *out = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0;
}

static int take_real(struct synth_args *a, int which, const char *text) /* -1: it is none */
{
    double value;

    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        if (reals[i].which != which)
            continue;
        if (!parse_real(text, &value))
            return complain("--%s '%s' is not a number", option_name(which), text);
        if (value < reals[i].min || value > reals[i].max)
            return complain("--%s %g is not within %g..%g", option_name(which), value, reals[i].min,
                            reals[i].max);
        memcpy((char *)a + reals[i].offset, &value, sizeof value);
        return 0;
    }
    return -1;
}

/* One of `names` into *out. */
static int take_word(const char *const *names, int which, const char *text, int *out)
{
    for (int i = 0; names[i]; i++) {
        if (strcmp(names[i], text) == 0) {
            *out = i;
            return 0;
        }
    }
    return complain("--%s '%s': unknown (see --help)", option_name(which), text);
}

static int take_classes(const char *text, unsigned *out)
{
    *out = 0;
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, ",");
        char name[32];
        int class;

        snprintf(name, sizeof name, "%.*s", n < sizeof name ? (int)n : (int)sizeof name - 1, at);
        class = synth_nuisance_find(name);
        if (class < 0)
            return complain("'%s' is no class of a building's life (see --list)", name);
        *out |= 1u << class;
        at += n + (at[n] == ',');
    }
    return *out ? 0 : complain("a list of classes is empty (see --list)");
}

static int take_bits(struct synth_args *a, const char *text)
{
    double value;

    if (!parse_real(text, &value) || !(value >= 4.0 && value <= 32.0) || value != rint(value))
        return complain("--bits '%s' is not a whole number within 4..32", text);
    a->conf.sensor.bits = (int)value;
    return 0;
}

/* As replay --scale has it. */
static int take_scale(struct synth_args *a, const char *text)
{
    const char *end;

    if (!args_scale(text, &end, &a->noise_scale) || *end ||
        !(a->noise_scale >= 1e-15 && a->noise_scale <= 1e6))
        return complain("--noise-scale '%s' is not a number or 1/number within 1e-15..1e6", text);
    return 0;
}

static const char *const formats[] = {"csv", "sac", "mseed", NULL};

static int take(struct synth_args *a, int which, const char *text, int *format)
{
    static const char *const sources[] = {"auto", "point", "finite", NULL};
    static const char *const units[] = {"m/s^2", "m/s", NULL};
    static const char *const sites[] = {"hard", "rock", "stiff", "soft", NULL};
    static const char *const models[] = {"tune", "judge", NULL};
    unsigned classes;
    int word = 0, code = take_real(a, which, text);

    if (code >= 0) {
        a->ground = a->ground || which == OPTION_BACKGROUND;
        a->ranged = a->ranged || which == OPTION_RANGE;
        return code;
    }
    switch (which) {
    case 's':
        return parse_seed(text, &a->conf.seed)
                   ? 0
                   : complain("--seed '%s' is not a whole number from 0 on", text);
    case OPTION_SOURCE:
        code = take_word(sources, which, text, &word);
        a->conf.source = (enum synth_source)word;
        return code;
    case OPTION_SITE:
        code = take_word(sites, which, text, &word);
        a->conf.site = (enum synth_site)word;
        return code;
    case OPTION_MODEL:
        code = take_word(models, which, text, &word);
        a->conf.model = (enum synth_model_name)word;
        return code;
    case OPTION_FORMAT:
        return take_word(formats, which, text, format);
    case OPTION_ONLY:
    case OPTION_WITHOUT:
        code = take_classes(text, &classes);
        a->classes &= which == OPTION_ONLY ? classes : ~classes;
        return code;
    case OPTION_BITS:
        return take_bits(a, text);
    case OPTION_NOISE_FROM:
        a->noise_from = text;
        a->ground = true;
        return 0;
    case OPTION_NOISE_SCALE:
        return take_scale(a, text);
    case OPTION_NOISE_UNIT:
        code = take_word(units, which, text, &word);
        a->noise_velocity = word;
        return code;
    case OPTION_TRUTH:
        a->truth = text;
        return 0;
    case OPTION_SEQUENCE:
        a->sequence = true;
        return 0;
    case OPTION_BUILDING:
        a->building = true;
        return 0;
    }
    return complain("unknown option");
}

static void print_list(void)
{
    printf("%-13s %8s %17s %10s %s\n", "class", "per hour", "duration, s", "m/s^2", "spread (ln)");
    for (int i = 0; i < SYNTH_NUISANCES; i++)
        printf("%-13s %8.3f %8g %8g %10g %.1f\n", synth_classes[i].name, synth_classes[i].per_hour,
               synth_classes[i].duration_s.from, synth_classes[i].duration_s.to, synth_classes[i].peak_mps2,
               synth_classes[i].spread_ln);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n > m && !strcmp(text + n - m, end);
}

/* What follows from the rest: the format, the digitiser that miniSEED needs, defaults that depend on the
 * mode. */
static int finish(struct synth_args *a, int format)
{
    bool pipe = strcmp(a->path, "-") == 0;

    if (format < 0)
        format = pipe || ends_with(a->path, ".csv")                          ? SYNTH_CSV
                 : ends_with(a->path, ".sac")                                ? SYNTH_SAC
                 : ends_with(a->path, ".mseed") || ends_with(a->path, ".ms") ? SYNTH_MSEED
                                                                             : -1;
    if (format < 0)
        return complain("OUT '%s' ends neither in .csv nor in .sac nor in .mseed", a->path);
    if (format == SYNTH_SAC && pipe)
        return complain("SAC is three files: OUT cannot be -");
    a->format = (enum synth_format)format;
    if ((a->format == SYNTH_MSEED || a->ranged) && a->conf.sensor.bits == 0)
        a->conf.sensor.bits = 24;
    if (a->format == SYNTH_MSEED && a->conf.sensor.bits > 29)
        return complain("--bits %d: miniSEED (Steim-2) holds 29 at most", a->conf.sensor.bits);
    if (a->teleseism_deg > 0.0 && (a->building || a->sequence))
        return complain("--teleseism goes with neither --building nor --sequence");
    if (a->hours <= 0.0)
        a->hours = a->sequence ? 24.0 : 1.0;
    else if (!a->building && !a->sequence)
        return complain(
            "--hours goes with --building or --sequence; one earthquake has --before and --after");
    if (a->smallest < 0.0)
        a->smallest = fmax(0.0, a->conf.magnitude - 4.0);
    if (a->smallest > a->conf.magnitude)
        return complain("--smallest %g is above the mainshock's magnitude", a->smallest);
    return 0;
}

int synth_args_parse(int argc, char **argv, struct synth_args *a)
{
    int which, format = -1, code;

    *a = (struct synth_args){.conf = synth_default,
                             .main_s = 60.0,
                             .smallest = -1.0,
                             .activity = 1.0,
                             .classes = SYNTH_ALL_CLASSES,
                             .background = 0.9};
    optind = 0; /* a full restart: tests call this more than once */
    opterr = 0;
    while ((which = getopt_long(argc, argv, ":m:d:z:s:r:h", options, NULL)) != -1) {
        if (which == 'h') {
            fputs(usage, stdout);
            return -1;
        }
        if (which == OPTION_LIST) {
            print_list();
            return -1;
        }
        if (which == ':')
            return complain("%s needs a value", argv[optind - 1]);
        if (which == '?')
            return complain("unknown option %s (see --help)", argv[optind - 1]);
        code = take(a, which, optarg, &format);
        if (code != 0)
            return code;
    }
    if (argc - optind != 1)
        return complain("%s (see --help)", argc == optind ? "no OUT given" : "more than one OUT given");
    a->path = argv[optind];
    return finish(a, format);
}
