/* SPDX-License-Identifier: Apache-2.0 */
/*
 * round.c - round and oval seals: a ring, the name on its upper arc, an emblem in the middle, a
 * line below it and a code on the lower arc.
 *
 * All measures are those of a seal 42 mm high and grow with it. A long name is first condensed,
 * then made smaller and condensed further, and refused when it could no longer be read.
 */
#include <math.h>

#include "face/parts.h"

#define PI 3.14159265358979323846
#define USUAL_HEIGHT 42.0
#define STAR_POINTS 5
/* The inner corners of a star whose sides lie on straight lines. */
#define STAR_INNER 0.38196601125

/* Between the ring and what is next to it, and between the name's feet and the line. */
#define CLEAR 0.8
#define SMALL_CLEAR 0.5
/* The part of a turn that a name may take, and with a code below. */
#define TURN_MAX 0.74
#define TURN_MAX_CODE 0.70

/* How a row of letters gives way. */
struct fit {
    double high, low; /* heights tried, in steps */
    double natural;   /* how wide letters stand where there is room */
    double narrow;    /* they are condensed so far before they become smaller */
    double least;     /* and no further */
    double gap_least, gap_most;
};
static const struct fit name_fit = {6.6, 3.6, 0.80, 0.56, 0.36, 0.12, 0.62};
static const struct fit line_fit = {4.6, 3.0, 0.88, 0.66, 0.40, 0.08, 0.16};
static const struct fit middle_fit = {6.4, 3.0, 0.92, 0.70, 0.40, 0.08, 0.20};
static const struct fit code_fit = {2.0, 1.7, 1.00, 0.70, 0.50, 0.12, 0.40};
static const struct fit number_fit = {7.0, 4.0, 0.60, 0.42, 0.34, 0.02, 0.12};
#define FIT_STEP 0.1

static double unit_of(const struct yx_face_plan *plan)
{
    return fmin(plan->width, plan->height) / USUAL_HEIGHT;
}

/* --- Rows -------------------------------------------------------------------------------- */

/* How far the row must be stretched to be as long as `room` with the smallest gaps. */
static double stretch_for(const struct yx_letters *letters, double height, double gap, double room)
{
    struct yx_row row = {height, 1, gap};

    return room / yx_row_length(letters, &row);
}

/* The room that a row of this height has. */
typedef double room_for(const struct yx_face_plan *plan, double height);

/* false: the letters would be narrower than can be read. */
static bool fit_row(const struct yx_face_plan *plan, const struct yx_letters *letters,
                    const struct fit *fit, room_for *room_of, struct yx_row *out)
{
    double unit = unit_of(plan), height = fit->high * unit, room = room_of(plan, height);
    double stretch = stretch_for(letters, height, fit->gap_least, room);

    while (stretch < fit->narrow && height - FIT_STEP * unit >= fit->low * unit) {
        height -= FIT_STEP * unit;
        room = room_of(plan, height);
        stretch = stretch_for(letters, height, fit->gap_least, room);
    }
    out->height = height;
    out->stretch = fmin(stretch, fit->natural);
    out->gap = 0;
    if (letters->count > 1) {
        double spare = room / (height * out->stretch) - letters->width;

        out->gap = fmax(fit->gap_least, fmin(spare / (double)(letters->count - 1), fit->gap_most));
    }
    return stretch >= fit->least;
}

/* --- The name ---------------------------------------------------------------------------- */

/* Ramanujan's second: for a circle it is exact. */
static double perimeter(double a, double b)
{
    double h = (a - b) * (a - b) / ((a + b) * (a + b));

    return PI * (a + b) * (1 + 3 * h / (10 + sqrt(4 - 3 * h)));
}

/* The half axes of the inside of the ring, less `more`. */
static double inside_across(const struct yx_face_plan *plan, double more)
{
    return plan->width / 2 - plan->face.ring - more;
}

static double inside_down(const struct yx_face_plan *plan, double more)
{
    return plan->height / 2 - plan->face.ring - more;
}

static bool has_code_arc(const struct yx_face_plan *plan)
{
    return plan->code.count > 0 && plan->face.kind != YX_FACE_OVAL;
}

static double name_room(const struct yx_face_plan *plan, double height)
{
    double deep = CLEAR * unit_of(plan) + height;

    return perimeter(inside_across(plan, deep), inside_down(plan, deep)) *
           (has_code_arc(plan) ? TURN_MAX_CODE : TURN_MAX);
}

static yx_status fail_long(const struct yx_face_plan *plan, const char *text, struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, yx_rule_face,
                   N_("{1} is too long for a seal of {2} x {3} mm: its letters would be too narrow "
                      "to be read"),
                   text, YX_NUM(plan->width), YX_NUM(plan->height));
}

static yx_status plan_name(struct yx_face_plan *plan, struct yx_error *err)
{
    double deep;

    if (!fit_row(plan, &plan->text, &name_fit, name_room, &plan->text_row))
        return fail_long(plan, plan->face.text, err);
    deep = CLEAR * unit_of(plan) + plan->text_row.height;
    return yx_arc_start(inside_across(plan, deep), inside_down(plan, deep), &plan->arc, err);
}

/* The part of a turn that the name takes, with some air. */
static double name_turn(const struct yx_face_plan *plan)
{
    return yx_arc_turn(&plan->arc, yx_row_length(&plan->text, &plan->text_row)) + 0.02;
}

/* --- The code on the lower arc ----------------------------------------------------------- */

static double code_room(const struct yx_face_plan *plan, double height)
{
    (void)height;
    return yx_arc_length(&plan->code_arc) * (1 - name_turn(plan) - 0.02);
}

static yx_status plan_code(struct yx_face_plan *plan, struct yx_error *err)
{
    double deep = SMALL_CLEAR * unit_of(plan);

    if (!has_code_arc(plan))
        return YX_OK;
    YX_TRY(yx_arc_start(inside_across(plan, deep), inside_down(plan, deep), &plan->code_arc, err));
    if (!fit_row(plan, &plan->code, &code_fit, code_room, &plan->code_row))
        return fail_long(plan, plan->face.code, err);
    return YX_OK;
}

/* --- Lines across ------------------------------------------------------------------------ */

static bool is_in_ellipse(double x, double y, double across, double down)
{
    return (x * x) / (across * across) + (y * y) / (down * down) <= 1;
}

/* Is the point free of ring, name and code? */
static bool is_free(const struct yx_face_plan *plan, double x, double y)
{
    double unit = unit_of(plan);
    double deep = has_code_arc(plan) ? SMALL_CLEAR * unit + plan->code_row.height : 0;

    if (fabs(atan2(x, -y)) <= PI * name_turn(plan))
        return is_in_ellipse(x, y, plan->arc.across - SMALL_CLEAR * unit,
                             plan->arc.down - SMALL_CLEAR * unit);
    return is_in_ellipse(x, y, inside_across(plan, deep + SMALL_CLEAR * unit),
                         inside_down(plan, deep + SMALL_CLEAR * unit));
}

/* How wide a row around `middle` may be. */
static double room_across(const struct yx_face_plan *plan, double middle, double height)
{
    double step = 0.2 * unit_of(plan), x = 0;

    while (is_free(plan, x, middle - height / 2) && is_free(plan, x, middle) &&
           is_free(plan, x, middle + height / 2))
        x += step;
    return fmax(2 * (x - step), step);
}

static double line_room(const struct yx_face_plan *plan, double height)
{
    return room_across(plan, plan->line_middle, height);
}

static double number_room(const struct yx_face_plan *plan, double height)
{
    return room_across(plan, plan->code_middle, height);
}

/* How far the emblem, or the number of an oval, reaches below the centre. */
static double middle_bottom(const struct yx_face_plan *plan)
{
    double half = plan->face.emblem_size / 2;

    if (plan->face.emblem == YX_EMBLEM_STAR)
        return half * cos(PI / STAR_POINTS);
    if (plan->face.emblem == YX_EMBLEM_PICTURE)
        return half;
    return plan->code.count > 0 && !has_code_arc(plan) ? plan->code_row.height * 0.4 : 0;
}

static yx_status plan_number(struct yx_face_plan *plan, struct yx_error *err)
{
    if (plan->code.count == 0 || has_code_arc(plan))
        return YX_OK;
    if (!fit_row(plan, &plan->code, &number_fit, number_room, &plan->code_row))
        return fail_long(plan, plan->face.code, err);
    return YX_OK;
}

static yx_status plan_line(struct yx_face_plan *plan, struct yx_error *err)
{
    double top = middle_bottom(plan), unit = unit_of(plan);
    double deep = has_code_arc(plan) ? SMALL_CLEAR * unit + plan->code_row.height : 0;
    const struct fit *fit = top > 0 ? &line_fit : &middle_fit;

    if (plan->line.count == 0)
        return YX_OK;
    if (top > 0)
        plan->line_middle = top + (inside_down(plan, deep) - top) * 0.44;
    if (!fit_row(plan, &plan->line, fit, line_room, &plan->line_row))
        return fail_long(plan, plan->face.line, err);
    return YX_OK;
}

static yx_status check_emblem(const struct yx_face_plan *plan, struct yx_error *err)
{
    double half = plan->face.emblem_size / 2 + SMALL_CLEAR * unit_of(plan);

    YX_REQUIRE(
        plan->face.emblem == YX_EMBLEM_NONE || (half <= plan->arc.across && half <= plan->arc.down),
        err, YX_REFUSED, yx_rule_face, N_("the emblem is too large: it would touch the name"));
    return YX_OK;
}

yx_status yx_round_plan(struct yx_face_plan *plan, struct yx_error *err)
{
    YX_TRY(plan_name(plan, err));
    YX_TRY(check_emblem(plan, err));
    YX_TRY(plan_code(plan, err));
    YX_TRY(plan_number(plan, err));
    return plan_line(plan, err);
}

/* --- Painting ---------------------------------------------------------------------------- */

static void paint_ring(const struct yx_face_plan *plan, cairo_t *cairo)
{
    double across = plan->width / 2, down = plan->height / 2, ring = plan->face.ring;

    if (ring == 0)
        return;
    cairo_new_path(cairo);
    for (int inner = 0; inner < 2; inner++) {
        cairo_save(cairo);
        cairo_scale(cairo, across - ring * inner, down - ring * inner);
        cairo_new_sub_path(cairo);
        cairo_arc(cairo, 0, 0, 1, 0, 2 * PI);
        cairo_close_path(cairo);
        cairo_restore(cairo);
    }
    cairo_set_fill_rule(cairo, CAIRO_FILL_RULE_EVEN_ODD);
    cairo_fill(cairo);
    cairo_set_fill_rule(cairo, CAIRO_FILL_RULE_WINDING);
}

static void paint_star(double size, cairo_t *cairo)
{
    cairo_new_path(cairo);
    for (int i = 0; i < 2 * STAR_POINTS; i++) {
        double radius = size / 2 * (i % 2 == 0 ? 1 : STAR_INNER), angle = PI * i / STAR_POINTS;

        cairo_line_to(cairo, radius * sin(angle), -radius * cos(angle));
    }
    cairo_close_path(cairo);
    cairo_fill(cairo);
}

static void paint_emblem(const struct yx_face_plan *plan, cairo_t *cairo)
{
    double size = plan->face.emblem_size;

    if (plan->face.emblem == YX_EMBLEM_STAR)
        paint_star(size, cairo);
    else if (plan->face.emblem == YX_EMBLEM_PICTURE)
        yx_svg_draw(cairo, &plan->emblem, -size / 2, -size / 2, size, size, &plan->face.ink);
}

/* A row across, its middle at `middle`. */
static yx_status across_path(const struct yx_letters *letters, const struct yx_row *row,
                             double middle, cairo_t *cairo, struct yx_error *err)
{
    double x = -yx_row_length(letters, row) / 2, unit = row->height * row->stretch;

    for (size_t i = 0; i < letters->count; i++) {
        double width = letters->list[i].width * unit;

        YX_TRY(yx_letter_path(letters, i, x, middle - row->height / 2, width, row->height, cairo,
                              err));
        x += width + row->gap * unit;
    }
    return YX_OK;
}

yx_status yx_round_paint(const struct yx_face_plan *plan, cairo_t *cairo, struct yx_error *err)
{
    cairo_translate(cairo, plan->width / 2, plan->height / 2);
    paint_ring(plan, cairo);
    paint_emblem(plan, cairo);
    cairo_new_path(cairo);
    YX_TRY(yx_arc_path(&plan->arc, &plan->text, &plan->text_row, false, cairo, err));
    YX_TRY(across_path(&plan->line, &plan->line_row, plan->line_middle, cairo, err));
    if (has_code_arc(plan))
        YX_TRY(yx_arc_path(&plan->code_arc, &plan->code, &plan->code_row, true, cairo, err));
    else
        YX_TRY(across_path(&plan->code, &plan->code_row, plan->code_middle, cairo, err));
    cairo_fill(cairo);
    return YX_OK;
}
