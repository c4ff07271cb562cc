/* SPDX-License-Identifier: Apache-2.0 */
/* attribute.c - values of attributes. What is not written as it should be counts as absent. */
#include <math.h>

#include "ofdpage/room.h"

static bool is_modest(double value)
{
    return fabs(value) <= YX_OFD_NUMBER_MAX;
}

static bool take(const struct yx_xml *element, const char *name, double *out, size_t count)
{
    const char *text = yx_xml_attribute(element, name);
    double values[6];
    if (text == NULL || !yx_ofd_numbers(text, values, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!is_modest(values[i]))
            return false;
    }
    memcpy(out, values, count * sizeof *out);
    return true;
}

bool yx_ofd_has_number(const struct yx_xml *element, const char *name, double *out)
{
    return take(element, name, out, 1);
}

bool yx_ofd_has_box(const struct yx_xml *element, const char *name, struct yx_box *out)
{
    double value[4];
    if (!take(element, name, value, 4) || value[2] < 0 || value[3] < 0)
        return false;
    *out = (struct yx_box){value[0], value[1], value[2], value[3]};
    return true;
}

bool yx_ofd_has_point(const struct yx_xml *element, const char *name, struct yx_svg_point *out)
{
    double value[2];
    if (!take(element, name, value, 2))
        return false;
    *out = (struct yx_svg_point){value[0], value[1]};
    return true;
}

bool yx_ofd_has_matrix(const struct yx_xml *element, const char *name, struct yx_svg_matrix *out)
{
    double value[6];
    if (!take(element, name, value, 6))
        return false;
    *out = (struct yx_svg_matrix){value[0], value[1], value[2], value[3], value[4], value[5]};
    return true;
}

bool yx_ofd_is(const struct yx_xml *element, const char *name, const char *value)
{
    const char *given = yx_xml_attribute(element, name);
    return given != NULL && strcmp(given, value) == 0;
}

bool yx_ofd_flag(const struct yx_xml *element, const char *name, bool otherwise)
{
    if (yx_ofd_is(element, name, "true") || yx_ofd_is(element, name, "1"))
        return true;
    if (yx_ofd_is(element, name, "false") || yx_ofd_is(element, name, "0"))
        return false;
    return otherwise;
}

double yx_ofd_number_or(const struct yx_xml *element, const char *name, double otherwise)
{
    double value = otherwise;
    yx_ofd_has_number(element, name, &value);
    return value;
}

double yx_ofd_alpha(const struct yx_xml *element)
{
    return fmin(fmax(yx_ofd_number_or(element, "Alpha", 255), 0), 255) / 255;
}

bool yx_ofd_next_number(const char **text, double *out)
{
    *text += strspn(*text, " \t\r\n,");
    return yx_ofd_number(text, out) && is_modest(*out);
}
