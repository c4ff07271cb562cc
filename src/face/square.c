/* SPDX-License-Identifier: Apache-2.0 */
/*
 * square.c - seals with corners. A square one has its letters in columns from right to left, each
 * letter filling its part; a name stands in one row.
 */
#include <math.h>

#include "face/parts.h"

#define PI 3.14159265358979323846
/* Parts of the shorter side. */
#define CORNER 0.03
#define MARGIN 0.04
/* A letter may be so much wider or narrower than in its font. */
#define STRETCH_MAX 2.2
#define STRETCH_MIN 0.36
/* Of a name. */
#define NAME_STRETCH 0.95
#define NAME_GAP 0.10
#define NAME_GAP_MAX 0.60
#define NAME_SIDE 0.10 /* of the height, on each side in a frame */

/* From the edge to the letters. */
static double margin_of(const struct yx_face_plan *plan)
{
    double shorter = plan->width > 0 ? fmin(plan->width, plan->height) : plan->height;

    if (plan->face.ring == 0 && !plan->face.letters_cut)
        return 0;
    return plan->face.ring + MARGIN * shorter;
}

/* --- Columns ----------------------------------------------------------------------------- */

/* Letters somewhat higher than wide; the first columns take fewer where they cannot be equal, so
 * that a family name of one character stands alone. */
static size_t column_count(const struct yx_face_plan *plan)
{
    size_t count = (size_t)(sqrt((double)plan->text.count * plan->width / plan->height) + 0.6);

    return count < 1 ? 1 : count > plan->text.count ? plan->text.count : count;
}

static size_t column_length(size_t letters, size_t columns, size_t column)
{
    return letters / columns + (column >= columns - letters % columns ? 1 : 0);
}

/* The letter in the middle of its part, as wide as the part unless that would distort it. */
static yx_status cell_path(const struct yx_face_plan *plan, size_t index, double x, double y,
                           double width, double height, cairo_t *cairo, struct yx_error *err)
{
    double natural = plan->text.list[index].width * height;
    double used = fmin(width, natural * STRETCH_MAX);

    return yx_letter_path(&plan->text, index, x + (width - used) / 2, y, used, height, cairo, err);
}

static yx_status columns_path(const struct yx_face_plan *plan, cairo_t *cairo, struct yx_error *err)
{
    size_t columns = column_count(plan), index = 0;
    double margin = margin_of(plan), width = (plan->width - 2 * margin) / (double)columns;

    for (size_t column = 0; column < columns; column++) {
        size_t length = column_length(plan->text.count, columns, column);
        double height = (plan->height - 2 * margin) / (double)length;
        double x = plan->width - margin - (double)(column + 1) * width;

        for (size_t i = 0; i < length; i++, index++)
            YX_TRY(
                cell_path(plan, index, x, margin + (double)i * height, width, height, cairo, err));
    }
    return YX_OK;
}

static yx_status fail_small(const struct yx_face_plan *plan, struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, yx_rule_face,
                   N_("{1} is too long for a seal of {2} x {3} mm: its letters would be too narrow "
                      "to be read"),
                   plan->face.text, YX_NUM(plan->width), YX_NUM(plan->height));
}

/* Smaller letters than these cannot be read. */
#define LETTER_MIN_MM 2.0

static yx_status plan_columns(const struct yx_face_plan *plan, struct yx_error *err)
{
    size_t columns = column_count(plan);
    size_t longest = column_length(plan->text.count, columns, columns - 1);
    double margin = margin_of(plan), width = (plan->width - 2 * margin) / (double)columns;
    double height = (plan->height - 2 * margin) / (double)longest;

    return width < LETTER_MIN_MM || height < LETTER_MIN_MM ? fail_small(plan, err) : YX_OK;
}

/* --- A row ------------------------------------------------------------------------------- */

static bool is_row(const struct yx_face_plan *plan)
{
    return plan->face.kind == YX_FACE_NAME && (plan->width == 0 || plan->width >= plan->height);
}

static yx_status plan_row(struct yx_face_plan *plan, struct yx_error *err)
{
    double margin = margin_of(plan), gaps = (double)plan->text.count - 1;
    double side = margin > 0 ? margin + NAME_SIDE * plan->height : 0, room;
    struct yx_row *row = &plan->text_row;

    *row = (struct yx_row){plan->height - 2 * margin, NAME_STRETCH, NAME_GAP};
    if (plan->width == 0)
        plan->width = yx_row_length(&plan->text, row) + 2 * side;
    room = plan->width - 2 * side;
    row->stretch *= fmin(1, room / yx_row_length(&plan->text, row));
    if (gaps > 0)
        row->gap =
            fmin((room / (row->height * row->stretch) - plan->text.width) / gaps, NAME_GAP_MAX);
    return row->height < LETTER_MIN_MM || row->stretch < STRETCH_MIN ? fail_small(plan, err)
                                                                     : YX_OK;
}

static yx_status row_path(const struct yx_face_plan *plan, cairo_t *cairo, struct yx_error *err)
{
    const struct yx_row *row = &plan->text_row;
    double unit = row->height * row->stretch;
    double x = (plan->width - yx_row_length(&plan->text, row)) / 2;

    for (size_t i = 0; i < plan->text.count; i++) {
        double width = plan->text.list[i].width * unit;

        YX_TRY(yx_letter_path(&plan->text, i, x, (plan->height - row->height) / 2, width,
                              row->height, cairo, err));
        x += width + row->gap * unit;
    }
    return YX_OK;
}

yx_status yx_square_plan(struct yx_face_plan *plan, struct yx_error *err)
{
    return is_row(plan) ? plan_row(plan, err) : plan_columns(plan, err);
}

/* --- Painting ---------------------------------------------------------------------------- */

/* A rectangle with round corners, `inset` from the edge. */
static void edge_path(const struct yx_face_plan *plan, double inset, cairo_t *cairo)
{
    double left = inset, top = inset, right = plan->width - inset, bottom = plan->height - inset;
    double radius = fmax(CORNER * fmin(plan->width, plan->height) - inset / 2, 0);

    cairo_new_sub_path(cairo);
    cairo_arc(cairo, right - radius, top + radius, radius, -PI / 2, 0);
    cairo_arc(cairo, right - radius, bottom - radius, radius, 0, PI / 2);
    cairo_arc(cairo, left + radius, bottom - radius, radius, PI / 2, PI);
    cairo_arc(cairo, left + radius, top + radius, radius, PI, 3 * PI / 2);
    cairo_close_path(cairo);
}

/* Ink where the number of outlines around is odd: so letters in the ground of a cut seal are free
 * of ink, and their insides have it again. */
yx_status yx_square_paint(const struct yx_face_plan *plan, cairo_t *cairo, struct yx_error *err)
{
    cairo_new_path(cairo);
    if (plan->face.letters_cut) {
        edge_path(plan, 0, cairo);
    } else if (plan->face.ring > 0) {
        edge_path(plan, 0, cairo);
        edge_path(plan, plan->face.ring, cairo);
    }
    YX_TRY(is_row(plan) ? row_path(plan, cairo, err) : columns_path(plan, cairo, err));
    cairo_set_fill_rule(cairo, CAIRO_FILL_RULE_EVEN_ODD);
    cairo_fill(cairo);
    return YX_OK;
}
