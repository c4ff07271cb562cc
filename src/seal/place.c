/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal/place.c - where the stamps of a seal stand on the pages: at a point, on a keyword, or as
 * strips on an edge. Pages and their text are seen through struct yx_pages; writing the stamps is
 * for the formats (ofd/).
 */
#include <math.h>
#include <stdlib.h>

#include "seal/seal.h"

static const char rule_place[] = "Yinxin, placing of seals";

/* Millimetres from the lower right corner, when nobody says where. */
static const double usual_margin = 20;
/* Rounding in the last place must not refuse a seal that just fits. */
static const double tolerance = 1e-6;
/* No page is longer, in millimetres, so that sums of lengths stay exact enough. */
static const double length_max = 1e6;

enum { STAMPS_MAX = 100000 };

/* What the parts of one placing share. */
struct job {
    const struct yx_pages *pages;
    const struct yx_placement *placement;
    double width, height;
    uint32_t first, last;
    struct yx_stamps *out;
};

void yx_stamps_free(struct yx_stamps *stamps)
{
    free(stamps->items);
    *stamps = (struct yx_stamps){0};
}

/* --- Words for errors -------------------------------------------------------------------- */

struct length_text {
    char text[32];
};

/* Millimetres with one decimal, the same in every locale. */
static struct length_text length_text(double length)
{
    struct length_text out;
    long long tenths = llround(length * 10);
    const char *sign = tenths < 0 ? "-" : "";
    tenths = llabs(tenths);
    snprintf(out.text, sizeof out.text, "%s%lld.%lld", sign, tenths / 10, tenths % 10);
    return out;
}
#define LENGTH(length) (length_text(length).text)

/* --- Pieces ------------------------------------------------------------------------------ */

static bool is_length(double value)
{
    return isfinite(value) && value > 0 && value <= length_max;
}

static bool is_coordinate(double value)
{
    return isfinite(value) && fabs(value) <= length_max;
}

static yx_status append(struct yx_stamps *stamps, const struct yx_stamp *stamp,
                        struct yx_error *err)
{
    YX_REQUIRE(stamps->count < STAMPS_MAX, err, YX_REFUSED, rule_place,
               N_("one signature would get more than {1} stamps; choose fewer pages or the first "
                  "match only"),
               YX_NUM(STAMPS_MAX));
    if (stamps->count == stamps->cap) {
        size_t cap = stamps->cap == 0 ? 16 : stamps->cap * 2;
        struct yx_stamp *items = reallocarray(stamps->items, cap, sizeof *items);
        if (items == NULL)
            return yx_fail_memory(err);
        stamps->items = items;
        stamps->cap = cap;
    }
    stamps->items[stamps->count++] = *stamp;
    return YX_OK;
}

/* The size of a page; a page that is too small for `width` x `height` is refused. */
static yx_status page_size(const struct job *job, uint32_t page, double width, double height,
                           struct yx_box *out, struct yx_error *err)
{
    *out = (struct yx_box){0};
    YX_TRY(job->pages->size(job->pages->self, page, &out->width, &out->height, err));
    YX_REQUIRE(is_length(out->width) && is_length(out->height), err, YX_DAMAGED, rule_place,
               N_("page {1} has no sensible size"), YX_NUM(page));
    YX_REQUIRE(width <= out->width + tolerance && height <= out->height + tolerance, err,
               YX_REFUSED, rule_place,
               N_("the seal ({1} x {2} mm) does not fit on page {3} ({4} x {5} mm)"), LENGTH(width),
               LENGTH(height), YX_NUM(page), LENGTH(out->width), LENGTH(out->height));
    return YX_OK;
}

/* Refuses a centre whose seal, `length` long, would leave a page side of `side`. */
static yx_status check_centre(double centre, double length, double side, uint32_t page,
                              struct yx_error *err)
{
    double low = length / 2;
    double high = side - length / 2;
    YX_REQUIRE(
        centre >= low - tolerance && centre <= high + tolerance, err, YX_REFUSED, rule_place,
        N_("the seal would leave page {1}: its centre is at {2} mm, where the page is {3} mm "
           "long; choose {4} to {5} mm"),
        YX_NUM(page), LENGTH(centre), LENGTH(side), LENGTH(low), LENGTH(high));
    return YX_OK;
}

/* --- Point ------------------------------------------------------------------------------- */

/* The start of a seal of `length` near the far end of a side; centred when there is little room. */
static double usual_start(double length, double side)
{
    double room = fmax(side - length, 0);
    return room - fmin(usual_margin, room / 2);
}

static yx_status place_point(const struct job *job, uint32_t page, struct yx_error *err)
{
    const struct yx_placement *p = job->placement;
    struct yx_box sheet;
    struct yx_stamp stamp = {.page = page};
    YX_TRY(page_size(job, page, job->width, job->height, &sheet, err));
    if (p->has_point) {
        YX_TRY(check_centre(p->x, job->width, sheet.width, page, err));
        YX_TRY(check_centre(p->y, job->height, sheet.height, page, err));
        stamp.box.x = p->x - job->width / 2;
        stamp.box.y = p->y - job->height / 2;
    } else {
        stamp.box.x = usual_start(job->width, sheet.width);
        stamp.box.y = usual_start(job->height, sheet.height);
    }
    stamp.box.width = job->width;
    stamp.box.height = job->height;
    return append(job->out, &stamp, err);
}

static yx_status place_points(const struct job *job, struct yx_error *err)
{
    for (uint32_t page = job->first; page <= job->last; page++)
        YX_TRY(place_point(job, page, err));
    return YX_OK;
}

/* --- Keyword ----------------------------------------------------------------------------- */

/* What is known while a page is searched. */
struct search {
    const struct job *job;
    struct yx_box sheet;
    uint32_t page;
    struct yx_error error;
};

/* The start of a seal of `length` around `middle`, moved so that it stays on a side. */
static double start_around(double middle, double length, double side)
{
    return fmax(0, fmin(middle - length / 2, side - length));
}

/* Does anything of the text stand on the page? */
static bool is_on_sheet(const struct yx_box *text, const struct yx_box *sheet)
{
    return text->x < sheet->width && text->y < sheet->height && text->x + text->width > 0 &&
           text->y + text->height > 0;
}

static bool stamp_match(void *context, const struct yx_box *match)
{
    struct search *search = context;
    const struct job *job = search->job;
    double x = match->x + match->width / 2;
    double y = match->y + match->height / 2;
    if (!is_coordinate(x) || !is_coordinate(y) || !is_on_sheet(match, &search->sheet))
        return true; /* text that nobody sees */
    struct yx_stamp stamp = {
        .page = search->page,
        .box = {start_around(x, job->width, search->sheet.width),
                start_around(y, job->height, search->sheet.height), job->width, job->height},
    };
    return append(job->out, &stamp, &search->error) == YX_OK && job->placement->all_matches;
}

static yx_status place_matches(const struct job *job, uint32_t page, struct yx_error *err)
{
    struct search search = {.job = job, .page = page};
    YX_TRY(page_size(job, page, job->width, job->height, &search.sheet, err));
    YX_TRY(job->pages->find(job->pages->self, page, job->placement->keyword, stamp_match, &search,
                            err));
    if (search.error.status != YX_OK && err != NULL)
        *err = search.error;
    return search.error.status;
}

static yx_status place_keyword(const struct job *job, struct yx_error *err)
{
    const struct yx_placement *p = job->placement;
    size_t before = job->out->count;
    YX_REQUIRE(p->keyword != NULL && p->keyword[0] != '\0', err, YX_USAGE, rule_place,
               N_("the keyword is empty"));
    for (uint32_t page = job->first; page <= job->last; page++) {
        YX_TRY(place_matches(job, page, err));
        if (job->out->count > before && !p->all_matches)
            return YX_OK;
    }
    YX_REQUIRE(job->out->count > before, err, YX_REFUSED, rule_place,
               N_("the keyword \"{1}\" does not occur on the pages {2} to {3}"), p->keyword,
               YX_NUM(job->first), YX_NUM(job->last));
    return YX_OK;
}

/* --- Seam -------------------------------------------------------------------------------- */

/*
 * Strip i of n, from i/n to (i+1)/n of the seal's length, across the edge: the box stands so that
 * just this strip is on the page, and the clip shows it. Both ends come from the same expression,
 * so that neighbours meet and no column is lost.
 */
struct strip {
    double start, end;
};

static struct strip strip_of(uint32_t i, uint32_t n, double length)
{
    return (struct strip){length * i / n, length * (i + 1.0) / n};
}

static struct yx_stamp seam_stamp(const struct job *job, const struct yx_box *sheet, double along,
                                  uint32_t page)
{
    uint32_t i = page - job->first;
    uint32_t n = job->last - job->first + 1;
    yx_edge edge = job->placement->edge;
    bool upright = edge == YX_EDGE_LEFT || edge == YX_EDGE_RIGHT;
    bool far_edge = edge == YX_EDGE_RIGHT || edge == YX_EDGE_BOTTOM;
    struct strip strip = strip_of(i, n, upright ? job->width : job->height);
    double side = upright ? sheet->width : sheet->height;
    double across = far_edge ? side - strip.end : -strip.start;
    double shown = strip.end - strip.start;
    return (struct yx_stamp){
        .page = page,
        .box = {upright ? across : along, upright ? along : across, job->width, job->height},
        .has_clip = true,
        .clip = {upright ? strip.start : 0, upright ? 0 : strip.start, upright ? shown : job->width,
                 upright ? job->height : shown},
    };
}

/* Where the seal starts along the edge. */
static yx_status seam_along(const struct job *job, const struct yx_box *sheet, uint32_t page,
                            double *out, struct yx_error *err)
{
    const struct yx_placement *p = job->placement;
    bool upright = p->edge == YX_EDGE_LEFT || p->edge == YX_EDGE_RIGHT;
    double length = upright ? job->height : job->width;
    double side = upright ? sheet->height : sheet->width;
    double centre = p->has_point ? (upright ? p->y : p->x) : side / 2;
    YX_TRY(check_centre(centre, length, side, page, err));
    *out = centre - length / 2;
    return YX_OK;
}

static yx_status place_strip(const struct job *job, uint32_t page, struct yx_error *err)
{
    yx_edge edge = job->placement->edge;
    bool upright = edge == YX_EDGE_LEFT || edge == YX_EDGE_RIGHT;
    uint32_t n = job->last - job->first + 1;
    struct yx_box sheet;
    double along;
    YX_TRY(page_size(job, page, upright ? job->width / n : job->width,
                     upright ? job->height : job->height / n, &sheet, err));
    YX_TRY(seam_along(job, &sheet, page, &along, err));
    struct yx_stamp stamp = seam_stamp(job, &sheet, along, page);
    return append(job->out, &stamp, err);
}

static yx_status place_seam(const struct job *job, struct yx_error *err)
{
    YX_REQUIRE(job->last > job->first, err, YX_REFUSED, rule_place,
               N_("a seam needs at least 2 pages; place the seal at a point instead"));
    YX_REQUIRE(job->placement->edge <= YX_EDGE_BOTTOM, err, YX_USAGE, rule_place,
               N_("there is no such edge"));
    for (uint32_t page = job->first; page <= job->last; page++)
        YX_TRY(place_strip(job, page, err));
    return YX_OK;
}

/* --- Any placement ----------------------------------------------------------------------- */

static const struct {
    yx_status (*place)(const struct job *job, struct yx_error *err);
    bool usually_all; /* pages, when no range is given; otherwise the last one */
} kinds[] = {
    [YX_PLACE_POINT] = {place_points, false},
    [YX_PLACE_KEYWORD] = {place_keyword, true},
    [YX_PLACE_SEAM] = {place_seam, true},
};

static yx_status fill_range(struct job *job, struct yx_error *err)
{
    const struct yx_placement *p = job->placement;
    uint32_t count = job->pages->count;
    YX_REQUIRE(count >= 1, err, YX_REFUSED, rule_place, N_("the document has no pages"));
    job->first = p->first_page;
    job->last = p->last_page;
    if (job->first == 0 && job->last == 0) {
        job->first = kinds[p->kind].usually_all ? 1 : count;
        job->last = count;
    }
    YX_REQUIRE(job->first != job->last || (job->first >= 1 && job->last <= count), err, YX_REFUSED,
               rule_place, N_("there is no page {1}: the document has pages 1 to {2}"),
               YX_NUM(job->first), YX_NUM(count));
    YX_REQUIRE(job->first >= 1 && job->first <= job->last && job->last <= count, err, YX_REFUSED,
               rule_place, N_("there are no pages {1} to {2}: the document has pages 1 to {3}"),
               YX_NUM(job->first), YX_NUM(job->last), YX_NUM(count));
    return YX_OK;
}

yx_status yx_place(const struct yx_pages *pages, const struct yx_placement *placement, double width,
                   double height, struct yx_stamps *out, struct yx_error *err)
{
    struct job job = {pages, placement, width, height, 0, 0, out};
    size_t before = out->count;
    YX_REQUIRE(placement->kind <= YX_PLACE_SEAM, err, YX_USAGE, rule_place,
               N_("there is no such kind of placement"));
    YX_REQUIRE(is_length(width) && is_length(height), err, YX_REFUSED, rule_place,
               N_("the seal has no sensible size"));
    YX_REQUIRE(!placement->has_point ||
                   (is_coordinate(placement->x) && is_coordinate(placement->y)),
               err, YX_REFUSED, rule_place, N_("the point is not on any page"));
    YX_TRY(fill_range(&job, err));
    yx_status status = kinds[placement->kind].place(&job, err);
    if (status != YX_OK)
        out->count = before;
    return status;
}

struct yx_report_stamp yx_stamp_report(const struct yx_stamp *stamp)
{
    const struct yx_box *box = &stamp->box, *clip = &stamp->clip;
    return (struct yx_report_stamp){
        .page = stamp->page,
        .x = box->x,
        .y = box->y,
        .width = box->width,
        .height = box->height,
        .has_clip = stamp->has_clip,
        .clip_x = box->x + clip->x,
        .clip_y = box->y + clip->y,
        .clip_width = clip->width,
        .clip_height = clip->height,
    };
}
