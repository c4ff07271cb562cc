/* SPDX-License-Identifier: Apache-2.0 */
/* number.c - numbers and lengths of SVG, read the same way in every locale. */
#include <math.h>

#include "svg/parts.h"

#define UNITS_PER_INCH 96.0

/* A foreign value in a sentence: short, and nothing but visible ASCII. */
struct excerpt {
    char text[44];
};

static struct excerpt excerpt_of(const char *value)
{
    struct excerpt excerpt = {""};
    size_t len = strnlen(value, 41);
    for (size_t i = 0; i < len && i < 40; i++)
        excerpt.text[i] = (char)(value[i] >= ' ' && value[i] <= '~' ? value[i] : '?');
    if (len > 40)
        memcpy(excerpt.text + 40, "...", 4);
    return excerpt;
}

yx_status yx_svg_fail_value(const char *name, const char *value, struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, "SVG 1.1", N_("the SVG's {1} is \"{2}\", which is not read"),
                   excerpt_of(name).text, excerpt_of(value).text);
}

yx_status yx_svg_fail_arena(const struct yx_arena *arena, struct yx_error *err)
{
    if (yx_arena_is_starved(arena))
        return yx_fail_memory(err);
    return yx_fail(err, YX_REFUSED, "SVG 1.1", N_("the SVG needs too much memory to be read"));
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

void yx_svg_skip_space(const char **at)
{
    while (is_space(**at))
        (*at)++;
}

void yx_svg_skip_comma(const char **at)
{
    yx_svg_skip_space(at);
    if (**at != ',')
        return;
    (*at)++;
    yx_svg_skip_space(at);
}

/* --- Numbers ----------------------------------------------------------------------------- */

/* Digits as one whole number and a power of ten. */
struct decimal {
    uint64_t digits;
    int exponent;
};

/* Beyond 18 digits only their number counts. true when there was one. */
static bool take_digits(const char **at, bool behind_point, struct decimal *decimal)
{
    const char *start = *at;
    for (; is_digit(**at); (*at)++) {
        bool fits = decimal->digits < UINT64_C(100000000000000000);
        if (fits)
            decimal->digits = decimal->digits * 10 + (uint64_t)(**at - '0');
        decimal->exponent += (fits ? 0 : 1) - (behind_point ? 1 : 0);
        if (decimal->exponent > 100000 || decimal->exponent < -100000)
            return false;
    }
    return *at != start;
}

static bool is_exponent(const char *at)
{
    if (*at != 'e' && *at != 'E')
        return false;
    at++;
    if (*at == '+' || *at == '-')
        at++;
    return is_digit(*at);
}

/* "1em" is a number and a unit: an exponent has digits. */
static void take_exponent(const char **at, struct decimal *decimal)
{
    int exponent = 0;
    if (!is_exponent(*at))
        return;
    (*at)++;
    bool negative = **at == '-';
    if (negative || **at == '+')
        (*at)++;
    for (; is_digit(**at); (*at)++)
        exponent = exponent < 1000000 ? exponent * 10 + (**at - '0') : exponent;
    decimal->exponent += negative ? -exponent : exponent;
}

/* Powers of ten up to 22 are exact as a double; far ones lead out of the range, or to nothing. */
static double value_of(const struct decimal *decimal)
{
    double value = (double)decimal->digits;
    if (decimal->digits == 0 || decimal->exponent < -60)
        return 0;
    if (decimal->exponent > 60)
        return INFINITY;
    double power = 1;
    for (int i = decimal->exponent < 0 ? -decimal->exponent : decimal->exponent; i > 0; i--)
        power *= 10;
    return decimal->exponent < 0 ? value / power : value * power;
}

bool yx_svg_number(const char **at, double *out)
{
    struct decimal decimal = {0, 0};
    const char *p = *at;
    bool negative = *p == '-';
    if (negative || *p == '+')
        p++;
    bool has_digits = take_digits(&p, false, &decimal);
    if (*p == '.' && is_digit(p[1])) {
        p++;
        has_digits = take_digits(&p, true, &decimal);
    } else if (*p == '.' && has_digits) {
        p++;
    }
    if (!has_digits)
        return false;
    take_exponent(&p, &decimal);
    double value = value_of(&decimal);
    if (!(value <= YX_SVG_NUMBER_MAX))
        return false;
    *out = negative ? -value : value;
    *at = p;
    return true;
}

/* --- Lengths ----------------------------------------------------------------------------- */

static const struct {
    const char *name;
    double units;
} units[] = {
    {"px", 1},
    {"pt", UNITS_PER_INCH / 72},
    {"pc", UNITS_PER_INCH / 6},
    {"mm", UNITS_PER_INCH / 25.4},
    {"cm", UNITS_PER_INCH / 2.54},
    {"in", UNITS_PER_INCH},
};

bool yx_svg_length(const char **at, double *out)
{
    if (!yx_svg_number(at, out))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strncasecmp(*at, units[i].name, 2) != 0)
            continue;
        *at += 2;
        *out *= units[i].units;
        return *out <= YX_SVG_NUMBER_MAX && *out >= -YX_SVG_NUMBER_MAX;
    }
    return true;
}

bool yx_svg_whole_number(const char *value, double *out)
{
    yx_svg_skip_space(&value);
    bool is_number = yx_svg_number(&value, out);
    yx_svg_skip_space(&value);
    return is_number && *value == '\0';
}

bool yx_svg_whole_length(const char *value, double *out)
{
    yx_svg_skip_space(&value);
    bool is_length = yx_svg_length(&value, out);
    yx_svg_skip_space(&value);
    return is_length && *value == '\0';
}
