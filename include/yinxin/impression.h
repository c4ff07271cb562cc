/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/impression.h - stamped impressions: cut out of a scan, and compared with each other.
 *
 * The face of an electronic seal shall equal the impression on file (印模). yx_impression_extract
 * takes an impression from a scanned or photographed page; yx_impression_compare tells whether two
 * impressions come from one seal. Pictures are PNG, JPEG, TIFF, BMP or GIF files of at most 36
 * million pixels (A4 at 600 dots per inch), as bytes. Lengths are millimetres, angles are degrees
 * and positive clockwise, places in a picture are pixels from its top left corner.
 *
 * A comparison is a measurement, not an expertise: it finds seals that differ in a character, a
 * digit or a proportion, and not a forgery that follows every line of the original.
 */
#ifndef YINXIN_IMPRESSION_H
#define YINXIN_IMPRESSION_H

#include <yinxin/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define YX_IMPRESSION_MM_MIN 4.0 /* the longer side of a seal */
#define YX_IMPRESSION_MM_MAX 100.0

/* --- From a scan ------------------------------------------------------------------------- */

/* Zeros are the usual. */
struct yx_extract_request {
    double dpi;     /* of the scan; 0: what a PNG or JPEG says of itself, if it is 100 or more */
    double size;    /* how long the seal's longer side is, mm; 0: unknown, or by dpi. Not both */
    bool has_point; /* the seal at this place of the scan; otherwise the largest */
    uint32_t x, y;
};

typedef enum { YX_IMPRESSION_ROUND, YX_IMPRESSION_OVAL, YX_IMPRESSION_SQUARE } yx_impression_shape;

struct yx_extracted {
    yx_impression_shape shape;         /* square: any rectangle */
    uint32_t left, top, right, bottom; /* in the scan; right and bottom are outside */
    uint32_t width, height;            /* of the new picture, pixels */
    double size;     /* of the seal's longer side, mm; 0 when neither dpi nor size is known */
    double dpi;      /* of the new picture; 0 then */
    double turned;   /* how it stood in the scan: by so much it was turned back */
    bool is_upright; /* false: nothing told which way is up, and it was not turned */
    uint8_t red, green, blue; /* of full ink, as on white paper in even light */
    unsigned others;          /* places that could be seals as well, but smaller ones */
};

/*
 * Cuts the red impression out of a page: turned upright, a round one seen a little from the side
 * made round again, in one colour whose opacity is how much ink there was. Writing in black or blue
 * that crosses it is taken away. Appends a PNG; it carries its resolution when dpi or size is
 * known.
 *
 * Upright is told by the frame of a square seal, the long axis of an oval one, and the star and the
 * inscription of a round one.
 *
 * YX_REFUSED: there is no red seal, or none at the point; the picture is damaged or too large;
 * several seals are about equally large (the sentence names their places).
 */
YX_API yx_status yx_impression_extract(struct yx_bytes picture,
                                       const struct yx_extract_request *request, struct yx_buf *png,
                                       struct yx_extracted *about, struct yx_error *err);

/* --- Comparison -------------------------------------------------------------------------- */

#define YX_COMPARE_TOLERANCE 0.2  /* mm */
#define YX_COMPARE_AGREEMENT 0.95 /* of the ink */
#define YX_COMPARE_LIKENESS 0.68  /* of the worst place */
#define YX_COMPARE_HIDDEN 0.30    /* of the ink */
#define YX_COMPARE_STRETCH 0.03   /* and of sizes that are both known */

/* Zeros are the usual. */
struct yx_compare_request {
    double size; /* of the longer side of both, mm; 0: by the resolution that the pictures carry,
                    or else 42 for round and oval seals and 20 for square ones */
    double tolerance; /* mm, 0.05 to 0.5; 0: YX_COMPARE_TOLERANCE */
    double agreement; /* at least this, 0 to 1; 0: YX_COMPARE_AGREEMENT */
    double likeness;  /* at least this, 0 to 1; 0: YX_COMPARE_LIKENESS */
};

struct yx_comparison {
    bool same; /* all of the following are within their limits */
    /* The share of the ink of one that lies no farther than the tolerance from ink of the other;
     * the lower one of both directions. */
    double agreement;
    /* How alike they are where they are least alike: the structural similarity of the small
     * neighbourhood (1.6 mm) that fits worst, after moving it by the tolerance at most. 1 is
     * equal, 0 has nothing in common. */
    double likeness;
    double weakest_x, weakest_y; /* the middle of that neighbourhood, pixels of the first picture */
    double hidden; /* the share of the ink that other ink hides in one of them: not compared */
    double turned; /* the second against the first */
    double scale;  /* the second against the first, as sizes when both pictures carry a resolution,
                      otherwise as pixels */
    double
        stretch; /* how much more the second is drawn out one way than the other; 1: not at all */
    double size; /* mm, as taken for the first */
    double dots_per_mm; /* of the difference picture */
    bool size_known;    /* the sizes of both are known, and had to agree */
};

/*
 * Compares two impressions: transparent pictures of seals, scans of them, or black ones on white.
 * They are laid over each other at whatever angle and scale fits best; a mirrored one never fits.
 * When `difference` is not NULL, a PNG is appended to it: ink of both grey, of the first alone red,
 * of the second alone blue, and a frame around the weakest place of two that are not the same.
 *
 * Faint ink and fine gaps in it do not count; a gap as large as a stroke is a difference, because
 * a missing stroke is one. YX_REFUSED: a picture is damaged or too large, shows no seal or several.
 */
YX_API yx_status yx_impression_compare(struct yx_bytes a, struct yx_bytes b,
                                       const struct yx_compare_request *request,
                                       struct yx_comparison *out, struct yx_buf *difference,
                                       struct yx_error *err);

#ifdef __cplusplus
}
#endif

#endif
