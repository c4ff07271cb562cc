/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ofdpage/room.h - what the files of this room share. book.c opens a document, sheet.c a page;
 * resource.c finds what they name; object.c reads objects with outline.c, text.c, clip.c, style.c
 * (pens), paint.c and shading.c (colours); stamp.c knows the seals.
 */
#ifndef OFDPAGE_ROOM_H
#define OFDPAGE_ROOM_H

#include "ofdpage/ofdpage.h"

#define YX_OFD_NUMBER_MAX 1e6
#define YX_OFD_RULE_RES "GB/T 33190-2016, Res"

/* --- Styles (style.c) -------------------------------------------------------------------- */

/* What an element says of colours and lines; `set` tells which of it. */
enum {
    YX_OFD_SET_FILL = 1,
    YX_OFD_SET_STROKE = 2,
    YX_OFD_SET_WIDTH = 4,
    YX_OFD_SET_CAP = 8,
    YX_OFD_SET_JOIN = 16,
    YX_OFD_SET_MITER = 32,
    YX_OFD_SET_DASHES = 64,
    YX_OFD_SET_OFFSET = 128,
};
struct yx_ofd_style {
    unsigned set;
    const struct yx_ofd_paint *fill, *stroke;
    struct yx_svg_pen pen;
};

/* --- Resources (resource.c) -------------------------------------------------------------- */

typedef enum {
    YX_OFD_KIND_FONT,
    YX_OFD_KIND_SPACE,
    YX_OFD_KIND_PARAM,
    YX_OFD_KIND_MEDIA,
    YX_OFD_KIND_UNIT,
} yx_ofd_kind;

typedef enum {
    YX_OFD_UNREAD,
    YX_OFD_READING, /* whoever meets it now has gone in a circle */
    YX_OFD_READ,
} yx_ofd_reading;

struct yx_ofd_table;
struct yx_ofd_resource {
    yx_ofd_kind kind;
    const char *id;
    size_t place; /* among all: of two with the same ID the first counts */
    const struct yx_xml *element;
    struct yx_bytes base; /* its files are named from here */
    struct yx_ofd_table *table;
    yx_ofd_reading reading;
    const void *value; /* by its kind; NULL: it cannot be used */
};
/* The resources of a document, or those of a page alone. */
struct yx_ofd_table {
    struct yx_arena *arena;
    struct yx_ofd_resource *items; /* sorted */
    size_t count;
};

/* --- Books ------------------------------------------------------------------------------- */

struct yx_ofd_template {
    const char *id;
    yx_ofd_reading reading;
    const struct yx_ofd_layer *layers;
    struct yx_ofd_template *next;
};

struct yx_ofd_seal {
    const struct yx_ofd_signature *signature;
    struct yx_bytes value_path, seal_path;
    bool is_read;
    struct yx_seal *seal; /* NULL: it could not be read */
    struct yx_ofd_seal *next;
};
struct yx_ofd_place {
    const char *page; /* PageRef */
    struct yx_box box;
    bool has_clip;
    struct yx_box clip;
    struct yx_ofd_seal *seal;
    struct yx_ofd_place *next;
};

struct yx_ofd_book {
    struct yx_ofd *ofd;
    struct yx_ofd_document *document;
    struct yx_arena *arena;
    struct yx_ofd_table table;
    const struct yx_ofd_space *default_space;
    struct yx_ofd_template *templates;
    const struct yx_xml *annotations; /* Annotations.xml; NULL: none */
    struct yx_bytes annotations_path;
    bool stamps_are_read;
    struct yx_ofd_seal *seals;
    struct yx_ofd_place *places, *last_place;
    size_t stamp_count, seal_bytes;
    uint32_t page; /* that is read */
    struct yx_ofd_finding *findings, *last_finding;
    unsigned finding_count;
    struct yx_svg scratch; /* an outline while it is read */
};

/* --- Reading ----------------------------------------------------------------------------- */

/* Where objects are read to, and what holds for them. */
struct yx_ofd_reader {
    struct yx_ofd_book *book;
    struct yx_arena *arena;
    const struct yx_ofd_table *own;   /* the page's own resources; NULL: none */
    const struct yx_ofd_style *style; /* of the layer */
    const struct yx_svg_pen *last_pen;
    unsigned depth; /* resources that led here */
    struct yx_error *err;
};

/* Memory of the reader's arena; leaves the function when there is none. */
#define YX_OFD_NEW(reader, object)                                    \
    do {                                                              \
        (object) = yx_arena_alloc((reader)->arena, sizeof *(object)); \
        if ((object) == NULL)                                         \
            return yx_ofd_fail_arena((reader)->arena, (reader)->err); \
    } while (0)

/* Makes a finding of an error; what is no fault of the package is passed on. */
yx_status yx_ofd_find_error(struct yx_ofd_book *book, const struct yx_error *why,
                            struct yx_error *err);

/* Attributes (attribute.c). false when it is absent or is no such thing. */
bool yx_ofd_has_number(const struct yx_xml *element, const char *name, double *out);
bool yx_ofd_has_box(const struct yx_xml *element, const char *name, struct yx_box *out);
bool yx_ofd_has_point(const struct yx_xml *element, const char *name, struct yx_svg_point *out);
bool yx_ofd_has_matrix(const struct yx_xml *element, const char *name, struct yx_svg_matrix *out);
bool yx_ofd_is(const struct yx_xml *element, const char *name, const char *value);
/* What it says, or `otherwise` when it is absent. */
bool yx_ofd_flag(const struct yx_xml *element, const char *name, bool otherwise);
double yx_ofd_number_or(const struct yx_xml *element, const char *name, double otherwise);
/* Alpha, 0 to 255, as 0 to 1. */
double yx_ofd_alpha(const struct yx_xml *element);
/* Numbers one after another, with spaces between; false at the end of the text. */
bool yx_ofd_next_number(const char **text, double *out);

/* Every resource file that the children of this name tell. */
yx_status yx_ofd_read_table(struct yx_ofd_book *book, struct yx_ofd_table *table,
                            struct yx_bytes base, const struct yx_xml *const *lists, size_t count,
                            struct yx_error *err);
/* What an ID names; *out is NULL, and a finding noted, when there is none. A NULL ID gives NULL. */
yx_status yx_ofd_find_font(struct yx_ofd_reader *reader, const char *id,
                           const struct yx_ofd_font **out);
yx_status yx_ofd_find_media(struct yx_ofd_reader *reader, const char *id,
                            const struct yx_ofd_media **out);
yx_status yx_ofd_find_space(struct yx_ofd_reader *reader, const char *id,
                            const struct yx_ofd_space **out);
yx_status yx_ofd_find_param(struct yx_ofd_reader *reader, const char *id,
                            const struct yx_ofd_style **out);
yx_status yx_ofd_find_unit(struct yx_ofd_reader *reader, const char *id,
                           const struct yx_ofd_unit **out);
/* A space that no resource names. */
extern const struct yx_ofd_space yx_ofd_rgb;

/* What an element itself says, with its DrawParam under it, laid over `style`. */
yx_status yx_ofd_read_style(struct yx_ofd_reader *reader, const struct yx_xml *element,
                            struct yx_ofd_style *style);
extern const struct yx_ofd_style yx_ofd_plain_style;

/* A colour: FillColor, StrokeColor ... */
yx_status yx_ofd_read_paint(struct yx_ofd_reader *reader, const struct yx_xml *element,
                            const struct yx_ofd_paint **out);
yx_status yx_ofd_read_colour(struct yx_ofd_reader *reader, const struct yx_xml *element,
                             struct yx_ofd_colour *out);
yx_status yx_ofd_read_gradient(struct yx_ofd_reader *reader, const struct yx_xml *element,
                               bool radial, struct yx_ofd_paint *out);
yx_status yx_ofd_read_mesh(struct yx_ofd_reader *reader, const struct yx_xml *element, bool lattice,
                           struct yx_ofd_paint *out);

/* AbbreviatedData. What cannot be understood ends it, with a finding. */
yx_status yx_ofd_read_outline(struct yx_ofd_reader *reader, const struct yx_xml *element,
                              struct yx_ofd_outline *out);
/* false in *seen: there is nothing of it to be shown. */
yx_status yx_ofd_read_text(struct yx_ofd_reader *reader, const struct yx_xml *element,
                           struct yx_ofd_text *out, bool *seen);
yx_status yx_ofd_read_clips(struct yx_ofd_reader *reader, const struct yx_xml *element,
                            struct yx_ofd_object *out);
/* All objects of a layer or block, those of blocks in it too. */
yx_status yx_ofd_read_objects(struct yx_ofd_reader *reader, const struct yx_xml *block,
                              const struct yx_ofd_object **out);

/* The stamps on the page with this ID (stamp.c). */
yx_status yx_ofd_read_stamps(struct yx_ofd_book *book, const char *page, struct yx_arena *arena,
                             const struct yx_ofd_shown_stamp **out, struct yx_error *err);
void yx_ofd_free_seals(struct yx_ofd_book *book);

#endif
