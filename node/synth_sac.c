/* synth_sac.c - the header of a SAC file, and its samples. */
#include <math.h>
#include <string.h>

#include "node/synth_out.h"

/* SAC, version 6 (the layout of the SAC manual): 70 floats, 40 integers, 192 bytes of text, then the samples.
 * Words are numbered as there. */
enum {
    START_YEAR = 2026,
    START_DAY_OF_YEAR = 1,
    SAC_FLOATS = 70,
    SAC_WORDS = 110,
    SAC_TEXT = 192,
    SAC_DELTA = 0,
    SAC_B = 5,
    SAC_E = 6,
    SAC_O = 7,
    SAC_A = 8,
    SAC_T0 = 10,
    SAC_EVDP = 38,
    SAC_MAG = 39,
    SAC_DIST = 50,
    SAC_BAZ = 52,
    SAC_CMPAZ = 57,
    SAC_CMPINC = 58,
    SAC_NZYEAR = 70,
    SAC_NZJDAY = 71,
    SAC_NZMSEC = 75,
    SAC_NVHDR = 76,
    SAC_NPTS = 79,
    SAC_IFTYPE = 85,
    SAC_IDEP = 86,
    SAC_IZTYPE = 87,
    SAC_LEVEN = 105,
    SAC_LPSPOL = 106,
    SAC_LOVROK = 107,
};

static void put_u32(unsigned char *to, uint32_t v) /* little-endian on every machine */
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(v >> (8 * i));
}

static void put_float(unsigned char *to, double v)
{
    float f = (float)v;
    uint32_t bits;

    memcpy(&bits, &f, sizeof bits);
    put_u32(to, bits);
}

static void put_text(unsigned char *header, size_t at, const char *text) /* eight characters, blank-padded */
{
    for (size_t i = 0; i < 8; i++)
        header[SAC_WORDS * 4 + at + i] = *text ? (unsigned char)*text++ : ' ';
}

static void put_facts(unsigned char *h, const struct synth_conf *c, const struct synth *r)
{
    const struct {
        int word;
        double value;
    } real[] = {
        {SAC_O, r->origin_s},
        {SAC_A, r->p_s},
        {SAC_T0, r->s_s},
        {SAC_EVDP, c->depth_km},
        {SAC_MAG, c->magnitude},
        {SAC_DIST, sqrt(fmax(0.0, r->hypocentral_km * r->hypocentral_km - c->depth_km * c->depth_km))},
        {SAC_BAZ, c->back_azimuth_deg},
    };

    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        put_float(h + 4 * real[i].word, real[i].value);
}

void synth_sac_header(struct synth_sink *s, const struct synth_out_conf *c, int axis)
{
    static const char *const code[AXES] = {"HNZ", "HNN", "HNE"};
    static const double azimuth[AXES] = {0.0, 0.0, 90.0}, from_up[AXES] = {0.0, 90.0, 90.0};
    unsigned char h[SAC_WORDS * 4 + SAC_TEXT];
    const struct {
        int word;
        double value;
    } real[] = {
        {SAC_DELTA, 1.0 / c->quake->rate_hz},
        {SAC_B, 0.0},
        {SAC_E, (double)(c->samples - 1) / c->quake->rate_hz},
        {SAC_CMPAZ, azimuth[axis]},
        {SAC_CMPINC, from_up[axis]},
    };
    const struct {
        int word;
        uint32_t value;
    } whole[] = {
        {SAC_NZYEAR, START_YEAR},
        {SAC_NZJDAY, START_DAY_OF_YEAR},
        {SAC_NVHDR, 6},
        {SAC_NPTS, (uint32_t)c->samples},
        {SAC_IFTYPE, 1 /* time series */},
        {SAC_IDEP, 8 /* acceleration, nm/s^2 */},
        {SAC_IZTYPE, 9 /* B */},
        {SAC_LEVEN, 1},
        {SAC_LPSPOL, 1},
        {SAC_LOVROK, 1},
    };

    for (int i = 0; i < SAC_WORDS; i++) {
        if (i < SAC_FLOATS)
            put_float(h + 4 * i, -12345.0);
        else
            put_u32(h + 4 * i, i < SAC_LEVEN ? (uint32_t)-12345 : 0);
    }
    for (size_t i = 0; i < sizeof real / sizeof *real; i++)
        put_float(h + 4 * real[i].word, real[i].value);
    if (c->record)
        put_facts(h, c->quake, c->record);
    for (int i = SAC_NZYEAR + 2; i <= SAC_NZMSEC; i++)
        put_u32(h + 4 * i, 0);
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        put_u32(h + 4 * whole[i].word, whole[i].value);
    for (size_t at = 0; at < SAC_TEXT; at += 8)
        put_text(h, at, "-12345");
    put_text(h, 0, "SYNTH");    /* kstnm */
    put_text(h, 8, "SYNTHETI"); /* kevnm: sixteen */
    put_text(h, 16, "C");
    put_text(h, 160, code[axis]); /* kcmpnm */
    put_text(h, 168, "XX");       /* knetwk: the code for no network */
    synth_sink_bytes(s, h, sizeof h);
}

void synth_sac_sample(struct synth_sink *s, double value_mps2)
{
    unsigned char word[4];

    put_float(word, value_mps2 * 1e9);
    synth_sink_bytes(s, word, sizeof word);
}
