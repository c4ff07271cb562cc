/* SPDX-License-Identifier: Apache-2.0 */
/* paint.c - colours by value or from a palette, and patterns. Shadings are in shading.c. */
#include <math.h>

#include "ofdpage/room.h"

static const unsigned components[] = {
    [YX_OFD_SPACE_GRAY] = 1, [YX_OFD_SPACE_RGB] = 3, [YX_OFD_SPACE_CMYK] = 4};

/* --- Values ------------------------------------------------------------------------------ */

/* "#1F" is a hexadecimal number. */
static bool next_hex(const char **text, double *out)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    size_t len = strspn(*text + 1, digits);
    *out = 0;
    for (size_t i = 1; i <= len && i <= 4; i++) {
        size_t digit = (size_t)(strchr(digits, (*text)[i]) - digits);
        *out = *out * 16 + (double)(digit < 16 ? digit : digit - 6);
    }
    *text += 1 + len;
    return len > 0;
}

static bool next_value(const char **text, double *out)
{
    *text += strspn(*text, " \t\r\n,");
    return **text == '#' ? next_hex(text, out) : yx_ofd_next_number(text, out);
}

static void read_values(const char *text, struct yx_ofd_colour *out)
{
    double most = (double)((1u << out->space->bits) - 1);
    for (unsigned i = 0; i < components[out->space->kind]; i++) {
        double value = 0;
        if (!next_value(&text, &value))
            return;
        out->values[i] = fmin(fmax(value / most, 0), 1);
    }
}

static const char *palette_entry(const struct yx_ofd_space *space, double index)
{
    const struct yx_xml *at = yx_xml_child(space->palette, "CV");
    for (long left = (long)index; at != NULL && left > 0; left--)
        at = yx_xml_next(at);
    return at == NULL ? NULL : at->text;
}

yx_status yx_ofd_read_colour(struct yx_ofd_reader *reader, const struct yx_xml *element,
                             struct yx_ofd_colour *out)
{
    *out = (struct yx_ofd_colour){.alpha = yx_ofd_alpha(element)};
    YX_TRY(yx_ofd_find_space(reader, yx_xml_attribute(element, "ColorSpace"), &out->space));
    const char *values = yx_xml_attribute(element, "Value");
    double index = 0;
    if (values == NULL && yx_ofd_has_number(element, "Index", &index))
        values = palette_entry(out->space, index);
    if (values != NULL)
        read_values(values, out);
    return YX_OK;
}

/* --- Patterns ---------------------------------------------------------------------------- */

static yx_ofd_reflect read_reflect(const struct yx_xml *element)
{
    static const char *const names[] = {[YX_OFD_REFLECT_ROW] = "Row",
                                        [YX_OFD_REFLECT_COLUMN] = "Column",
                                        [YX_OFD_REFLECT_BOTH] = "RowAndColumn"};
    for (yx_ofd_reflect i = YX_OFD_REFLECT_ROW; i <= YX_OFD_REFLECT_BOTH; i++) {
        if (yx_ofd_is(element, "ReflectMethod", names[i]))
            return i;
    }
    return YX_OFD_REFLECT_NONE;
}

/* A cell may hold patterns again. */
static yx_status read_cell(struct yx_ofd_reader *reader, const struct yx_xml *element,
                           struct yx_ofd_pattern *out)
{
    const struct yx_xml *cell = yx_xml_child(element, "CellContent");
    if (cell == NULL)
        return YX_OK;
    struct yx_ofd_reader inner = *reader;
    inner.style = &yx_ofd_plain_style;
    inner.depth++;
    if (inner.depth <= YX_OFD_NESTING_MAX)
        return yx_ofd_read_objects(&inner, cell, &out->content);
    yx_ofd_find(reader->book, N_("patterns within patterns are too deep; one is left out"));
    return YX_OK;
}

static yx_status read_pattern(struct yx_ofd_reader *reader, const struct yx_xml *element,
                              struct yx_ofd_paint *out)
{
    struct yx_ofd_pattern *pattern = &out->as.pattern;
    out->kind = YX_OFD_PAINT_PATTERN;
    pattern->width = yx_ofd_number_or(element, "Width", 0);
    pattern->height = yx_ofd_number_or(element, "Height", 0);
    pattern->x_step = fmax(yx_ofd_number_or(element, "XStep", pattern->width), pattern->width);
    pattern->y_step = fmax(yx_ofd_number_or(element, "YStep", pattern->height), pattern->height);
    pattern->reflect = read_reflect(element);
    pattern->of_page = yx_ofd_is(element, "RelativeTo", "Page");
    pattern->matrix = (struct yx_svg_matrix){1, 0, 0, 1, 0, 0};
    yx_ofd_has_matrix(element, "CTM", &pattern->matrix);
    if (pattern->width > 0 && pattern->height > 0)
        return read_cell(reader, element, pattern);
    yx_ofd_find(reader->book, N_("the cell of a pattern has no size; nothing of it is drawn"));
    return YX_OK;
}

/* --- All kinds --------------------------------------------------------------------------- */

static yx_status read_kind(struct yx_ofd_reader *reader, const struct yx_xml *element,
                           struct yx_ofd_paint *out)
{
    const struct yx_xml *child = element->first;
    if (child == NULL) {
        out->kind = YX_OFD_PAINT_PLAIN;
        return yx_ofd_read_colour(reader, element, &out->as.plain);
    }
    out->alpha = yx_ofd_alpha(element);
    if (strcmp(child->name, "Pattern") == 0)
        return read_pattern(reader, child, out);
    if (strcmp(child->name, "AxialShd") == 0 || strcmp(child->name, "RadialShd") == 0)
        return yx_ofd_read_gradient(reader, child, child->name[0] == 'R', out);
    /* "LaGourandShd" is how the standard's own schema spells it. */
    if (strcmp(child->name, "GouraudShd") == 0 || strcmp(child->name, "LaGouraudShd") == 0 ||
        strcmp(child->name, "LaGourandShd") == 0)
        return yx_ofd_read_mesh(reader, child, child->name[0] == 'L', out);
    yx_ofd_find(reader->book, N_("colours of the kind {1} are not known; one is drawn plain"),
                child->name);
    out->kind = YX_OFD_PAINT_PLAIN;
    return yx_ofd_read_colour(reader, element, &out->as.plain);
}

yx_status yx_ofd_read_paint(struct yx_ofd_reader *reader, const struct yx_xml *element,
                            const struct yx_ofd_paint **out)
{
    struct yx_ofd_paint *paint;
    YX_OFD_NEW(reader, paint);
    YX_TRY(read_kind(reader, element, paint));
    *out = paint;
    return YX_OK;
}
