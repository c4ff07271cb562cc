/* SPDX-License-Identifier: Apache-2.0 */
/* transform.c - matrices, and the attribute transform (SVG 1.1 7.6). */
#include <math.h>

#include "svg/parts.h"

/* Beyond this no drawing makes sense, and products stay far from infinity. */
#define ELEMENT_MAX 1e9

struct yx_svg_matrix yx_svg_matrix_join(const struct yx_svg_matrix *outer,
                                        const struct yx_svg_matrix *inner)
{
    return (struct yx_svg_matrix){
        .a = outer->a * inner->a + outer->c * inner->b,
        .b = outer->b * inner->a + outer->d * inner->b,
        .c = outer->a * inner->c + outer->c * inner->d,
        .d = outer->b * inner->c + outer->d * inner->d,
        .e = outer->a * inner->e + outer->c * inner->f + outer->e,
        .f = outer->b * inner->e + outer->d * inner->f + outer->f,
    };
}

struct yx_svg_point yx_svg_matrix_apply(const struct yx_svg_matrix *matrix,
                                        struct yx_svg_point point)
{
    return (struct yx_svg_point){matrix->a * point.x + matrix->c * point.y + matrix->e,
                                 matrix->b * point.x + matrix->d * point.y + matrix->f};
}

static double radians(double degrees)
{
    return degrees * YX_SVG_PI / 180;
}

/* --- One transform ----------------------------------------------------------------------- */

enum { VALUES_MAX = 6 };

static struct yx_svg_matrix from_matrix(const double *v, size_t count)
{
    (void)count;
    return (struct yx_svg_matrix){v[0], v[1], v[2], v[3], v[4], v[5]};
}

static struct yx_svg_matrix from_translate(const double *v, size_t count)
{
    return (struct yx_svg_matrix){1, 0, 0, 1, v[0], count > 1 ? v[1] : 0};
}

static struct yx_svg_matrix from_scale(const double *v, size_t count)
{
    return (struct yx_svg_matrix){v[0], 0, 0, count > 1 ? v[1] : v[0], 0, 0};
}

static struct yx_svg_matrix from_rotate(const double *v, size_t count)
{
    double cosine = cos(radians(v[0])), sine = sin(radians(v[0]));
    double x = count > 1 ? v[1] : 0, y = count > 1 ? v[2] : 0;
    return (struct yx_svg_matrix){
        cosine, sine, -sine, cosine, x - cosine * x + sine * y, y - sine * x - cosine * y};
}

static struct yx_svg_matrix from_skew_x(const double *v, size_t count)
{
    (void)count;
    return (struct yx_svg_matrix){1, 0, tan(radians(v[0])), 1, 0, 0};
}

static struct yx_svg_matrix from_skew_y(const double *v, size_t count)
{
    (void)count;
    return (struct yx_svg_matrix){1, tan(radians(v[0])), 0, 1, 0, 0};
}

static const struct {
    const char *name;
    unsigned counts; /* how many values it may have, as a set of bits */
    struct yx_svg_matrix (*make)(const double *values, size_t count);
} kinds[] = {
    {"matrix", 1u << 6, from_matrix},         {"translate", 1u << 1 | 1u << 2, from_translate},
    {"scale", 1u << 1 | 1u << 2, from_scale}, {"rotate", 1u << 1 | 1u << 3, from_rotate},
    {"skewX", 1u << 1, from_skew_x},          {"skewY", 1u << 1, from_skew_y},
};

/* --- The list ---------------------------------------------------------------------------- */

/* "( 1, 2 )"; how many numbers there are, 0 when that is not what stands there. */
static size_t take_values(const char **at, double *values)
{
    size_t count = 0;
    yx_svg_skip_space(at);
    if (*(*at)++ != '(')
        return 0;
    yx_svg_skip_space(at);
    while (count < VALUES_MAX && yx_svg_number(at, &values[count])) {
        count++;
        yx_svg_skip_space(at);
        if (**at == ')') {
            (*at)++;
            return count;
        }
        yx_svg_skip_comma(at);
    }
    return 0;
}

static bool take_one(const char **at, struct yx_svg_matrix *out)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t len = strlen(kinds[i].name);
        double values[VALUES_MAX] = {0};
        if (strncmp(*at, kinds[i].name, len) != 0)
            continue;
        *at += len;
        size_t count = take_values(at, values);
        if (count == 0 || (kinds[i].counts >> count & 1) == 0)
            return false;
        *out = kinds[i].make(values, count);
        return true;
    }
    return false;
}

static bool is_modest(const struct yx_svg_matrix *m)
{
    const double elements[] = {m->a, m->b, m->c, m->d, m->e, m->f};
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
        if (!(fabs(elements[i]) <= ELEMENT_MAX))
            return false;
    }
    return true;
}

yx_status yx_svg_transform(const char *value, struct yx_svg_matrix *out, struct yx_error *err)
{
    const char *at = value;
    yx_svg_skip_space(&at);
    while (*at != '\0') {
        struct yx_svg_matrix one;
        if (!take_one(&at, &one))
            return yx_svg_fail_value("transform", value, err);
        *out = yx_svg_matrix_join(out, &one);
        if (!is_modest(out))
            return yx_svg_fail_value("transform", value, err);
        yx_svg_skip_comma(&at);
    }
    return YX_OK;
}
