/* SPDX-License-Identifier: Apache-2.0 */
/*
 * geometry.c - from the page as a reader sees it (millimetres from the top left corner) to user
 * space (ISO 32000-1 8.3.2.3): CropBox, Rotate and UserUnit. Where seals stand is for seal/place.c.
 */
#include "pdf/pdf.h"

#define POINTS_PER_INCH 72.0
#define MILLIMETRES_PER_INCH 25.4

double yx_pdf_points(double millimetres)
{
    return millimetres * POINTS_PER_INCH / MILLIMETRES_PER_INCH;
}

enum { LEFT, BOTTOM, RIGHT, TOP };

/* A point of the shown page, right and down from its top left corner in units of user space. */
static void to_user(const struct yx_pdf_page *page, double right, double down, double *x, double *y)
{
    const double *crop = page->crop;
    switch (page->rotate) {
    case 90: /* the left edge of user space is shown at the top */
        *x = crop[LEFT] + down;
        *y = crop[BOTTOM] + right;
        return;
    case 180:
        *x = crop[RIGHT] - right;
        *y = crop[BOTTOM] + down;
        return;
    case 270:
        *x = crop[RIGHT] - down;
        *y = crop[TOP] - right;
        return;
    default:
        *x = crop[LEFT] + right;
        *y = crop[TOP] - down;
    }
}

static void order(double *low, double *high)
{
    if (*low <= *high)
        return;
    double swap = *low;
    *low = *high;
    *high = swap;
}

void yx_pdf_spot_from_stamp(const struct yx_pdf_page *page, const struct yx_stamp *stamp,
                            struct yx_pdf_spot *out)
{
    const struct yx_box *whole = &stamp->box;
    struct yx_box part =
        stamp->has_clip ? stamp->clip : (struct yx_box){0, 0, whole->width, whole->height};
    double unit = yx_pdf_points(1) / page->user_unit;
    double left = (whole->x + part.x) * unit, top = (whole->y + part.y) * unit;
    double *rect = out->rect;
    out->page = stamp->page - 1;
    out->clipped = stamp->has_clip;
    to_user(page, left, top, &rect[LEFT], &rect[BOTTOM]);
    to_user(page, left + part.width * unit, top + part.height * unit, &rect[RIGHT], &rect[TOP]);
    order(&rect[LEFT], &rect[RIGHT]);
    order(&rect[BOTTOM], &rect[TOP]);
    out->box[LEFT] = yx_pdf_points(part.x);
    out->box[RIGHT] = yx_pdf_points(part.x + part.width);
    out->box[BOTTOM] = yx_pdf_points(whole->height - part.y - part.height);
    out->box[TOP] = yx_pdf_points(whole->height - part.y);
}

void yx_pdf_shown_size(const struct yx_pdf_page *page, const double rect[4], double *width,
                       double *height)
{
    double across = (rect[RIGHT] - rect[LEFT]) * page->user_unit;
    double along = (rect[TOP] - rect[BOTTOM]) * page->user_unit;
    bool turned = page->rotate == 90 || page->rotate == 270;
    *width = turned ? along : across;
    *height = turned ? across : along;
}

/* The page is turned clockwise when it is shown, so the seal is turned the other way. */
const char *yx_pdf_upright(int rotate)
{
    switch (rotate) {
    case 90:
        return "0 1 -1 0 0 0";
    case 180:
        return "-1 0 0 -1 0 0";
    case 270:
        return "0 -1 1 0 0 0";
    default:
        return "1 0 0 1 0 0";
    }
}
