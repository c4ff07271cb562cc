/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render/room.h - what the files of this room share. render.c opens documents and pages; object.c
 * draws objects, by path.c, text.c and image.c; paint.c and pattern.c set their colours, clip.c
 * what shows of them; stamp.c draws seals; kept.c and fonts.c keep what several objects use.
 */
#ifndef RENDER_ROOM_H
#define RENDER_ROOM_H

#include "image/image.h"
#include "render/render.h"

#define YX_RENDER_RULE "limit for drawing"
/* Composites and patterns in each other. */
#define YX_RENDER_NESTING_MAX 24u
/* Memory for groups with one alpha for all; beyond, objects are drawn without it. */
#define YX_RENDER_GROUP_BYTES_MAX 256e6

/* From this weight on letters are bold. */
#define YX_RENDER_BOLD 600

/* A font of the document, by its file or its name, as it is drawn here. */
struct yx_render_font {
    struct yx_bytes file;
    const char *family;
    bool bold, italic;
    bool is_embedded; /* glyph numbers of the document count */
    struct yx_font *own;
    const struct yx_font *font; /* NULL: there is none at all */
    struct yx_render_font *next;
};

struct yx_render_picture {
    struct yx_bytes file;
    uint32_t wanted_width, wanted_height; /* pixels that were asked for */
    bool is_mask;
    cairo_surface_t *surface; /* NULL: it could not be read */
    struct yx_render_picture *next;
};

struct yx_render_space {
    yx_ofd_space_kind kind;
    struct yx_bytes profile;
    struct yx_colour_space *space;
    struct yx_render_space *next;
};

struct yx_render {
    struct yx_buf pixels; /* kept from page to page */
    struct yx_ofd_book *book;
    struct yx_arena *arena; /* of what is kept */
    struct yx_fonts *fonts;
    struct yx_render_font *used_fonts;
    struct yx_render_picture *pictures;
    struct yx_render_space *spaces;
    size_t font_count, font_bytes, picture_count, picture_bytes, space_count;
    uint8_t *missing; /* a bit for each character that no font has; NULL: none yet */
    bool is_face;     /* the picture of a seal: its own seals are not drawn */
};

/* A page while it is drawn. */
struct yx_drawing {
    struct yx_render *render;
    struct yx_canvas *canvas;
    cairo_t *cairo;
    cairo_matrix_t page; /* from the page's coordinates to the device */
    bool is_vector;      /* SVG or PDF */
    bool keeps_jpeg;     /* PDF: pictures go in as they are */
    double group_unit;   /* bytes that a group takes for a square millimetre ... */
    double group_bytes;  /* ... and on the whole page */
    double pixels;       /* of the picture, for each unit of the device */
    int64_t deadline;    /* of yx_monotonic; INT64_MAX: none */
    uint32_t milliseconds;
    uint32_t objects;
    unsigned nesting, groups;
    double clip_rows; /* how long the clips of the object are, see path.c */
    struct yx_error *err;
};

/* --- Kept (kept.c, fonts.c) -------------------------------------------------------------- */

/* *out is NULL when there is no font at all; a finding tells. */
yx_status yx_render_find_font(struct yx_render *render, const struct yx_ofd_text *text,
                              const struct yx_render_font **out, struct yx_error *err);
void yx_render_free_fonts(struct yx_render *render);
/* A picture to be shown with so many pixels; NULL in *out when it cannot be read. As a mask, its
 * alpha tells what shows: the brightness of what has no alpha. It is good until the next is asked
 * for, or referenced. */
yx_status yx_render_find_picture(struct yx_drawing *drawing, const struct yx_ofd_media *media,
                                 uint32_t width, uint32_t height, bool is_mask,
                                 cairo_surface_t **out);
void yx_render_free_pictures(struct yx_render *render);
/* A colour as red, green, blue, 0 to 1. */
yx_status yx_render_colour(struct yx_render *render, const struct yx_ofd_colour *colour,
                           double rgb[3], struct yx_error *err);
void yx_render_free_spaces(struct yx_render *render);

/* --- Drawing ----------------------------------------------------------------------------- */

/* Is there time left? Counts an object. */
yx_status yx_draw_count(struct yx_drawing *drawing);
/* Can anything be seen through a matrix? cairo gives up for good when it meets one that it cannot
 * invert. */
bool yx_draw_is_seen_through(const cairo_matrix_t *matrix);
/* Lays a matrix over that of the context; false, and nothing happens, when nothing could be seen
 * through it. */
bool yx_draw_transform(cairo_t *cairo, const struct yx_svg_matrix *matrix);
/* What cairo 1.16 cannot say in SVG is said in another way. */
bool yx_draw_is_svg(const struct yx_drawing *drawing);
/* How many pixels, or points, a step of 1 takes here at the most. */
double yx_draw_scale(cairo_t *cairo);

yx_status yx_draw_objects(struct yx_drawing *drawing, const struct yx_ofd_object *first);
yx_status yx_draw_sheet(struct yx_drawing *drawing, const struct yx_ofd_sheet *sheet);

/* Adds the outline to the path of the context. */
void yx_draw_trace(cairo_t *cairo, const struct yx_ofd_outline *outline);
yx_status yx_draw_path(struct yx_drawing *drawing, const struct yx_ofd_object *object,
                       double alpha);
void yx_draw_set_pen(cairo_t *cairo, const struct yx_svg_pen *pen, double length);
yx_status yx_draw_text(struct yx_drawing *drawing, const struct yx_ofd_object *object,
                       double alpha);
/* Adds the outlines of the letters to the path of the context; false in `*seen` when they are too
 * many. */
yx_status yx_draw_text_path(struct yx_drawing *drawing, const struct yx_ofd_text *text, bool *seen);
/* A picture over the unit square. */
void yx_draw_picture(struct yx_drawing *drawing, cairo_surface_t *surface, double alpha);
yx_status yx_draw_image(struct yx_drawing *drawing, const struct yx_ofd_object *object,
                        double alpha);
/* Cuts what is drawn from here on; false in `*seen`: nothing is to be drawn. */
yx_status yx_draw_clip(struct yx_drawing *drawing, const struct yx_ofd_clip *clips, bool *seen);
/* May the clips of the object be longer by so many rows of pixels, or by an outline? A finding
 * tells when not. */
bool yx_draw_can_clip(struct yx_drawing *drawing, double rows);
bool yx_draw_can_clip_outline(struct yx_drawing *drawing, const struct yx_ofd_outline *outline);
yx_status yx_draw_stamp(struct yx_drawing *drawing, const struct yx_ofd_shown_stamp *stamp);

/* Makes the paint the source of the context; `*seen` is false when it shows nothing. */
yx_status yx_draw_set_paint(struct yx_drawing *drawing, const struct yx_ofd_paint *paint,
                            double alpha, bool *seen);
/* The cells of a pattern as a source. */
yx_status yx_draw_set_pattern(struct yx_drawing *drawing, const struct yx_ofd_paint *paint,
                              bool *seen);

#endif
