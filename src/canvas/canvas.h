/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canvas/canvas.h - the door to canvas/: what everything that draws shares. A canvas is a cairo
 * context in millimetres that ends as PNG, SVG or PDF; fonts come from the system or from a file's
 * bytes. What is drawn is for the rooms above.
 */
#ifndef CANVAS_CANVAS_H
#define CANVAS_CANVAS_H

#include <cairo.h>

#include <yinxin/draw.h>

#include "base/base.h"
#include "picture/picture.h"
#include "svg/svg.h"

/* --- Canvases (canvas.c, png.c) ---------------------------------------------------------- */

struct yx_canvas_setup {
    yx_draw_format format;
    double width, height;        /* of the page, in millimetres */
    double dpi;                  /* of a PNG, and of what SVG and PDF cannot keep as vectors */
    bool transparent;            /* a PNG without a white ground; the others never have one */
    const struct yx_colour *ink; /* the only colour of a transparent PNG; NULL: any */
    /* Memory for the pixels of a PNG, which the caller keeps for the next one, as fresh memory
     * costs as much as drawing does; it outlives the canvas. NULL: the canvas's own. */
    struct yx_buf *memory;
};

/* The pixels of a PNG of that size. YX_REFUSED when a drawing of any format would be larger than
 * what yinxin/draw.h allows. */
yx_status yx_canvas_measure(const struct yx_canvas_setup *setup, int *width, int *height,
                            struct yx_error *err);

struct yx_canvas;
/*
 * Begins a drawing that goes to `sink`, which must stay until the canvas is freed and is committed
 * by its owner. The sink of a PNG may be NULL: its pixels are looked at only. YX_REFUSED when it
 * would be larger than what yinxin/draw.h allows.
 */
yx_status yx_canvas_new(const struct yx_canvas_setup *setup, struct yx_sink *sink,
                        struct yx_canvas **out, struct yx_error *err);
void yx_canvas_free(struct yx_canvas *canvas);
YX_DEFINE_CLEAN(yx_canvas, struct yx_canvas *, yx_canvas_free);
/* To draw with: millimetres from the top left corner of the page, y down. Hinting is off. */
cairo_t *yx_canvas_cairo(const struct yx_canvas *canvas);
/*
 * For an SVG, where cairo has no operator for it: what is drawn with the context that comes out, up
 * to the end, multiplies with all that the drawing has, as ink does. YX_USAGE for the others.
 */
yx_status yx_canvas_begin_ink(struct yx_canvas *canvas, cairo_t **out, struct yx_error *err);
yx_status yx_canvas_end_ink(struct yx_canvas *canvas, struct yx_error *err);
/* Ends the page of a PDF and begins another. YX_USAGE for the others, which have one page. */
yx_status yx_canvas_next_page(struct yx_canvas *canvas, double width, double height,
                              struct yx_error *err);
/* Ends the drawing and writes the rest of it. Whatever went wrong in cairo is known here at the
 * latest. */
yx_status yx_canvas_finish(struct yx_canvas *canvas, struct yx_error *err);

/* Pixels, one 32-bit word each in the byte order of the machine: alpha in the highest byte, red,
 * green, blue, all multiplied by alpha. */
struct yx_pixels {
    uint32_t width, height;
    size_t stride; /* bytes from row to row */
    const uint8_t *data;
};
/* What has been drawn so far on a canvas for a PNG; valid until more is drawn. */
yx_status yx_canvas_pixels(const struct yx_canvas *canvas, struct yx_pixels *out,
                           struct yx_error *err);
struct yx_png_setup {
    double dpi;                  /* 0: it says nothing of its size */
    bool opaque;                 /* without alpha, and grey when all pixels are */
    const struct yx_colour *ink; /* the colour of all that is not transparent; NULL: any */
};
/* A PNG of pixels. Not committed. */
yx_status yx_png_write(const struct yx_pixels *pixels, const struct yx_png_setup *setup,
                       struct yx_sink *sink, struct yx_error *err);

/* YX_OK, or what cairo complains about. */
yx_status yx_cairo_status(cairo_status_t status, struct yx_error *err);
static inline void yx_surface_clean(cairo_surface_t **surface)
{
    cairo_surface_destroy(*surface);
}
/* A picture as a source for cairo. */
yx_status yx_surface_from_raster(const struct yx_raster *raster, cairo_surface_t **out,
                                 struct yx_error *err);

/* --- Vector pictures (vector.c) ---------------------------------------------------------- */

/*
 * Draws a picture so that it fills the rectangle as far as its proportions allow, centred. With
 * `ink` it has that one colour: light paints become white, all others ink.
 */
void yx_svg_draw(cairo_t *cairo, const struct yx_svg *svg, double x, double y, double width,
                 double height, const struct yx_colour *ink);

/* --- Fonts (fonts.c, family.c, font.c) --------------------------------------------------- */

/* A font file may be as long as this; larger ones are refused. */
#define YX_FONT_BYTES_MAX ((size_t)64 * 1024 * 1024)

struct yx_font;

/* The fonts of the system and those opened so far. For one thread at a time. Nothing is looked for
 * before the first font is asked for. */
struct yx_fonts;
yx_status yx_fonts_new(struct yx_fonts **out, struct yx_error *err);
void yx_fonts_free(struct yx_fonts *fonts);
YX_DEFINE_CLEAN(yx_fonts, struct yx_fonts *, yx_fonts_free);

/* Finds the fonts of the system and maps their files, for a process that will not be able to open
 * any; once, by one thread, before anything is drawn. */
yx_status yx_fonts_ready(struct yx_error *err);

struct yx_font_wish {
    const char *family; /* as a document names it: "宋体", "SimSun", "Times New Roman"; NULL: any */
    bool bold, italic;
    bool fixed; /* all letters equally wide, when the family is unknown */
};
/* The family itself when it is installed, or else a free one of its kind. The font lives as long as
 * `fonts`. YX_REFUSED when the system has no font at all. */
yx_status yx_fonts_find(struct yx_fonts *fonts, const struct yx_font_wish *wish,
                        const struct yx_font **out, struct yx_error *err);
/* A font that has the character, near to `font`: itself, one of its kind, or any. NULL in `out`
 * when no font of the system has it. */
yx_status yx_fonts_cover(struct yx_fonts *fonts, const struct yx_font *font, uint32_t code_point,
                         const struct yx_font **out, struct yx_error *err);

/* A font out of a document: TrueType, OpenType, a bare CFF or Type 1; `index` counts within a
 * collection. The bytes are copied. YX_DAMAGED when FreeType cannot read them. */
yx_status yx_font_from_bytes(struct yx_bytes bytes, unsigned index, struct yx_font **out,
                             struct yx_error *err);
void yx_font_free(struct yx_font *font);
YX_DEFINE_CLEAN(yx_font, struct yx_font *, yx_font_free);

/* For cairo_set_font_face on this context; glyphs are numbered as here. Of a document's font, what
 * may end in a PDF gets one made anew, since a PDF carries fonts; NULL when that cannot be done:
 * then only its outlines can be drawn. */
cairo_font_face_t *yx_font_cairo(const struct yx_font *font, cairo_t *cairo);
/* "Noto Serif CJK SC"; "" when the font does not say. */
const char *yx_font_family(const struct yx_font *font);
bool yx_font_is_bold(const struct yx_font *font);
bool yx_font_is_italic(const struct yx_font *font);
uint32_t yx_font_glyph_count(const struct yx_font *font);
/* The glyph of a character; 0 when the font has none. */
uint32_t yx_font_glyph(const struct yx_font *font, uint32_t code_point);
/* Of letters 1 high: how far the next glyph stands. 0 when there is no such glyph. */
double yx_font_advance(const struct yx_font *font, uint32_t glyph);
struct yx_font_box {
    double left, top, right, bottom; /* from the origin on the base line, y down */
};
/* Where the ink of a glyph is, letters 1 high; all 0 when there is none. */
struct yx_font_box yx_font_box(const struct yx_font *font, uint32_t glyph);
/* Appends the outline of a glyph, letters 1 high, its origin at 0,0, to the path. YX_DAMAGED when
 * there is none. */
yx_status yx_font_path(const struct yx_font *font, uint32_t glyph, cairo_t *cairo,
                       struct yx_error *err);

#endif
