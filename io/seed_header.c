#include "io/seed_header.h"

#include <stdint.h>
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

void seed_remember(struct seed_known *k, const unsigned char *record, size_t length, bool big)
{
    unsigned (*u16)(const unsigned char *) = big ? be16 : le16;
    size_t size = u16(record + 44), at = u16(record + 46);
    bool has_length = false;

    k->size = 0;
    if (size > sizeof k->head || size > length)
        return;
    k->skip_from = size;
    k->skip = 0;
    for (size_t next; at != 0; at = next) {
        if (at < SEED_HEADER || at + 8 > size)
            return;
        unsigned type = u16(record + at);
        next = u16(record + at + 2);
        if ((type != 100 && type != 1000 && type != 1001) || (type == 100 && at + 12 > size) ||
            (next != 0 && next <= at) || (type == 1001 && k->skip > 0))
            return;
        has_length |= type == 1000;
        if (type == 1001) {
            k->skip_from = at + 4;
            k->skip = 4;
        }
    }
    if (!has_length)
        return;
    memcpy(k->head, record, size);
    k->size = size;
    k->length = (int)length;
    k->big = big;
}

bool seed_is_known(const struct seed_known *k, const unsigned char *at, ptrdiff_t have, bool big)
{
    const unsigned char *head = k->head;
    size_t behind = k->skip_from + k->skip;

    return k->size > 0 && big == k->big && have >= (ptrdiff_t)k->size && memcmp(at + 6, head + 6, 14) == 0 &&
           memcmp(at + 32, head + 32, k->skip_from - 32) == 0 &&
           memcmp(at + behind, head + behind, k->size - behind) == 0;
}

struct seed_news seed_news(const struct seed_known *k, const unsigned char *at)
{
    unsigned (*u16)(const unsigned char *) = k->big ? be16 : le16;

    return (struct seed_news){
        .year = u16(at + 20),
        .day = u16(at + 22),
        .hour = at[24],
        .minute = at[25],
        .second = at[26],
        .fraction = u16(at + 28),
        .samples = u16(at + 30),
        .microseconds = k->skip > 0 ? (int8_t)at[k->skip_from + 1] : 0,
    };
}
