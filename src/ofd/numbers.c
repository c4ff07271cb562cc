/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofd/numbers.c - the numbers of OFD's XML (ST_Array, ST_Pos, ST_Box of GB/T 33190-2016). strtod
 * follows the locale, takes hexadecimal and infinity, and so is not used.
 */
#include "ofd/model.h"

#define DIGITS_MAX 17 /* more digits do not change a double */
#define VALUE_MAX 1e15

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_space(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')
        at++;
    return at;
}

/* A decimal as it is read: digits * 10^exponent. */
struct decimal {
    uint64_t digits;
    int digit_count;
    int exponent;
    bool any;
};

static const char *read_digits(const char *at, bool fraction, struct decimal *out)
{
    for (; is_digit(*at); at++) {
        out->any = true;
        bool keep = out->digit_count < DIGITS_MAX;
        if (keep) {
            out->digits = out->digits * 10 + (uint64_t)(*at - '0');
            out->digit_count += out->digits > 0;
        }
        /* Dropped digits before the point weigh, kept digits behind it divide. */
        if (keep == fraction && out->exponent > -1000 && out->exponent < 1000)
            out->exponent += fraction ? -1 : 1;
    }
    return at;
}

static const char *read_exponent(const char *at, struct decimal *out)
{
    if (*at != 'e' && *at != 'E')
        return at;
    const char *digit = at + 1;
    bool negative = *digit == '-';
    if (*digit == '-' || *digit == '+')
        digit++;
    if (!is_digit(*digit))
        return at;
    int exponent = 0;
    for (; is_digit(*digit); digit++) {
        if (exponent < 1000)
            exponent = exponent * 10 + (*digit - '0');
    }
    out->exponent += negative ? -exponent : exponent;
    return digit;
}

/* false when the value is absurdly large; too small is 0. */
static bool decimal_value(const struct decimal *decimal, double *out)
{
    double value = (double)decimal->digits;
    int exponent = decimal->exponent;
    if (decimal->digits == 0 || exponent < -300) {
        *out = 0;
        return true;
    }
    double scale = 1;
    for (int i = exponent < 0 ? -exponent : exponent; i > 0 && scale < 1e300; i--)
        scale *= 10;
    value = exponent < 0 ? value / scale : value * scale;
    *out = value;
    return value <= VALUE_MAX;
}

bool yx_ofd_number(const char **text, double *out)
{
    const char *at = skip_space(*text);
    bool negative = *at == '-';
    if (*at == '-' || *at == '+')
        at++;
    struct decimal decimal = {0};
    at = read_digits(at, false, &decimal);
    if (*at == '.')
        at = read_digits(at + 1, true, &decimal);
    if (!decimal.any)
        return false;
    at = read_exponent(at, &decimal);
    double value = 0;
    if (!decimal_value(&decimal, &value))
        return false;
    *out = negative ? -value : value;
    *text = at;
    return true;
}

bool yx_ofd_numbers(const char *text, double *out, size_t count)
{
    if (text == NULL)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *before = text;
        if (!yx_ofd_number(&text, &out[i]))
            return false;
        /* "1-2" is not two numbers. */
        if (i > 0 && skip_space(before) == before)
            return false;
    }
    return *skip_space(text) == '\0';
}

bool yx_ofd_box(const char *text, struct yx_box *out)
{
    double value[4];
    if (!yx_ofd_numbers(text, value, 4))
        return false;
    *out = (struct yx_box){value[0], value[1], value[2], value[3]};
    return true;
}

static bool read_offset(struct yx_ofd_offsets *offsets)
{
    offsets->repeat = 1;
    offsets->at += strspn(offsets->at, " \t\r\n");
    if (*offsets->at == 'g') {
        offsets->at++;
        if (!yx_ofd_number(&offsets->at, &offsets->repeat) || offsets->repeat < 1)
            return false;
    }
    return yx_ofd_number(&offsets->at, &offsets->value);
}

bool yx_ofd_next_offset(struct yx_ofd_offsets *offsets, double *out)
{
    if (offsets->at == NULL || offsets->ended)
        return false;
    if (offsets->repeat < 1 && !read_offset(offsets)) {
        offsets->ended = true;
        return false;
    }
    offsets->repeat -= 1;
    *out = offsets->value;
    return true;
}
