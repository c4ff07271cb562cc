/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofdpage/ofdpage.h - the door to ofdpage/: what stands on the pages of an OFD document
 * (GB/T 33190-2016), read into memory so that whoever draws knows no XML.
 *
 * A `struct yx_ofd_book` is one document opened for drawing: its resources, templates and seals,
 * each read when it is first used. A `struct yx_ofd_sheet` is one page, everything that shows on it
 * in the order of drawing.
 *
 * What a page names and the package does not hold, and what is written so that it cannot be drawn,
 * becomes a finding of the book; the rest is drawn. A page whose own file cannot be read is an
 * error. Nothing here ends up in a circle: a composite object, template, pattern or drawing
 * parameter that leads back to itself is left out. But a few objects may stand for very many
 * (composites that use composites twice): whoever draws counts and watches the clock.
 *
 * Lengths are millimetres, y runs down. Every number is finite and below 1e7.
 */
#ifndef OFDPAGE_OFDPAGE_H
#define OFDPAGE_OFDPAGE_H

#include "ofd/ofd.h"
#include "svg/svg.h"

/* --- Limits ------------------------------------------------------------------------------ */

/* Memory for one page, and for what all pages of a document share. */
#define YX_OFD_SHEET_MAX ((size_t)96 * 1024 * 1024)
#define YX_OFD_BOOK_MAX ((size_t)96 * 1024 * 1024)
/* Composites, patterns and parameters that lead from one to the next. */
#define YX_OFD_NESTING_MAX 16u
/* Signatures whose stamps are shown, their stamps, and the bytes of the seals that are held. */
#define YX_OFD_SHOWN_SIGNATURES_MAX 1000u
#define YX_OFD_SHOWN_STAMPS_MAX 20000u
#define YX_OFD_SHOWN_SEALS_MAX ((size_t)64 * 1024 * 1024)
/* Findings that are kept; the same one is kept once. */
#define YX_OFD_FINDINGS_MAX 100u

/* --- Resources --------------------------------------------------------------------------- */

struct yx_ofd_font {
    const char *name;     /* FontName, or "" */
    const char *family;   /* FamilyName, or "" */
    struct yx_bytes file; /* the part that holds it; empty: the document does not carry it */
    bool italic, bold, serif, fixed_width;
};

struct yx_ofd_media {
    struct yx_bytes file;
    const char *format; /* as written: "PNG", "JB2" ...; "" */
};

typedef enum { YX_OFD_SPACE_GRAY, YX_OFD_SPACE_RGB, YX_OFD_SPACE_CMYK } yx_ofd_space_kind;
struct yx_ofd_space {
    yx_ofd_space_kind kind;
    unsigned bits;           /* of a component */
    struct yx_bytes profile; /* the part that holds its ICC profile; empty: none */
    const struct yx_xml *palette;
};

/* --- Colours ----------------------------------------------------------------------------- */

struct yx_ofd_colour {
    const struct yx_ofd_space *space;
    double values[4]; /* 0 to 1: one, three or four of them */
    double alpha;     /* 0 to 1 */
};

struct yx_ofd_stop {
    double position; /* 0 to 1, never less than the one before */
    struct yx_ofd_colour colour;
};

typedef enum { YX_OFD_MAP_DIRECT, YX_OFD_MAP_REPEAT, YX_OFD_MAP_REFLECT } yx_ofd_map;

/* Between two points, or between two circles (`start_radius` and `end_radius`). */
struct yx_ofd_gradient {
    struct yx_svg_point start, end;
    double start_radius, end_radius;
    double eccentricity; /* radial: 0 a circle, below 1 an ellipse ... */
    double angle;        /* ... whose long axis is turned by so many degrees */
    yx_ofd_map map;
    double unit; /* how far the colours reach once, for repeat and reflect; 0: the whole way */
    bool extend_start, extend_end;
    const struct yx_ofd_stop *stops;
    size_t stop_count; /* at least 1 */
};

struct yx_ofd_corner {
    struct yx_svg_point point;
    struct yx_ofd_colour colour;
};
/* Triangles whose colours run from corner to corner. */
struct yx_ofd_mesh {
    const struct yx_ofd_corner *corners; /* three for each */
    size_t triangle_count;
    const struct yx_ofd_colour *back; /* outside of them; NULL: nothing */
};

struct yx_ofd_object;
typedef enum {
    YX_OFD_REFLECT_NONE,
    YX_OFD_REFLECT_ROW,    /* every other cell of a row is turned over left to right */
    YX_OFD_REFLECT_COLUMN, /* every other row is turned upside down */
    YX_OFD_REFLECT_BOTH,
} yx_ofd_reflect;
struct yx_ofd_pattern {
    double width, height;  /* of the cell */
    double x_step, y_step; /* from cell to cell, above 0 */
    yx_ofd_reflect reflect;
    bool of_page; /* the first cell lies at the page's corner, not at the object's */
    struct yx_svg_matrix matrix;
    const struct yx_ofd_object *content;
};

typedef enum {
    YX_OFD_PAINT_PLAIN,
    YX_OFD_PAINT_AXIAL,
    YX_OFD_PAINT_RADIAL,
    YX_OFD_PAINT_MESH,
    YX_OFD_PAINT_PATTERN,
} yx_ofd_paint_kind;
struct yx_ofd_paint {
    yx_ofd_paint_kind kind;
    double alpha; /* 0 to 1, of what is not plain */
    union {
        struct yx_ofd_colour plain;
        struct yx_ofd_gradient gradient;
        struct yx_ofd_mesh mesh;
        struct yx_ofd_pattern pattern;
    } as;
};

/* --- Objects ----------------------------------------------------------------------------- */

struct yx_ofd_outline {
    const uint8_t *verbs; /* yx_svg_verb */
    const struct yx_svg_point *points;
    size_t verb_count, point_count;
    bool even_odd;
    struct yx_box extent; /* around all points, control points too */
};

/* One glyph. `text_bytes` bytes of the run's text are what it stands for; 0: it belongs to the
 * glyph before it. */
struct yx_ofd_glyph {
    uint32_t code_point; /* the first of its text */
    uint32_t index;      /* in the document's font; YX_OFD_NO_INDEX: by the character */
    uint32_t text_bytes;
    bool by_advance;    /* the next one stands behind this one's own width, ... */
    double right, down; /* ... or at least: so far from it */
};
#define YX_OFD_NO_INDEX UINT32_MAX

/* One TextCode. */
struct yx_ofd_run {
    struct yx_svg_point at; /* the base line, where the first glyph starts */
    const char *text;       /* UTF-8 */
    size_t text_len;
    const struct yx_ofd_glyph *glyphs;
    size_t glyph_count;
    const struct yx_ofd_run *next;
};

struct yx_ofd_text {
    const struct yx_ofd_font *font; /* NULL: the resource is missing */
    double size;                    /* above 0 */
    double scale;                   /* HScale, above 0 */
    int read_direction;             /* 0, 90, 180, 270: where the text runs, clockwise */
    int char_direction;             /* ... and how each character is turned */
    int weight;                     /* 400 is normal */
    bool italic;
    const struct yx_ofd_run *runs;
};

struct yx_ofd_border {
    const struct yx_ofd_paint *paint;
    struct yx_svg_pen pen;
    double x_radius, y_radius; /* of the corners */
};

struct yx_ofd_image {
    const struct yx_ofd_media *media; /* NULL: the resource is missing */
    const struct yx_ofd_media *mask;  /* NULL: none */
    bool has_matrix;                  /* else it fills the boundary */
    const struct yx_ofd_border *border;
};

/* Objects in a space of their own. */
struct yx_ofd_unit {
    const struct yx_ofd_object *first;
};

/* Part of a clip: the area inside a path or inside letters. */
struct yx_ofd_clip_area {
    struct yx_box boundary;
    struct yx_svg_matrix matrix;          /* into the boundary's space, ... */
    struct yx_svg_matrix outer;           /* ... and from there on to the object's */
    const struct yx_ofd_outline *outline; /* either this ... */
    const struct yx_ofd_text *text;       /* ... or this */
    const struct yx_ofd_clip_area *next;
};
/* What lies in any of the areas shows, if the next clip shows it too. */
struct yx_ofd_clip {
    const struct yx_ofd_clip_area *areas;
    const struct yx_ofd_clip *next;
};

typedef enum {
    YX_OFD_TEXT,
    YX_OFD_PATH,
    YX_OFD_IMAGE,
    YX_OFD_COMPOSITE,
} yx_ofd_object_kind;

/*
 * Its own coordinates, by `matrix`, become those with the boundary's corner as their origin. What
 * lies outside the boundary does not show; `clips` are in the boundary's coordinates, or in the
 * object's own when `clips_turn`.
 */
struct yx_ofd_object {
    yx_ofd_object_kind kind;
    struct yx_box boundary;
    bool is_unbounded; /* no boundary at all: the appearance of an annotation may have none */
    struct yx_svg_matrix matrix;
    double alpha; /* above 0, at most 1 */
    const struct yx_ofd_clip *clips;
    bool clips_turn;
    const struct yx_ofd_paint *fill;   /* of text and paths; NULL: not filled */
    const struct yx_ofd_paint *stroke; /* NULL: not stroked */
    const struct yx_svg_pen *pen;      /* its paint is not used */
    union {
        struct yx_ofd_outline path;
        struct yx_ofd_text text;
        struct yx_ofd_image image;
        const struct yx_ofd_unit *composite;
    } as;
    const struct yx_ofd_object *next;
};

/* --- Pages ------------------------------------------------------------------------------- */

/* A seal on a page. */
struct yx_ofd_shown_stamp {
    struct yx_box box; /* the whole seal, in the coordinates of the page */
    bool has_clip;
    struct yx_box clip; /* the part that shows, relative to `box` */
    const char *type;   /* of the picture, as the seal says */
    struct yx_bytes picture;
    const struct yx_ofd_shown_stamp *next;
};

/* Objects that are drawn one after another: a layer, an annotation. */
struct yx_ofd_layer {
    const struct yx_ofd_object *first;
    const struct yx_ofd_layer *next;
};

struct yx_ofd_sheet {
    struct yx_box box;                 /* PhysicalBox: what is seen of the page's coordinates */
    const struct yx_ofd_layer *layers; /* from the bottom up */
    const struct yx_ofd_shown_stamp *stamps; /* over the layers */
    struct yx_arena *arena;
};
void yx_ofd_sheet_free(struct yx_ofd_sheet *sheet);
YX_DEFINE_CLEAN_VALUE(yx_ofd_sheet, struct yx_ofd_sheet, yx_ofd_sheet_free);

struct yx_ofd_book;

/* Opens a document, from 1, of a package, which must outlive the book. */
yx_status yx_ofd_book_open(struct yx_ofd *ofd, uint32_t document, struct yx_ofd_book **out,
                           struct yx_error *err);
void yx_ofd_book_free(struct yx_ofd_book *book);
YX_DEFINE_CLEAN(yx_ofd_book, struct yx_ofd_book *, yx_ofd_book_free);
uint32_t yx_ofd_book_pages(const struct yx_ofd_book *book);
/* Reads a page, from 1. The sheet points into the book: free it first. */
yx_status yx_ofd_sheet_read(struct yx_ofd_book *book, uint32_t page, struct yx_ofd_sheet *out,
                            struct yx_error *err);
/* Appends the content of a part of the package: a font, a picture, a profile. */
yx_status yx_ofd_book_part(struct yx_ofd_book *book, struct yx_bytes file, size_t limit,
                           struct yx_buf *out, struct yx_error *err);

/* What is not shown as the document asks. */
struct yx_ofd_finding {
    uint32_t page; /* where it was met first, from 1; 0: when the document was opened */
    struct yx_message message;
    struct yx_ofd_finding *next;
};
const struct yx_ofd_finding *yx_ofd_book_findings(const struct yx_ofd_book *book);
/* Whoever draws adds what it finds; the page is the one read last. */
void yx_ofd_book_note(struct yx_ofd_book *book, const struct yx_message *message);
/* The same: a sentence N_("...") and its arguments. */
#define yx_ofd_find(book, ...)                     \
    do {                                           \
        struct yx_message yx_found = {.text = ""}; \
        yx_message_set(&yx_found, __VA_ARGS__);    \
        yx_ofd_book_note((book), &yx_found);       \
    } while (0)

#endif
