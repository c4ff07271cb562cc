/* SPDX-License-Identifier: Apache-2.0 */
/*
 * face/face.h - the door to face/: seals drawn from a description (struct yx_face). Everything is
 * paths in one colour: a seal looks the same wherever it goes, and what has no ink is transparent.
 */
#ifndef FACE_FACE_H
#define FACE_FACE_H

#include "canvas/canvas.h"

/* A face ready to be drawn: its letters found and measured, its size known. */
struct yx_face_plan;
/* The strings of `face` must stay; `fonts` must outlive the plan. YX_REFUSED names what does not
 * fit and what no letter can show. */
yx_status yx_face_prepare(const struct yx_face *face, struct yx_fonts *fonts,
                          struct yx_face_plan **out, struct yx_error *err);
void yx_face_plan_free(struct yx_face_plan *plan);
YX_DEFINE_CLEAN(yx_face_plan, struct yx_face_plan *, yx_face_plan_free);
/* In millimetres. */
void yx_face_plan_size(const struct yx_face_plan *plan, double *width, double *height);
/* Draws it with its top left corner at 0,0. */
yx_status yx_face_paint(const struct yx_face_plan *plan, cairo_t *cairo, struct yx_error *err);
/* Takes ink from what was painted on a canvas for a PNG. */
void yx_face_wear(const struct yx_face *face, double dpi, cairo_t *cairo);

#endif
