#include "io/scan_format.h"

#include <stdio.h>
#include <string.h>

/* A number of at most three digits; false at anything else. */
static bool number(const char **at, unsigned *out)
{
    unsigned value = 0, digits = 0;

    while (**at >= '0' && **at <= '9' && digits < 4) {
        value = value * 10 + (unsigned)(**at - '0');
        (*at)++;
        digits++;
    }
    *out = value;
    return digits > 0 && digits < 4;
}

static bool word(const char **at, const char *want)
{
    size_t n = strlen(want);

    if (strncmp(*at, want, n) != 0)
        return false;
    *at += n;
    return true;
}

bool scan_format_parse(const char *text, struct scan_format *out)
{
    struct scan_format f = {0};
    const char *at = text;

    f.big_endian = word(&at, "be:");
    if (!f.big_endian && !word(&at, "le:"))
        return false;
    if (*at == 0 || !strchr("sSuU", *at))
        return false;
    f.has_sign = *at == 's' || *at == 'S';
    f.full = *at == 'S' || *at == 'U';
    at++;
    if (!number(&at, &f.bits) || !word(&at, "/") || !number(&at, &f.storage) || !word(&at, ">>") ||
        !number(&at, &f.shift) || *at != 0)
        return false;
    if (f.storage != 8 && f.storage != 16 && f.storage != 32 && f.storage != 64)
        return false;
    if (f.bits < 1 || f.bits + f.shift > f.storage)
        return false;
    *out = f;
    return true;
}

void scan_format_print(const struct scan_format *f, char to[SCAN_FORMAT_TEXT])
{
    const char *sign = f->has_sign ? (f->full ? "S" : "s") : (f->full ? "U" : "u");

    snprintf(to, SCAN_FORMAT_TEXT, "%ce:%s%u/%u>>%u", f->big_endian ? 'b' : 'l', sign, f->bits % 1000,
             f->storage % 1000, f->shift % 1000);
}

size_t scan_format_bytes(const struct scan_format *f)
{
    return f->storage / 8;
}

static uint64_t ones(unsigned bits)
{
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

int64_t scan_format_max(const struct scan_format *f)
{
    unsigned bits = f->has_sign || f->bits == 64 ? f->bits - 1 : f->bits;

    return (int64_t)ones(bits);
}

int64_t scan_format_min(const struct scan_format *f)
{
    return f->has_sign ? -scan_format_max(f) - 1 : 0;
}

void scan_format_put(const struct scan_format *f, int64_t value, uint8_t *to)
{
    size_t n = scan_format_bytes(f);
    uint64_t word64;

    if (value > scan_format_max(f))
        value = scan_format_max(f);
    if (value < scan_format_min(f))
        value = scan_format_min(f);
    word64 = (f->full ? (uint64_t)value : (uint64_t)value & ones(f->bits)) << f->shift;
    for (size_t i = 0; i < n; i++)
        to[f->big_endian ? n - 1 - i : i] = (uint8_t)(word64 >> (8 * i));
}

int64_t scan_format_get(const struct scan_format *f, const uint8_t *from)
{
    size_t n = scan_format_bytes(f);
    uint64_t word64 = 0, sign = UINT64_C(1) << (f->bits - 1);

    for (size_t i = 0; i < n; i++)
        word64 |= (uint64_t)from[f->big_endian ? n - 1 - i : i] << (8 * i);
    word64 = word64 >> f->shift & ones(f->bits);
    return f->has_sign ? (int64_t)((word64 ^ sign) - sign) : (int64_t)word64;
}
