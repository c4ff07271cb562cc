/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.c - two impressions laid over each other, and measured. One wrong character is a
 * hundredth of the ink of a seal: what decides is the place that fits worst.
 */
#include <math.h>

#include "impression/parts.h"

#define DOTS 15.0 /* pixels to the millimetre that everything is measured at */
#define ROUND_MM 42.0
#define SQUARE_MM 20.0
#define MARGIN 1.0        /* mm of paper around */
#define STRETCH_MAX 100.0 /* flattened: they have nothing in common */
#define PLACE 0.8         /* mm to each side of the middle of a neighbourhood */
#define AROUND 3.0        /* mm to each side: how strong the ink is there */
#define FAINTEST 0.25f    /* full ink; less could be dirt */
#define EDGE 0.5f
#define EDGE_MAX 0.85f
#define STEEP 1.1f
#define INK_LEAST 0.06f /* of a neighbourhood; with less in both there is nothing to see */
/* Structural similarity (Wang 2004): keep quotients of next to nothing near 1. */
#define MEAN_FLOOR 0.01f
#define SPREAD_FLOOR 0.03f

/* --- One size, one middle ---------------------------------------------------------------- */

static yx_status take(const struct yx_impression *picture, struct cut *out, struct yx_error *err)
{
    YX_CLEAN(paper) struct paper paper = {0};
    YX_CLEAN(places) struct places places = {0};
    const struct place *place;
    ink_kind kind = INK_RED;
    YX_TRY(paper_read(picture->raster, &paper, err));
    YX_TRY(places_find(&paper, kind, picture->dpi, &places, err));
    if (places.count == 0) {
        kind = INK_DARK; /* an old register in black and white */
        places_free(&places);
        YX_TRY(places_find(&paper, kind, picture->dpi, &places, err));
    }
    YX_TRY(place_choose(&places, NULL, &place, err));
    return cut_place(&paper, kind, &places, place, out, err);
}

/* The middle of the plane onto the middle of the seal. */
static struct warp centre(uint32_t side, const struct shape *shape, double scale)
{
    struct point middle = {(side - 1) / 2.0, (side - 1) / 2.0};
    return warp_turn(middle, shape->centre, 0, scale);
}

/* Every pixel in proportion to how strong the ink usually is around it: how much came off the stamp
 * is no matter. */
static yx_status even_out(struct plane *ink, struct yx_error *err)
{
    uint32_t radius = (uint32_t)(AROUND * DOTS);
    YX_CLEAN(plane) struct plane square = {0};
    YX_CLEAN(plane) struct plane mean = {0};
    YX_TRY(plane_mean(ink, 1, ink, err));
    YX_TRY(plane_mean(ink, 1, ink, err));
    YX_TRY(plane_start(&square, ink->width, ink->height, err));
    for (size_t i = 0; i < plane_size(ink); i++)
        square.at[i] = ink->at[i] * ink->at[i];
    YX_TRY(plane_mean(ink, radius, &mean, err));
    YX_TRY(plane_mean(&square, radius, &square, err));
    for (size_t i = 0; i < plane_size(ink); i++) {
        float usual = mean.at[i] > 0.001f ? square.at[i] / mean.at[i] : 1;
        ink->at[i] /= usual > FAINTEST ? usual : FAINTEST;
    }
    return YX_OK;
}

static size_t count_above(const struct plane *ink, float level)
{
    size_t count = 0;
    for (size_t i = 0; i < plane_size(ink); i++)
        count += ink->at[i] > level;
    return count;
}

/* Where ink ends. Wet ink runs, and makes every line wider: its edge is looked for higher up, until
 * there is as much ink as in the other. */
static float edge_level(const struct plane *ink, size_t wanted)
{
    float low = EDGE, high = EDGE_MAX;
    for (int i = 0; i < 8; i++) {
        float middle = (low + high) / 2;
        if (count_above(ink, middle) > wanted)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* From grey to clear paper and clear ink, with a soft edge. */
static void clear(struct plane *ink, float level)
{
    for (size_t i = 0; i < plane_size(ink); i++) {
        float value = (ink->at[i] - level) * STEEP + 0.5f;
        ink->at[i] = value < 0 ? 0 : value > 1 ? 1 : value;
    }
}

static void clear_both(struct plane ink[2])
{
    size_t count[2] = {count_above(&ink[0], EDGE), count_above(&ink[1], EDGE)};
    size_t wanted = count[0] < count[1] ? count[0] : count[1];
    for (int i = 0; i < 2; i++)
        clear(&ink[i], count[i] > wanted ? edge_level(&ink[i], wanted) : EDGE);
}

/* As blurred as a picture that has to be enlarged, each of its pixels to more than one here. */
static yx_status soften(struct plane *ink, double scale, struct yx_error *err)
{
    uint32_t radius = (uint32_t)fmin(0.5 / scale + 0.25, 10);
    for (int i = 0; i < 2 && radius > 0; i++)
        YX_TRY(plane_mean(ink, radius, ink, err));
    return YX_OK;
}

struct pair {
    struct cut cut[2];
    struct plane ink[2]; /* side by side, the second laid over the first */
    double mm;
    struct warp to_first; /* a pixel of the planes in the cut of the first picture */
};
static void pair_free(struct pair *pair)
{
    for (int i = 0; i < 2; i++) {
        cut_free(&pair->cut[i]);
        plane_free(&pair->ink[i]);
    }
}
YX_DEFINE_CLEAN_VALUE(pair, struct pair, pair_free);

static yx_status choose_size(const struct yx_impression *a, const struct shape *shape,
                             const struct yx_compare_request *request, double *mm,
                             struct yx_error *err)
{
    *mm = request->size > 0             ? request->size
          : a->dpi > 0                  ? shape_side(shape) / a->dpi * 25.4
          : shape->kind == SHAPE_SQUARE ? SQUARE_MM
                                        : ROUND_MM;
    YX_REQUIRE(*mm >= YX_IMPRESSION_MM_MIN && *mm <= YX_IMPRESSION_MM_MAX, err, YX_REFUSED,
               yx_rule_impression, N_("a seal is 4 to 100 mm large; this one would be {1} mm"),
               YX_NUM(*mm));
    return YX_OK;
}

/* What is hidden in one is taken to be as in the other. Adds the share of the other's ink. */
static yx_status cover_alike(struct pair *pair, int which, const struct warp *warp, double *share,
                             struct yx_error *err)
{
    YX_CLEAN(plane) struct plane hidden = {0};
    struct plane *ink = &pair->ink[which], *other = &pair->ink[1 - which];
    double all = 0, taken = 0;
    YX_TRY(plane_start(&hidden, ink->width, ink->height, err));
    YX_TRY(plane_warp(&pair->cut[which].hidden, warp, &hidden, err));
    for (size_t i = 0; i < plane_size(&hidden); i++) {
        all += other->at[i];
        if (hidden.at[i] < 0.1f)
            continue;
        taken += other->at[i];
        ink->at[i] = other->at[i];
    }
    *share += all > 0 ? taken / all : 0;
    return YX_OK;
}

static yx_status lay_over(struct pair *pair, struct yx_comparison *out, struct yx_error *err)
{
    const struct shape *a = &pair->cut[0].shape, *b = &pair->cut[1].shape;
    double reach = a->kind == SHAPE_SQUARE ? hypot(a->width, a->height) : shape_side(a);
    double scale = shape_side(a) / pair->mm / DOTS, ratio = sqrt(b->area / a->area);
    uint32_t side = (uint32_t)(reach / scale + 2 * MARGIN * DOTS);
    struct warp found, other = centre(side, b, scale * ratio);
    pair->to_first = centre(side, a, scale);
    for (int i = 0; i < 2; i++)
        YX_TRY(plane_start(&pair->ink[i], side, side, err));
    YX_TRY(plane_warp(&pair->cut[0].ink, &pair->to_first, &pair->ink[0], err));
    YX_TRY(plane_warp(&pair->cut[1].ink, &other, &pair->ink[1], err));
    YX_TRY(align(&pair->ink[0], &pair->ink[1], &found, err));
    double sum = hypot(found.a + found.d, found.b - found.c);
    double difference = hypot(found.a - found.d, found.b + found.c);
    other = warp_join(&other, &found);
    out->turned = atan2(found.b - found.c, found.a + found.d) * 180 / PI;
    out->scale = sqrt(fabs(other.a * other.d - other.b * other.c)) / scale;
    out->stretch = fmin((sum + difference) / fmax(sum - difference, 1e-9), STRETCH_MAX);
    YX_TRY(plane_warp(&pair->cut[1].ink, &other, &pair->ink[1], err));
    YX_TRY(soften(&pair->ink[0], scale * out->scale, err));
    YX_TRY(soften(&pair->ink[1], scale, err));
    for (int i = 0; i < 2; i++)
        YX_TRY(even_out(&pair->ink[i], err));
    clear_both(pair->ink);
    YX_TRY(cover_alike(pair, 0, &pair->to_first, &out->hidden, err));
    return cover_alike(pair, 1, &other, &out->hidden, err);
}

/* --- Measures ---------------------------------------------------------------------------- */

struct measures {
    struct plane ink[2];        /* slightly blurred */
    struct plane mean[2];       /* of every neighbourhood */
    struct plane spread[2];     /* its variance */
    struct plane product, best; /* of the ink of both; the best likeness so far */
    struct plane near[2];       /* 1 where ink of the other is within the tolerance */
};
static void measures_free(struct measures *m)
{
    for (int i = 0; i < 2; i++) {
        plane_free(&m->ink[i]);
        plane_free(&m->mean[i]);
        plane_free(&m->spread[i]);
        plane_free(&m->near[i]);
    }
    plane_free(&m->product);
    plane_free(&m->best);
}
YX_DEFINE_CLEAN_VALUE(measures, struct measures, measures_free);

static yx_status start(const struct pair *pair, struct measures *m, struct yx_error *err)
{
    uint32_t radius = (uint32_t)(PLACE * DOTS), side = pair->ink[0].width;
    for (int i = 0; i < 2; i++) {
        YX_TRY(plane_mean(&pair->ink[i], 1, &m->ink[i], err));
        YX_TRY(plane_mean(&m->ink[i], radius, &m->mean[i], err));
        YX_TRY(plane_start(&m->near[i], side, side, err));
        YX_TRY(plane_start(&m->spread[i], side, side, err));
        for (size_t k = 0; k < plane_size(&m->spread[i]); k++)
            m->spread[i].at[k] = m->ink[i].at[k] * m->ink[i].at[k];
        YX_TRY(plane_mean(&m->spread[i], radius, &m->spread[i], err));
        for (size_t k = 0; k < plane_size(&m->spread[i]); k++)
            m->spread[i].at[k] -= m->mean[i].at[k] * m->mean[i].at[k];
    }
    YX_TRY(plane_start(&m->product, side, side, err));
    return plane_start(&m->best, side, side, err);
}

/* The part of the planes whose partner, further on by (x, y), is inside as well. */
struct span {
    uint32_t left, right, top, bottom;
    ptrdiff_t offset;
};

static struct span overlap(uint32_t side, int x, int y)
{
    return (struct span){
        .left = x < 0 ? (uint32_t)-x : 0,
        .right = x > 0 ? side - (uint32_t)x : side,
        .top = y < 0 ? (uint32_t)-y : 0,
        .bottom = y > 0 ? side - (uint32_t)y : side,
        .offset = (ptrdiff_t)y * side + x,
    };
}

/* Ink of each that has ink of the other at this distance. */
static void look_near(const struct pair *pair, const struct span *span, struct measures *m)
{
    uint32_t side = pair->ink[0].width;
    for (uint32_t y = span->top; y < span->bottom; y++)
        for (uint32_t x = span->left; x < span->right; x++) {
            size_t here = (size_t)side * y + x, there = here + span->offset;
            if (pair->ink[1].at[there] >= 0.5f)
                m->near[0].at[here] = 1;
            if (pair->ink[0].at[here] >= 0.5f)
                m->near[1].at[there] = 1;
        }
}

static yx_status look_alike(const struct span *span, struct measures *m, struct yx_error *err)
{
    uint32_t side = m->best.width;
    memset(m->product.at, 0, plane_size(&m->product) * sizeof(float));
    for (uint32_t y = span->top; y < span->bottom; y++)
        for (uint32_t x = span->left; x < span->right; x++) {
            size_t here = (size_t)side * y + x;
            m->product.at[here] = m->ink[0].at[here] * m->ink[1].at[here + span->offset];
        }
    YX_TRY(plane_mean(&m->product, (uint32_t)(PLACE * DOTS), &m->product, err));
    for (uint32_t y = span->top; y < span->bottom; y++)
        for (uint32_t x = span->left; x < span->right; x++) {
            size_t here = (size_t)side * y + x, there = here + span->offset;
            float p = m->mean[0].at[here], q = m->mean[1].at[there];
            float means = (2 * p * q + MEAN_FLOOR) / (p * p + q * q + MEAN_FLOOR);
            float spreads =
                (m->product.at[here] - p * q + SPREAD_FLOOR) /
                (sqrtf(fmaxf(m->spread[0].at[here] * m->spread[1].at[there], 0)) + SPREAD_FLOOR);
            if (means * spreads > m->best.at[here])
                m->best.at[here] = means * spreads;
        }
    return YX_OK;
}

static yx_status measure(const struct pair *pair, double tolerance, struct measures *m,
                         struct yx_error *err)
{
    double radius = tolerance * DOTS;
    int reach = (int)radius;
    YX_TRY(start(pair, m, err));
    for (int y = -reach; y <= reach; y++)
        for (int x = -reach; x <= reach; x++) {
            if (x * x + y * y > radius * radius)
                continue;
            struct span span = overlap(m->best.width, x, y);
            look_near(pair, &span, m);
            YX_TRY(look_alike(&span, m, err));
        }
    return YX_OK;
}

static double agreement(const struct plane *ink, const struct plane *near)
{
    double all = 0, good = 0;
    for (size_t i = 0; i < plane_size(ink); i++) {
        if (ink->at[i] < 0.5f)
            continue;
        all++;
        good += near->at[i];
    }
    return all > 0 ? good / all : 0;
}

static struct point find_weakest(const struct measures *m, double *likeness)
{
    struct point out = {0, 0};
    *likeness = 1;
    for (uint32_t y = 0; y < m->best.height; y++)
        for (uint32_t x = 0; x < m->best.width; x++) {
            size_t here = (size_t)m->best.width * y + x;
            if (m->mean[0].at[here] < INK_LEAST && m->mean[1].at[here] < INK_LEAST)
                continue;
            if (m->best.at[here] >= *likeness)
                continue;
            *likeness = m->best.at[here];
            out = (struct point){x, y};
        }
    return out;
}

/* --- The difference to look at ------------------------------------------------------------ */

static void paint(uint8_t *rgba, float first, float second)
{
    static const float both_takes[3] = {150, 150, 150}, first_takes[3] = {25, 225, 225},
                       second_takes[3] = {225, 165, 15};
    float both = first < second ? first : second;
    for (int i = 0; i < 3; i++)
        rgba[i] = (uint8_t)(255 - both * both_takes[i] - (first - both) * first_takes[i] -
                            (second - both) * second_takes[i]);
    rgba[3] = UINT8_MAX;
}

static void draw_frame(struct yx_raster *out, struct point middle)
{
    double half = PLACE * DOTS;
    for (uint32_t y = 0; y < out->height; y++)
        for (uint32_t x = 0; x < out->width; x++) {
            double away = fmax(fabs(x - middle.x), fabs(y - middle.y));
            if (away >= half && away < half + 2)
                memcpy(out->rgba.data + ((size_t)out->width * y + x) * 4, "\0\0\0\xff", 4);
        }
}

static yx_status draw_difference(const struct pair *pair, const struct point *frame,
                                 struct yx_raster *out, struct yx_error *err)
{
    YX_TRY(yx_raster_start(out, pair->ink[0].width, pair->ink[0].height, err));
    for (size_t i = 0; i < plane_size(&pair->ink[0]); i++)
        paint(out->rgba.data + i * 4, pair->ink[0].at[i], pair->ink[1].at[i]);
    if (frame != NULL)
        draw_frame(out, *frame);
    return YX_OK;
}

/* --- All together ------------------------------------------------------------------------ */

static bool is_same(const struct yx_comparison *found, const struct yx_compare_request *request)
{
    double agreement = request->agreement > 0 ? request->agreement : YX_COMPARE_AGREEMENT;
    double likeness = request->likeness > 0 ? request->likeness : YX_COMPARE_LIKENESS;
    return found->agreement >= agreement && found->likeness >= likeness &&
           found->hidden <= YX_COMPARE_HIDDEN && found->stretch <= 1 + YX_COMPARE_STRETCH &&
           (!found->size_known || fabs(found->scale - 1) <= YX_COMPARE_STRETCH);
}

yx_status yx_raster_compare(const struct yx_impression *a, const struct yx_impression *b,
                            const struct yx_compare_request *request, struct yx_comparison *out,
                            struct yx_raster *difference, struct yx_error *err)
{
    YX_CLEAN(pair) struct pair pair = {0};
    YX_CLEAN(measures) struct measures m = {0};
    struct yx_comparison found = {.size_known = a->dpi > 0 && b->dpi > 0 && request->size <= 0};
    double tolerance = request->tolerance > 0 ? request->tolerance : YX_COMPARE_TOLERANCE;
    YX_TRY(take(a, &pair.cut[0], err));
    YX_TRY(take(b, &pair.cut[1], err));
    YX_TRY(choose_size(a, &pair.cut[0].shape, request, &pair.mm, err));
    YX_TRY(lay_over(&pair, &found, err));
    YX_TRY(measure(&pair, tolerance, &m, err));
    found.size = pair.mm;
    found.dots_per_mm = DOTS;
    if (found.size_known)
        found.scale *= a->dpi / b->dpi;
    found.agreement =
        fmin(agreement(&pair.ink[0], &m.near[0]), agreement(&pair.ink[1], &m.near[1]));
    struct point weakest = find_weakest(&m, &found.likeness);
    struct point place = warp_apply(&pair.to_first, weakest.x, weakest.y);
    found.weakest_x = pair.cut[0].left + place.x;
    found.weakest_y = pair.cut[0].top + place.y;
    found.same = is_same(&found, request);
    if (difference != NULL)
        YX_TRY(draw_difference(&pair, found.same ? NULL : &weakest, difference, err));
    *out = found;
    return YX_OK;
}
