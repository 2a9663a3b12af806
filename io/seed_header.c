#include "io/seed_header.h"

#include <string.h>

enum { BLOCKETTES_MAX = 256 };

static unsigned be16(const unsigned char *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static unsigned le16(const unsigned char *at)
{
    return (unsigned)at[1] << 8 | at[0];
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static bool is_sequence_number(const unsigned char *at)
{
    for (int i = 0; i < 6; i++)
        if (!is_digit(at[i]) && at[i] != ' ' && at[i] != 0)
            return false;
    return true;
}

static bool is_date(unsigned year, unsigned day)
{
    return year >= 1900 && year <= 2100 && day >= 1 && day <= 366;
}

bool seed_is_data(const unsigned char *at, bool *big)
{
    if (!is_sequence_number(at) || !memchr("DRQM", at[6], 4) || (at[7] != ' ' && at[7] != 0))
        return false;
    if (at[24] > 23 || at[25] > 59 || at[26] > 60)
        return false;
    *big = is_date(be16(at + 20), be16(at + 22));
    return *big || is_date(le16(at + 20), le16(at + 22));
}

bool seed_is_control(const unsigned char *at)
{
    for (int i = 0; i < 6; i++)
        if (!is_digit(at[i]))
            return false;
    return memchr("VAST", at[6], 4) && (at[7] == ' ' || at[7] == '*');
}

bool seed_is_blank(const unsigned char *at)
{
    for (int i = 0; i < SEED_HEADER; i++)
        if (at[i] != ' ' && !(i < 6 && (is_digit(at[i]) || at[i] == 0)))
            return false;
    return true;
}

bool seed_is_version_3(const unsigned char *at)
{
    return at[0] == 'M' && at[1] == 'S' && at[2] == 3;
}

int seed_length(const unsigned char *record, ptrdiff_t have, bool big)
{
    unsigned (*u16)(const unsigned char *) = big ? be16 : le16;
    unsigned at = u16(record + 46);

    for (int i = 0; i < BLOCKETTES_MAX && at >= SEED_HEADER && at + 8 <= have; i++) {
        if (u16(record + at) == 1000) /* libmseed would shift by any exponent */
            return record[at + 6] >= 7 && record[at + 6] <= 16 ? 1 << record[at + 6] : -1;
        at = u16(record + at + 2);
    }
    return 0;
}

const char *seed_blockettes_fault(const unsigned char *record, size_t length, bool big)
{
    unsigned (*u16)(const unsigned char *) = big ? be16 : le16;
    unsigned at = u16(record + 46), count = 0;

    while (at != 0) {
        if (at < SEED_HEADER || at + 8 > length || ++count > BLOCKETTES_MAX)
            return "a blockette lies outside of its miniSEED record";
        unsigned type = u16(record + at), next = u16(record + at + 2), stated = u16(record + at + 4);
        if (type == 2000 && (stated < 15 || at + stated > length)) /* libmseed copies it by this length */
            return "blockette 2000 is larger than its miniSEED record";
        if (next != 0 && next <= at)
            return "the blockettes of a miniSEED record run in a circle";
        at = next;
    }
    return NULL;
}
