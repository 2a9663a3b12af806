/* ASA 2.0 files made here, with the labels of UNAM's own. */
#include "tests/unit/io/text_file.h"

enum { SAMPLES = 200, HEADER_LINES = 28 };

/* The caller frees. */
static char *make(void)
{
    size_t room = 16 * 1024, at = 0;
    char *text = malloc(room);

    assert_non_null(text);
    at += (size_t)snprintf(text, room,
                           "**************************************************\n"
                           "                       INSTITUTO\n"
                           "**************************************************\n"
                           "ARCHIVO ESTANDAR DE ACELERACION:\n"
                           "VERSION DEL FORMATO                    : 2.0\n"
                           "CLAVE DE LA ESTACION                   : TST1\n"
                           "                                       : a second line of something\n"
                           "ORIENTACION C1-C6 (rumbo;orientacion)  : /V/N00E/N90E\n"
                           "ORIENTACION C7-C12 (rumbo;orientacion) : \n"
                           "VEL. DE MUESTREO, C1-C6 (muestras/s)   : /200/200/200\n"
                           "VEL. DE MUESTREO, C7-C12 (muestras/s)  : \n"
                           "ESC. COMPLETA DE SENSORES, C1-C6, (g)  : /4/4/4\n"
                           "FECHA DEL SISMO [GMT]                  : 2017/09/19\n"
                           "HORA EPICENTRO (GMT)                   : 18:14:40\n"
                           "HORA DE LA PRIMERA MUESTRA (GMT)       : 18:14:18.250\n"
                           "DURACION DEL REGISTRO (s), C1-C6       : /1.00/1.00/1.00\n"
                           "DURACION DEL REGISTRO (s), C7-C12      : \n"
                           "NUM. TOTAL DE MUESTRAS, C1-C6          : /200/200/200\n"
                           "NUM. TOTAL DE MUESTRAS, C7-C12         : \n"
                           "ACEL. MAX.(Gal), C1-C6                 : /1/1/1\n"
                           "UNIDADES DE LOS DATOS                  : Gal (cm/s/s)\n"
                           "FORMATO DATOS (FORTRAN,10 campos/dato) : 3F10.4\n"
                           "COMENTARIOS:\n"
                           "DATOS DE ACELERACION:\n"
                           "---------+---------+---------+\n"
                           "   CANAL-1   CANAL-2   CANAL-3\n"
                           "         V      N00E      N90E\n"
                           "---------+---------+---------+\n");
    for (int i = 0; i < SAMPLES; i++)
        at += (size_t)snprintf(text + at, room - at, "%10.4f%10.4f%10.4f\n", text_sample(i, 0),
                               text_sample(i, 1), text_sample(i, 2));
    return text;
}

static const struct text_file file = {
    &reader_unam,
    make,
    "TST1",
    {"TST1.C1.Z", "TST1.C2.N", "TST1.C3.E"},
    "ZNE",
    true,
    200,
    /* date -u -d '2017-09-19 18:14:18' +%s */
    INT64_C(1505844858250000000),
    SAMPLES,
};

static void reads(void **state)
{
    (void)state;
    text_reads(&file);
}

static const struct {
    const char *name, *bearing;
    char axis; /* of the second channel */
    double azimuth_deg;
} bearings[] = {
    {"north", "N00E", 'N', 0},
    {"north, the other way round", "N00W", 'N', 0},
    {"a quarter of a degree is north", "N00.25W", 'N', 359.75},
    {"ten degrees are not", "N10E", '2', 10},
    {"north-west", "N45W", '2', 315},
    {"south, which is not turned round here", "S00E", '2', 180},
    {"south-east", "S80E", '2', 100},
    {"south-west", "S80W", '2', 260},
    {"west", "N90W", '2', 270},
};

static void bearings_are_known(void **state)
{
    char *good = make();

    (void)state;
    for (size_t i = 0; i < sizeof bearings / sizeof *bearings; i++) {
        struct reader_run *run = reader_run_new();
        char line[64];
        snprintf(line, sizeof line, "ORIENTACION C1-C6 (x) : /V/%s/N90E", bearings[i].bearing);
        char *text = text_with(good, 8, line);
        assert_int_equal(reader_run_bytes(run, &reader_unam, text, strlen(text)), 0);
        const struct channel *c = &run->channels.at[1];
        if (c->axis != bearings[i].axis || fabs(c->azimuth_deg - bearings[i].azimuth_deg) > 1e-9)
            fail_msg("%s: axis %c, %g degrees", bearings[i].name, c->axis, c->azimuth_deg);
        free(text);
        reader_run_free(run);
    }
    free(good);
}

/* date -u -d '2017-09-19 23:59:50' +%s is 1505865590 */
static const struct {
    const char *name, *epicentre, *first;
    bool has_time;
    int64_t t0_s;
} midnights[] = {
    {"of one day", "23:59:40", "23:59:50", true, 1505865590},
    {"the first sample after midnight", "23:59:50", "00:00:10", true, 1505865610},
    {"the first sample before midnight", "00:00:10", "23:59:50", true, 1505865590 - 86400},
    {"no time of the earthquake", "", "23:59:50", true, 1505865590},
    {"no time of the first sample", "23:59:50", "", false, 0},
};

static void midnight_is_between(void **state)
{
    char *good = make();

    (void)state;
    for (size_t i = 0; i < sizeof midnights / sizeof *midnights; i++) {
        struct reader_run *run = reader_run_new();
        char line[64];
        snprintf(line, sizeof line, "HORA EPICENTRO (GMT) : %s", midnights[i].epicentre);
        char *half = text_with(good, 14, line);
        snprintf(line, sizeof line, "HORA DE LA PRIMERA MUESTRA (GMT) : %s", midnights[i].first);
        char *text = text_with(half, 15, line);
        assert_int_equal(reader_run_bytes(run, &reader_unam, text, strlen(text)), 0);
        const struct channel *c = &run->channels.at[0];
        if (c->has_time != midnights[i].has_time || c->t0_ns != midnights[i].t0_s * 1000000000)
            fail_msg("%s: %lld", midnights[i].name, (long long)c->t0_ns);
        free(text);
        free(half);
        reader_run_free(run);
    }
    free(good);
}

/* Four channels: the first three are one instrument, the fourth is of another. */
static void a_recorder_of_more_channels(void **state)
{
    static const struct {
        int line;
        const char *with;
    } change[] = {
        {8, "ORIENTACION C1-C6 : /V/N00E/N90E"},
        {9, "ORIENTACION C7-C12 : /V"},
        {10, "VEL. DE MUESTREO, C1-C6 : /200/200/200"},
        {11, "VEL. DE MUESTREO, C7-C12 : /200"},
        {18, "NUM. TOTAL DE MUESTRAS, C1-C6 : /2/2/2"},
        {19, "NUM. TOTAL DE MUESTRAS, C7-C12 : /2"},
        {16, "DURACION DEL REGISTRO (s), C1-C6 : /0.01/0.01/0.01"},
        {22, "FORMATO DATOS : 4F10.4"},
    };
    struct reader_run *run = reader_run_new();
    char *text = make();

    (void)state;
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        char *next = text_with(text, change[i].line, change[i].with);
        free(text);
        text = next;
    }
    strcpy(strstr(text, "N90E\n-") + strlen("N90E\n---------+---------+---------+\n"),
           "    1.0000    2.0000    3.0000    4.0000\n    5.0000    6.0000    7.0000    8.0000\n");
    if (reader_run_bytes(run, &reader_unam, text, strlen(text)) != 0)
        fail_msg("%s", run->err.text);
    assert_int_equal(run->channels.n, 4);
    assert_string_equal(run->channels.at[2].code, "TST1.1.C3.E");
    assert_string_equal(run->channels.at[3].code, "TST1.2.C4.Z");
    assert_string_equal(run->channels.at[3].group, "TST1.2");
    assert_true(run->value[3][0] == 4 && run->value[3][1] == 8 && run->n[3] == 2);
    free(text);
    reader_run_free(run);
}

static const struct text_case cases[] = {
    {"a good file", 0, NULL, NULL},
    {"numbers that touch", 29, "-1000.0001-1000.0002-1000.0003", NULL},
    {"no length said", 16, NULL, NULL},
    {"no station", 6, NULL, "the header ends without 'CLAVE DE LA ESTACION'"},
    {"no orientations", 8, "ORIENTACION C1-C6 : ", "line 24: 0 orientations, 3 rates"},
    {"two orientations", 8, "ORIENTACION C1-C6 : /V/N00E", "line 24: 2 orientations, 3 rates"},
    {"an orientation that is none", 8, "ORIENTACION C1-C6 : /V/X00E/N90E", "line 8: ORIENTACION C1-C6"},
    {"a bearing beyond a right angle", 8, "ORIENTACION C1-C6 : /V/N91E/N90E", "line 8"},
    {"a bearing without digits", 8, "ORIENTACION C1-C6 : /V/NE/N90E", "line 8"},
    {"more than twelve channels", 9, "ORIENTACION C7-C12 : /V/V/V/V/V/V/V/V/V/V",
     "line 9: ORIENTACION C7-C12"},
    {"two rates", 10, "VEL. DE MUESTREO, C1-C6 : /200/100/200", "line 10: VEL. DE MUESTREO, C1-C6"},
    {"no rate", 10, "VEL. DE MUESTREO, C1-C6 : /0/0/0", "line 10"},
    {"a rate that is a word", 10, "VEL. DE MUESTREO, C1-C6 : /x/x/x", "line 10"},
    {"a date that does not exist", 13, "FECHA DEL SISMO : 2017/02/30",
     "line 13: FECHA DEL SISMO '2017/02/30'"},
    {"a time of day that does not exist", 14, "HORA EPICENTRO : 25:00:00",
     "line 14: HORA EPICENTRO '25:00:00'"},
    {"a time that is a word", 15, "HORA DE LA PRIMERA MUESTRA : noon", "line 15"},
    {"another length", 16, "DURACION DEL REGISTRO (s), C1-C6 : /2.00/2.00/2.00",
     "line 24: 200 samples at 200 Hz are not 2 s"},
    {"two numbers of samples", 18, "NUM. TOTAL DE MUESTRAS, C1-C6 : /200/199/200", "line 18"},
    {"a number of samples left out", 18, "NUM. TOTAL DE MUESTRAS, C1-C6 : /200/200",
     "line 24: 3 orientations, 3 rates, 2 numbers of samples"},
    {"no samples", 18, "NUM. TOTAL DE MUESTRAS, C1-C6 : /0/0/0", "line 18"},
    {"half a sample", 18, "NUM. TOTAL DE MUESTRAS, C1-C6 : /1.5/1.5/1.5", "line 18"},
    {"one more promised", 18, "NUM. TOTAL DE MUESTRAS, C1-C6 : /201/201/201",
     "201 samples promised, 200 there: the file is cut off"},
    {"one less promised", 18, "NUM. TOTAL DE MUESTRAS, C1-C6 : /199/199/199",
     "line 228: more than the 199 samples promised"},
    {"another unit", 21, "UNIDADES DE LOS DATOS : g", "line 21: UNIDADES DE LOS DATOS 'g' is not Gal"},
    {"columns that the channels do not have", 22, "FORMATO DATOS : 4F10.4", "line 24: 3 orientations"},
    {"no format", 22, "FORMATO DATOS : free", "line 22: FORMATO DATOS 'free' is not a format such as 3F10.4"},
    {"no data", 24, NULL, "no line 'DATOS DE ACELERACION:' up to here"},
    {"a row cut short", 40, "    0.0000    0.0000", "line 40"},
    {"a word in a row", 40, "    0.0000       abc    0.0000", "line 40"},
};

static void refuses(void **state)
{
    (void)state;
    text_cases(&reader_unam, make, cases, sizeof cases / sizeof *cases);
}

static void survives_faults(void **state)
{
    (void)state;
    text_hardships(&reader_unam, make);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(bearings_are_known),
        cmocka_unit_test(midnight_is_between),
        cmocka_unit_test(a_recorder_of_more_channels),
        cmocka_unit_test(refuses),
        cmocka_unit_test(survives_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
