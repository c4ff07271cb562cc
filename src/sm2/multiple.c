/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sm2/multiple.c - multiples of points. Those of G come out of a table, and in constant time;
 * those of other points serve verification, which has no secrets.
 */
#include "base/base.h"
#include "sm2/point.h"

const struct yx_affine yx_sm2_table[YX_TABLE_ROWS][YX_TABLE_COLUMNS] = {
#include "sm2/table.inc"
};

/* --- Multiples of G ---------------------------------------------------------------------- */

/*
 * Five bits of k and the one below them, as Booth recodes them: the digit -16 to 16 is their value
 * with the top bit counted as -16, plus the bit below. The sum of digit times 32^row is k, for the
 * bits above k are zero.
 */
struct digit {
    uint64_t magnitude, negative;
};

static struct digit digit_of(const struct yx_num *k, int row)
{
    int from = YX_TABLE_BITS * row - 1; /* the bit below */
    int word = from < 0 ? 0 : from / 64, shift = from < 0 ? 0 : from % 64;
    uint64_t bits = k->w[word] >> shift;
    if (shift > 64 - YX_TABLE_BITS - 1 && word < 3)
        bits |= k->w[word + 1] << (64 - shift);
    if (from < 0)
        bits <<= 1;
    bits &= (2u << YX_TABLE_BITS) - 1;
    uint64_t negative = bits >> YX_TABLE_BITS;
    uint64_t mask = yx_mask(negative);
    /* (bits + 1) / 2, of a negative digit 32 minus that */
    uint64_t value = (bits + 1) >> 1;
    uint64_t magnitude = (value & ~mask) | ((2 * YX_TABLE_COLUMNS - value) & mask);
    return (struct digit){magnitude, negative};
}

/* Reads the whole row whatever the digit; zero for the digit zero. */
static void select_multiple(struct yx_affine *out, const struct yx_affine row[YX_TABLE_COLUMNS],
                            struct digit digit)
{
    *out = (struct yx_affine){0};
    for (uint64_t i = 0; i < YX_TABLE_COLUMNS; i++) {
        uint64_t mask = yx_mask(yx_word_is_zero(digit.magnitude ^ (i + 1)));
        for (int j = 0; j < 4; j++) {
            out->x.w[j] |= row[i].x.w[j] & mask;
            out->y.w[j] |= row[i].y.w[j] & mask;
        }
    }
    struct yx_num zero = {{0}}, minus;
    yx_field_sub(&minus, &zero, &out->y);
    yx_num_select(&out->y, &minus, yx_mask(digit.negative));
}

static void point_select(struct yx_point *out, const struct yx_point *a, uint64_t mask)
{
    yx_num_select(&out->x, &a->x, mask);
    yx_num_select(&out->y, &a->y, mask);
    yx_num_select(&out->z, &a->z, mask);
}

void yx_point_base_multiple(struct yx_point *out, const struct yx_num *k)
{
    struct yx_point sum;
    struct yx_affine multiple;
    *out = yx_point_infinity;
    for (int i = 0; i < YX_TABLE_ROWS; i++) {
        struct digit digit = digit_of(k, i);
        select_multiple(&multiple, yx_sm2_table[i], digit);
        yx_point_add_affine(&sum, out, &multiple);
        /* Of the digit zero nothing was added, but that has no affine form. */
        point_select(out, &sum, yx_mask(yx_word_is_zero(digit.magnitude) ^ 1));
    }
    yx_wipe(&sum, sizeof sum);
    yx_wipe(&multiple, sizeof multiple);
}

/* --- Sums for verification --------------------------------------------------------------- */

enum { NAF_BITS = 5, NAF_DIGITS = 257, ODD_MULTIPLES = 8 };

/* The width-5 non-adjacent form: digits 0 or odd, -15 to 15, at least four zeros between two. */
static void recode(const struct yx_num *t, int8_t digits[NAF_DIGITS])
{
    uint64_t w[5] = {t->w[0], t->w[1], t->w[2], t->w[3], 0};
    int carry = 0;
    memset(digits, 0, NAF_DIGITS);
    for (int i = 0; i < NAF_DIGITS;) {
        uint64_t bits = w[i / 64] >> (i % 64);
        if (i % 64 > 64 - NAF_BITS && i / 64 < 4)
            bits |= w[i / 64 + 1] << (64 - i % 64);
        if (((bits ^ (uint64_t)carry) & 1) == 0) {
            i++;
            continue;
        }
        int digit = (int)(bits & ((1 << NAF_BITS) - 1)) + carry;
        carry = digit >> (NAF_BITS - 1);
        digits[i] = (int8_t)(digit - (carry << NAF_BITS));
        i += NAF_BITS;
    }
}

static void add_multiple(struct yx_point *sum, const struct yx_point odd[ODD_MULTIPLES], int digit)
{
    static const struct yx_num zero = {{0}};
    struct yx_point multiple = odd[(digit < 0 ? -digit : digit) / 2];
    if (digit < 0)
        yx_field_sub(&multiple.y, &zero, &multiple.y);
    yx_point_add(sum, sum, &multiple);
}

/* tQ */
static void public_multiple(struct yx_point *out, const struct yx_num *t, const struct yx_affine *q)
{
    struct yx_point odd[ODD_MULTIPLES] = {{q->x, q->y, yx_field_one}}, twice = odd[0];
    int8_t digits[NAF_DIGITS];
    int doublings = 0;
    yx_point_double_public(&twice, 1);
    for (int i = 1; i < ODD_MULTIPLES; i++)
        yx_point_add(&odd[i], &odd[i - 1], &twice);
    recode(t, digits);
    *out = yx_point_infinity;
    for (int i = NAF_DIGITS - 1; i >= 0; i--) {
        doublings++;
        if (digits[i] == 0)
            continue;
        yx_point_double_public(out, doublings);
        add_multiple(out, odd, digits[i]);
        doublings = 0;
    }
    yx_point_double_public(out, doublings);
}

void yx_point_public_sum(struct yx_point *out, const struct yx_num *s, const struct yx_num *t,
                         const struct yx_affine *q)
{
    static const struct yx_num zero = {{0}};
    public_multiple(out, t, q);
    for (int i = 0; i < YX_TABLE_ROWS; i++) {
        struct digit digit = digit_of(s, i);
        if (digit.magnitude == 0)
            continue;
        struct yx_affine multiple = yx_sm2_table[i][digit.magnitude - 1];
        if (digit.negative)
            yx_field_sub(&multiple.y, &zero, &multiple.y);
        yx_point_add_affine(out, out, &multiple);
    }
}
