/* SPDX-License-Identifier: Apache-2.0 */
/* face.c - what a description must be, and the layout that it gets. */
#include <math.h>
#include <stdlib.h>

#include "face/parts.h"

#define SIDE_MIN 5.0
#define SIDE_MAX 100.0
/* Of the shorter side. */
#define RING_MAX 0.125
#define EMBLEM_MAX 0.8

/* --- What is refused --------------------------------------------------------------------- */

static bool is_round(const struct yx_face *face)
{
    return face->kind <= YX_FACE_OVAL;
}

static bool is_side(double side)
{
    return side >= SIDE_MIN && side <= SIDE_MAX;
}

static yx_status check_size(double width, double height, struct yx_error *err)
{
    YX_REQUIRE(is_side(width) && is_side(height), err, YX_REFUSED, yx_rule_face,
               N_("a seal has sides from {1} to {2} millimetres"), YX_NUM(SIDE_MIN),
               YX_NUM(SIDE_MAX));
    return YX_OK;
}

static yx_status check_measures(const struct yx_face *face, struct yx_error *err)
{
    bool is_open = face->kind == YX_FACE_NAME && face->width == 0;
    double shorter = is_open ? face->height : fmin(face->width, face->height);

    YX_TRY(check_size(is_open ? face->height : face->width, face->height, err));
    YX_REQUIRE(face->ring >= 0 && face->ring <= shorter * RING_MAX, err, YX_REFUSED, yx_rule_face,
               N_("a ring or frame takes at most an eighth of the shorter side"));
    YX_REQUIRE(face->emblem == YX_EMBLEM_NONE ||
                   (face->emblem_size > 0 && face->emblem_size <= shorter * EMBLEM_MAX),
               err, YX_REFUSED, yx_rule_face,
               N_("an emblem takes at most four fifths of the shorter side"));
    YX_REQUIRE(face->wear <= 100, err, YX_USAGE, yx_rule_face, N_("wear goes from 0 to 100"));
    return YX_OK;
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static yx_status check_parts(const struct yx_face *face, struct yx_error *err)
{
    YX_REQUIRE(is_given(face->text), err, YX_REFUSED, yx_rule_face,
               N_("a seal needs a name to show"));
    YX_REQUIRE(face->kind != YX_FACE_SPECIAL || is_given(face->line), err, YX_REFUSED, yx_rule_face,
               N_("a special-purpose seal needs a line that says what it is for"));
    YX_REQUIRE(is_round(face) || (!is_given(face->line) && !is_given(face->code) &&
                                  face->emblem == YX_EMBLEM_NONE),
               err, YX_REFUSED, yx_rule_face,
               N_("a square seal or a name has no line, code or emblem"));
    YX_REQUIRE(!is_round(face) || !face->letters_cut, err, YX_REFUSED, yx_rule_face,
               N_("letters are cut out of square seals and names only"));
    YX_REQUIRE(face->kind != YX_FACE_OVAL || !is_given(face->code) ||
                   face->emblem == YX_EMBLEM_NONE,
               err, YX_REFUSED, yx_rule_face,
               N_("an oval seal has a code or an emblem in its middle, not both"));
    return YX_OK;
}

/* --- Preparing --------------------------------------------------------------------------- */

/* The names of seals are in Song type (宋体), heavy enough to be stamped; their numbers plain. */
static yx_status find_letters(struct yx_face_plan *plan, struct yx_fonts *fonts,
                              struct yx_error *err)
{
    const struct yx_face *face = &plan->face;
    const char *family = face->font == NULL ? "宋体" : face->font;

    YX_TRY(yx_face_letters(fonts, family, true, face->text, &plan->text, err));
    YX_TRY(yx_face_letters(fonts, family, true, face->line, &plan->line, err));
    return yx_face_letters(fonts, "Arial", false, face->code, &plan->code, err);
}

static yx_status prepare(struct yx_face_plan *plan, struct yx_fonts *fonts, struct yx_error *err)
{
    const struct yx_face *face = &plan->face;

    YX_TRY(check_measures(face, err));
    YX_TRY(check_parts(face, err));
    if (face->emblem == YX_EMBLEM_PICTURE)
        YX_TRY(yx_svg_read(face->emblem_svg, &plan->emblem, err));
    YX_TRY(find_letters(plan, fonts, err));
    YX_REQUIRE(plan->text.has_ink, err, YX_REFUSED, yx_rule_face,
               N_("a seal needs a name to show"));
    YX_TRY(is_round(face) ? yx_round_plan(plan, err) : yx_square_plan(plan, err));
    return check_size(plan->width, plan->height, err);
}

yx_status yx_face_prepare(const struct yx_face *face, struct yx_fonts *fonts,
                          struct yx_face_plan **out, struct yx_error *err)
{
    YX_CLEAN(yx_face_plan) struct yx_face_plan *plan = calloc(1, sizeof *plan);

    if (plan == NULL)
        return yx_fail_memory(err);
    plan->face = *face;
    plan->width = face->width;
    plan->height = face->height;
    YX_TRY(prepare(plan, fonts, err));
    *out = plan;
    plan = NULL;
    return YX_OK;
}

void yx_face_plan_free(struct yx_face_plan *plan)
{
    if (plan == NULL)
        return;
    yx_svg_free(&plan->emblem);
    yx_arc_free(&plan->arc);
    yx_arc_free(&plan->code_arc);
    free(plan);
}

void yx_face_plan_size(const struct yx_face_plan *plan, double *width, double *height)
{
    *width = plan->width;
    *height = plan->height;
}

yx_status yx_face_paint(const struct yx_face_plan *plan, cairo_t *cairo, struct yx_error *err)
{
    const struct yx_colour *ink = &plan->face.ink;
    yx_status status;

    cairo_save(cairo);
    cairo_set_source_rgb(cairo, ink->red / 255.0, ink->green / 255.0, ink->blue / 255.0);
    status = is_round(&plan->face) ? yx_round_paint(plan, cairo, err)
                                   : yx_square_paint(plan, cairo, err);
    cairo_restore(cairo);
    YX_TRY(status);
    return yx_cairo_status(cairo_status(cairo), err);
}
