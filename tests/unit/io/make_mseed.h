/* make_mseed.h - writes miniSEED 2 records for tests: our own encoder, so that libmseed is not tested with
 * itself. */
#ifndef TOCSIN_TESTS_MAKE_MSEED_H
#define TOCSIN_TESTS_MAKE_MSEED_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct mseed_spec {         /* zero means: */
    const char *code;       /* "XX.TEST.00.HNZ" */
    int encoding;           /* of blockette 1000; 1 int16, 3 int32, 4 float32, 5 float64, 10 and 11 Steim */
    int exponent;           /* record length 2^exponent; 9 */
    bool little;            /* header and data; big */
    bool no_1000;           /* leave blockette 1000 out */
    int factor, multiplier; /* 100, 1 */
    float rate_hz;          /* blockette 100 where not 0 */
    int usec;               /* blockette 1001 where not 0 */
    int32_t correction;     /* of the time, 0.1 ms, not yet applied */
    int year, day, hour, minute, second, ticks; /* 2024-001 00:00:00.0000 */
    char quality;                               /* 'D' */
    int promised;                               /* sample count in the header where not 0 */
};

struct mseed_writer {
    unsigned char *at;
    bool little;
};

static inline void put16(struct mseed_writer w, int offset, unsigned v)
{
    w.at[offset + (w.little ? 1 : 0)] = (unsigned char)(v >> 8);
    w.at[offset + (w.little ? 0 : 1)] = (unsigned char)v;
}

static inline void put32(struct mseed_writer w, int offset, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        w.at[offset + (w.little ? i : 3 - i)] = (unsigned char)(v >> (8 * i));
}

static inline void put64(struct mseed_writer w, int offset, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        w.at[offset + (w.little ? i : 7 - i)] = (unsigned char)(v >> (8 * i));
}

/* How a Steim word may hold differences: its two-bit code, the second code inside the word (-1: none), how
 * many of how many bits. Widest count first. */
struct steim_kind {
    int code, inner, n, bits;
};
static const struct steim_kind steim1_kinds[] = {{1, -1, 4, 8}, {2, -1, 2, 16}, {3, -1, 1, 32}};
static const struct steim_kind steim2_kinds[] = {{3, 2, 7, 4},  {3, 1, 6, 5},  {3, 0, 5, 6}, {1, -1, 4, 8},
                                                 {2, 3, 3, 10}, {2, 2, 2, 15}, {2, 1, 1, 30}};

static inline bool steim_fits(const int32_t *d, int n, int bits)
{
    for (int i = 0; i < n; i++)
        if (d[i] >= INT64_C(1) << (bits - 1) || d[i] < -(INT64_C(1) << (bits - 1)))
            return false;
    return true;
}

/* Packs as many of n samples as `frames` hold; returns how many. */
static inline int steim_pack(struct mseed_writer w, int frames, int version, const int32_t *x, int n)
{
    const struct steim_kind *kinds = version == 1 ? steim1_kinds : steim2_kinds;
    int kinds_n = version == 1 ? 3 : 7, done = 0;
    int32_t d[7];

    for (int f = 0; f < frames; f++) {
        uint32_t control = 0;
        for (int word = f == 0 ? 3 : 1; word < 16 && done < n; word++) {
            for (int k = 0; k < kinds_n; k++) {
                const struct steim_kind *kind = &kinds[k];
                if (kind->n > n - done)
                    continue;
                for (int i = 0; i < kind->n; i++)
                    d[i] = done + i == 0 ? 0 : x[done + i] - x[done + i - 1];
                if (!steim_fits(d, kind->n, kind->bits))
                    continue;
                uint32_t v = kind->inner >= 0 ? (uint32_t)kind->inner << 30 : 0;
                for (int i = 0; i < kind->n; i++) {
                    uint32_t mask = kind->bits == 32 ? UINT32_MAX : (1u << kind->bits) - 1;
                    /* Whole bytes lie in the order of time, whatever the byte order inside of each. */
                    int place = w.little && kind->inner < 0 ? i : kind->n - 1 - i;
                    v |= ((uint32_t)d[i] & mask) << (kind->bits * place);
                }
                put32(w, f * 64 + word * 4, v);
                control |= (uint32_t)kind->code << (30 - 2 * word);
                done += kind->n;
                break;
            }
        }
        put32(w, f * 64, control);
    }
    put32(w, 4, (uint32_t)x[0]);
    put32(w, 8, (uint32_t)x[done - 1]);
    return done;
}

/* Writes one record of at most n samples to `to` (2^exponent bytes of room): how many samples went in; *bytes
 * its length. x are the samples of integer encodings and the 16-bit words of unknown ones; y those of float
 * encodings. */
static inline int mseed_record(unsigned char *to, int *bytes, const struct mseed_spec *s, const int32_t *x,
                               const double *y, int n)
{
    int length = 1 << (s->exponent ? s->exponent : 9), data = s->rate_hz != 0 ? 128 : 64, done = 0;
    struct mseed_writer w = {to, s->little};
    char net[3] = "", sta[6] = "", loc[3] = "", cha[4] = "";
    const char *p = s->code ? s->code : "XX.TEST.00.HNZ";
    struct {
        char *to;
        size_t n;
    } field[] = {{net, 2}, {sta, 5}, {loc, 2}, {cha, 3}};

    memset(to, 0, (size_t)length);
    for (int i = 0; i < 4; i++) {
        size_t k = strcspn(p, ".");
        memset(field[i].to, ' ', field[i].n);
        memcpy(field[i].to, p, k);
        p += k + (p[k] == '.');
    }
    memcpy(to, "000001", 6);
    to[6] = (unsigned char)(s->quality ? s->quality : 'D');
    to[7] = ' ';
    memcpy(to + 8, sta, 5);
    memcpy(to + 13, loc, 2);
    memcpy(to + 15, cha, 3);
    memcpy(to + 18, net, 2);
    put16(w, 20, (unsigned)(s->year ? s->year : 2024));
    put16(w, 22, (unsigned)(s->day ? s->day : 1));
    to[24] = (unsigned char)s->hour;
    to[25] = (unsigned char)s->minute;
    to[26] = (unsigned char)s->second;
    put16(w, 28, (unsigned)s->ticks);
    put16(w, 32, (unsigned)(s->factor ? s->factor : 100));
    put16(w, 34, (unsigned)(s->multiplier ? s->multiplier : 1));
    put32(w, 40, (uint32_t)s->correction);
    put16(w, 44, (unsigned)data);
    int at = 48;
    if (!s->no_1000) {
        put16(w, 46, 48);
        put16(w, 48, 1000);
        to[52] = (unsigned char)s->encoding;
        to[53] = s->little ? 0 : 1;
        to[54] = (unsigned char)(s->exponent ? s->exponent : 9);
        at = 56;
    }
    if (s->usec) {
        put16(w, s->no_1000 ? 46 : 50, (unsigned)at);
        put16(w, at, 1001);
        to[at + 5] = (unsigned char)s->usec;
        at += 8;
    }
    if (s->rate_hz != 0) {
        uint32_t bits;
        memcpy(&bits, &s->rate_hz, 4);
        put16(w, at == 48 ? 46 : at - 6, (unsigned)at);
        put16(w, at, 100);
        put32(w, at + 4, bits);
        to[39]++;
    }
    struct mseed_writer body = {to + data, s->little};
    int room = length - data;
    if (s->encoding == 10 || s->encoding == 11) {
        done = steim_pack(body, room / 64, s->encoding - 9, x, n);
    } else {
        int each = s->encoding == 3 || s->encoding == 4 ? 4 : s->encoding == 5 ? 8 : s->encoding == 0 ? 1 : 2;
        for (; done < n && (done + 1) * each <= room; done++) {
            float f = y ? (float)y[done] : 0;
            uint32_t f32;
            uint64_t f64 = 0;
            memcpy(&f32, &f, 4);
            if (y)
                memcpy(&f64, &y[done], 8);
            if (s->encoding == 0)
                body.at[done] = 'x';
            else if (s->encoding == 3)
                put32(body, done * 4, (uint32_t)x[done]);
            else if (s->encoding == 4)
                put32(body, done * 4, f32);
            else if (s->encoding == 5)
                put64(body, done * 8, f64);
            else
                put16(body, done * 2, (unsigned)x[done] & 0xffff);
        }
    }
    put16(w, 30, (unsigned)(s->promised ? s->promised : done));
    *bytes = length;
    return done;
}

#endif
