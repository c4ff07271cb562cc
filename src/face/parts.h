/* SPDX-License-Identifier: Apache-2.0 */
/*
 * face/parts.h - what the files of face/ share and nobody else sees. text.c finds letters; arc.c
 * stands them on a curve; round.c and square.c say where everything is.
 */
#ifndef FACE_PARTS_H
#define FACE_PARTS_H

#include "face/face.h"

#define YX_FACE_LETTERS_MAX 64

extern const char yx_rule_face[];

/* --- Letters (text.c) -------------------------------------------------------------------- */

/* A letter takes a cell 1 high: of a Chinese one the square that fonts draw it in. */
struct yx_letter {
    uint32_t code_point, glyph;
    double left, width; /* of the cell, from the origin of the glyph */
};
struct yx_letters {
    const struct yx_font *font; /* NULL: no letters */
    struct yx_letter list[YX_FACE_LETTERS_MAX];
    size_t count;
    double width; /* of all cells */
    bool has_ink; /* not spaces alone */
};
/* `text` may be NULL: none. YX_REFUSED names a character that the font lacks or that cannot stand
 * alone. */
yx_status yx_face_letters(struct yx_fonts *fonts, const char *family, bool bold, const char *text,
                          struct yx_letters *out, struct yx_error *err);
/* Appends a letter's outline, its cell stretched to the rectangle. */
yx_status yx_letter_path(const struct yx_letters *letters, size_t index, double x, double y,
                         double width, double height, cairo_t *cairo, struct yx_error *err);

/* A row of letters: how high they are, how much wider than in their font, and the space between
 * two of them as a part of a Chinese letter. */
struct yx_row {
    double height, stretch, gap;
};
/* How long the row is. */
double yx_row_length(const struct yx_letters *letters, const struct yx_row *row);

/* --- Letters on a curve (arc.c) ---------------------------------------------------------- */

/* An ellipse around 0,0; a circle most often. */
struct yx_arc {
    double across, down; /* half axes */
    double *lengths;     /* from the top to each step of a half turn */
};
yx_status yx_arc_start(double across, double down, struct yx_arc *out, struct yx_error *err);
void yx_arc_free(struct yx_arc *arc);
YX_DEFINE_CLEAN_VALUE(yx_arc, struct yx_arc, yx_arc_free);
/* All the way round. */
double yx_arc_length(const struct yx_arc *arc);
/* The part of a turn, 0 to 1, that `length` takes when half of it lies on each side of the top. */
double yx_arc_turn(const struct yx_arc *arc, double length);
/* Appends the outlines of a row whose middle is at the top of the arc, feet on it, heads outward;
 * or, `below`, at its bottom, feet on it, heads inward. */
yx_status yx_arc_path(const struct yx_arc *arc, const struct yx_letters *letters,
                      const struct yx_row *row, bool below, cairo_t *cairo, struct yx_error *err);

/* --- Layouts (round.c, square.c) --------------------------------------------------------- */

struct yx_face_plan {
    struct yx_face face;
    struct yx_letters text, line, code;
    struct yx_svg emblem;
    double width, height;
    /* round.c */
    struct yx_arc arc, code_arc;
    struct yx_row text_row, line_row, code_row;
    double line_middle, code_middle; /* from the centre down */
};
yx_status yx_round_plan(struct yx_face_plan *plan, struct yx_error *err);
yx_status yx_round_paint(const struct yx_face_plan *plan, cairo_t *cairo, struct yx_error *err);
yx_status yx_square_plan(struct yx_face_plan *plan, struct yx_error *err);
yx_status yx_square_paint(const struct yx_face_plan *plan, cairo_t *cairo, struct yx_error *err);

#endif
