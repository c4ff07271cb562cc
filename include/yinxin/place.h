/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yinxin/place.h - where a seal shall stand.
 *
 * Lengths are millimetres. Points are measured from the top left corner of the page. Pages count
 * from 1. A placement becomes one or more stamps; all stamps of one signature show one seal.
 */
#ifndef YINXIN_PLACE_H
#define YINXIN_PLACE_H

#include <yinxin/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A seal never leaves its page. A point that would make it leave is refused; a seal on a keyword
 * close to an edge is moved onto the page, as little as needed. A seam may run over any number of
 * pages, however narrow its strips become: whether one can still see them is the caller's concern.
 */
typedef enum {
    YX_PLACE_POINT,   /* the seal's centre at (x, y) on every page of the range */
    YX_PLACE_KEYWORD, /* the seal's centre on the middle of the keyword */
    YX_PLACE_SEAM     /* a strip of the seal on an edge of every page of the range (骑缝章) */
} yx_place_kind;

/* In a seam the strips follow the pages: from left to right, or from top to bottom. */
typedef enum { YX_EDGE_LEFT, YX_EDGE_RIGHT, YX_EDGE_TOP, YX_EDGE_BOTTOM } yx_edge;

struct yx_placement {
    yx_place_kind kind;
    /*
     * The range, inclusive. 0, 0: the usual one (point: the last page; keyword and seam: all).
     * A page beyond the document is refused, never clipped.
     */
    uint32_t first_page;
    uint32_t last_page;
    /*
     * Point: the centre, when has_point; otherwise lower right, 20 mm from the edges (less on small
     * pages). Seam: when has_point, the coordinate along the edge counts (y at the left and right,
     * x at the top and bottom); otherwise the seal stands in the middle of the edge.
     */
    bool has_point;
    double x, y;
    const char *keyword; /* UTF-8; white space in it and in the document does not count */
    bool all_matches;    /* keyword: every place, not only the first */
    yx_edge edge;        /* seam */
};

#ifdef __cplusplus
}
#endif

#endif
