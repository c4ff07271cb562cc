/* SPDX-License-Identifier: Apache-2.0 */
/* arc.c - letters that stand on an ellipse, evenly along its length. */
#include <math.h>
#include <stdlib.h>

#include "face/parts.h"

#define PI 3.14159265358979323846
/* Of half a turn; the length between is a straight line, wrong by less than 0.00001 mm. */
#define STEPS 2048

static double step_angle(size_t step)
{
    return PI * (double)step / STEPS;
}

/* Angles are parameters of the ellipse, clockwise from the top. */
static void point_at(const struct yx_arc *arc, double angle, double *x, double *y)
{
    *x = arc->across * sin(angle);
    *y = -arc->down * cos(angle);
}

yx_status yx_arc_start(double across, double down, struct yx_arc *out, struct yx_error *err)
{
    double x0 = 0, y0 = -down, x, y;

    out->across = across;
    out->down = down;
    out->lengths = calloc(STEPS + 1, sizeof *out->lengths);
    if (out->lengths == NULL)
        return yx_fail_memory(err);
    for (size_t i = 1; i <= STEPS; i++) {
        point_at(out, step_angle(i), &x, &y);
        out->lengths[i] = out->lengths[i - 1] + hypot(x - x0, y - y0);
        x0 = x;
        y0 = y;
    }
    return YX_OK;
}

void yx_arc_free(struct yx_arc *arc)
{
    free(arc->lengths);
    *arc = (struct yx_arc){0};
}

double yx_arc_length(const struct yx_arc *arc)
{
    return 2 * arc->lengths[STEPS];
}

/* The angle at which the arc is so long from the top; negative to the left. */
static double angle_at(const struct yx_arc *arc, double length)
{
    double far = fabs(length);
    size_t low = 0, high = STEPS;

    while (high - low > 1) {
        size_t middle = (low + high) / 2;

        if (arc->lengths[middle] <= far)
            low = middle;
        else
            high = middle;
    }
    double part = (far - arc->lengths[low]) / (arc->lengths[high] - arc->lengths[low]);

    return copysign(step_angle(low) + part * (step_angle(high) - step_angle(low)), length);
}

double yx_arc_turn(const struct yx_arc *arc, double length)
{
    double x, y;

    point_at(arc, angle_at(arc, length / 2), &x, &y);
    return atan2(x, -y) / PI;
}

/* The place of a letter `along` the arc from its top or, `below`, from its bottom; both grow in the
 * direction of reading. There x goes along the letter's feet and y down from them. */
static void stand(const struct yx_arc *arc, double along, bool below, cairo_t *cairo)
{
    double half = arc->lengths[STEPS];
    double angle = angle_at(arc, below ? copysign(half, along) - along : along);
    double x, y, turn = atan2(arc->down * sin(angle), arc->across * cos(angle));

    point_at(arc, angle, &x, &y);
    cairo_translate(cairo, x, y);
    cairo_rotate(cairo, below ? turn + PI : turn);
}

yx_status yx_arc_path(const struct yx_arc *arc, const struct yx_letters *letters,
                      const struct yx_row *row, bool below, cairo_t *cairo, struct yx_error *err)
{
    double unit = row->height * row->stretch;
    double along = -yx_row_length(letters, row) / 2;

    for (size_t i = 0; i < letters->count; i++) {
        double width = letters->list[i].width * unit;
        yx_status status;

        cairo_save(cairo);
        stand(arc, along + width / 2, below, cairo);
        status =
            yx_letter_path(letters, i, -width / 2, -row->height, width, row->height, cairo, err);
        cairo_restore(cairo);
        YX_TRY(status);
        along += width + row->gap * unit;
    }
    return YX_OK;
}
