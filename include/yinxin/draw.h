/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/draw.h - pictures: what libyinxin-draw does, a library of its own. Who only seals, signs
 * and verifies links libyinxin and no drawing library.
 *
 * yinxin/impression.h, which is part of it, reads stamped seals instead of drawing them.
 *
 * It follows the rules of yinxin/base.h. Lengths are in millimetres. What needs fonts finds them
 * with fontconfig; a thread that draws opens them for itself.
 */
#ifndef YINXIN_DRAW_H
#define YINXIN_DRAW_H

#include <yinxin/base.h>
#include <yinxin/impression.h>
#include <yinxin/program.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a drawing is written as. */
typedef enum {
    YX_DRAW_PNG, /* pixels, with their number per inch */
    YX_DRAW_SVG, /* one page; letters are outlines */
    YX_DRAW_PDF  /* pages; letters stay text */
} yx_draw_format;

/* Larger pictures are refused. */
#define YX_DRAW_PIXELS_MAX (64u * 1024 * 1024)
#define YX_DRAW_SIDE_MAX 32767u /* pixels */
#define YX_DRAW_MM_MAX 5080.0   /* a page, as in PDF */

struct yx_colour {
    uint8_t red, green, blue;
};

/* --- Faces of seals ---------------------------------------------------------------------- */

typedef enum {
    YX_FACE_OFFICIAL, /* round: the name on the upper arc, an emblem in the middle */
    YX_FACE_SPECIAL,  /* round: with a line that says what it is for, such as 财务专用章 */
    YX_FACE_OVAL,     /* the code across the middle, the line below it, as on invoices */
    YX_FACE_SQUARE,   /* columns from right to left: seals of persons in office */
    YX_FACE_NAME      /* one row: a name, with or without a frame */
} yx_face_kind;

typedef enum { YX_EMBLEM_NONE, YX_EMBLEM_STAR, YX_EMBLEM_PICTURE } yx_emblem;

/* What a seal shows. Start with one of the presets, then say what is on it. */
struct yx_face {
    yx_face_kind kind;
    const char *text; /* the name; needed */
    const char *line; /* the line below the middle, or NULL; a special seal needs one */
    const char *code; /* on the lower arc, in the middle of an oval; or NULL */
    /* Millimetres, 5 to 100. A name of width 0 is as wide as its letters want to be. */
    double width, height;
    double ring; /* how thick the ring or frame is; 0: none */
    yx_emblem emblem;
    double emblem_size;         /* diameter of the circle around it */
    struct yx_bytes emblem_svg; /* of YX_EMBLEM_PICTURE: what seals take as SVG (yinxin/seal.h) */
    const char *font;           /* family of the letters; NULL: 宋体 */
    struct yx_colour ink;
    bool letters_cut; /* of a square or a name: letters without ink on a ground of ink (白文) */
    unsigned wear;    /* 0 to 100: how much an old stamp has lost; PNG only */
    uint64_t seed;    /* the same wear again */
};

struct yx_face_preset {
    const char *name; /* "official-42" */
    struct yx_face face;
};
/* All presets; the first of each kind is its usual one. */
YX_API const struct yx_face_preset *yx_face_presets(size_t *count);

/*
 * Draws a face and writes it to `sink`, which the caller commits. A PNG has `dpi` pixels per inch
 * on a transparent ground; what has no ink is transparent in an SVG and a PDF as well. YX_REFUSED
 * names what does not fit, and the character that the font lacks. The size that it has goes to
 * `width` and `height`, which may be NULL.
 */
YX_API yx_status yx_face_draw(const struct yx_face *face, yx_draw_format format, double dpi,
                              struct yx_sink *sink, double *width, double *height,
                              struct yx_error *err);

/* --- Pages of documents ------------------------------------------------------------------ */

/* Pages that were drawn, kept in memory for those who ask again. Any number of threads may use
 * one. */
struct yx_page_cache;
/* It keeps at most `bytes`; what was not asked for longest goes first. */
YX_API yx_status yx_page_cache_new(size_t bytes, struct yx_page_cache **out, struct yx_error *err);
/* After the last document that uses it. */
YX_API void yx_page_cache_free(struct yx_page_cache *cache);

/* How pages are drawn. Start with zeros. */
struct yx_page_options {
    uint32_t document;     /* of a package that holds several, from 1; 0: the first */
    double dpi;            /* of a PNG, and of what SVG and PDF do not keep as vectors; 0: 150 */
    uint32_t longest;      /* pixels of a PNG's longer side, instead of `dpi`; 0: by `dpi` */
    uint32_t milliseconds; /* how long one call may take; 0: as long as it does (a page of a PDF:
                              five minutes) */
    struct yx_page_cache *cache; /* NULL: none */
    /* Told what is not shown as the document asks: a font or picture that is missing, an object
     * that cannot be drawn. `page` is 0 for the document as a whole. Pages of a PDF, and those out
     * of the cache, tell nothing. May be NULL. */
    void (*found)(void *self, uint32_t page, const struct yx_message *message);
    void *self;
};

/*
 * A document opened for looking at its pages, OFD or PDF. What is drawn says nothing about whether
 * its seals hold. Its text is in yinxin/document.h. For one thread at a time.
 *
 * Pages of a PDF are drawn by poppler's pdftocairo, run as a confined child process for each;
 * YX_REFUSED when it is not installed. They become PNG or SVG.
 */
struct yx_view;
/* `options` holds for all that is drawn; it and the source must outlive the view. YX_DAMAGED when
 * it is neither OFD nor PDF, YX_REFUSED when it is encrypted. */
YX_API yx_status yx_view_open(const struct yx_source *in, const struct yx_page_options *options,
                              struct yx_view **out, struct yx_error *err);
YX_API void yx_view_free(struct yx_view *view);
YX_API uint32_t yx_view_page_count(const struct yx_view *view);
/*
 * Draws a page, from 1, with its annotations and seals, and writes it to `sink`, which the caller
 * commits. YX_REFUSED when it takes too long, or would be too large.
 */
YX_API yx_status yx_view_draw(struct yx_view *view, uint32_t page, yx_draw_format format,
                              struct yx_sink *sink, struct yx_error *err);

/* Opens, draws one page, and closes. */
YX_API yx_status yx_page_draw(const struct yx_source *in, uint32_t page, yx_draw_format format,
                              const struct yx_page_options *options, struct yx_sink *sink,
                              struct yx_error *err);
/* Draws all pages of an OFD document as one PDF: lines stay lines, and text stays text. */
YX_API yx_status yx_document_convert(const struct yx_source *in,
                                     const struct yx_page_options *options, struct yx_sink *sink,
                                     struct yx_error *err);

/* --- Processes that lock themselves in ---------------------------------------------------- */

/*
 * For a process that is about to give up opening files and starting programs: finds the fonts of
 * the system and maps their files, and from now on has programs run by `runner` (see
 * yinxin/program.h). Once, by one thread, before anything is drawn.
 */
YX_API yx_status yx_draw_confine(const struct yx_program_runner *runner, struct yx_error *err);

#ifdef __cplusplus
}
#endif

#endif
