/* SPDX-License-Identifier: Apache-2.0 */
/*
 * find.c - where on a page seals could be: ink that lies close together becomes a group, on a map
 * of the page that is small enough to be gone over several times. Lines and headings are no seals
 * by their proportions.
 */
#include <stdlib.h>

#include "impression/parts.h"

const char yx_rule_impression[] = "seal impressions";

#define MAP_SIDE 1024u /* cells at most */
/* A cell with as much ink counts: faint stamps have three times as much, paper a third. */
#define RED_MIN 0.15f
#define DARK_MIN 0.35f
/* Parts of a seal are no farther apart: in millimetres, or as a share of the longer side of a
 * picture of which no resolution is known: a large one is a page, a small one shows little more
 * than a seal. */
#define GAP_MM 3.0
#define PAGE_SIDE 1500u
#define PAGE_GAP 0.012
#define SEAL_GAP 0.08
/* What can be a seal. */
#define SIDE_MIN_MM 8.0
#define SIDE_MAX_MM 90.0
#define SIDE_MIN 32u /* pixels */
#define LONG_MAX 3.0 /* times as long as high */
#define INK_MIN 0.04 /* of its box */
#define EQUAL 0.8    /* one that is not clearly smaller than the largest */
#define NAMED_MAX 8
#define LETTER_GAP 0.7 /* of their height, between the letters of a heading; seals stand apart */

void places_free(struct places *places)
{
    free(places->group);
    places->group = NULL;
}

static size_t cell_count(const struct places *places)
{
    return (size_t)places->width * places->height;
}

static void mark_ink(const struct paper *paper, ink_kind kind, const struct places *places,
                     uint8_t *ink)
{
    float least = kind == INK_RED ? RED_MIN : DARK_MIN;
    for (uint32_t y = 0; y < places->height; y++)
        for (uint32_t x = 0; x < places->width; x++) {
            struct rgb look = paper_look(paper, x * places->step, y * places->step, places->step);
            ink[(size_t)places->width * y + x] = ink_in(kind, &look) >= least;
        }
}

/* Every mark of a line grows by `radius` to both sides. */
static void grow_line(uint8_t *line, uint32_t count, size_t step, uint32_t radius, uint8_t *room)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < count; i++)
        room[i] = line[i * step];
    for (uint32_t i = 0; i < count; i++) {
        if (room[i] == 0)
            continue;
        uint32_t end = i + radius + 1 < count ? i + radius + 1 : count;
        uint32_t begin = i > radius ? i - radius : 0;
        for (uint32_t k = begin > next ? begin : next; k < end; k++)
            line[k * step] = 1;
        next = end;
    }
}

static void grow(const struct places *places, uint8_t *ink, uint32_t radius)
{
    uint8_t room[MAP_SIDE];
    for (uint32_t y = 0; y < places->height; y++)
        grow_line(ink + (size_t)places->width * y, places->width, 1, radius, room);
    for (uint32_t x = 0; x < places->width; x++)
        grow_line(ink + x, places->height, places->width, radius, room);
}

/* --- Groups ------------------------------------------------------------------------------ */

struct cell {
    uint16_t x, y;
};

struct todo {
    struct cell *cells; /* room for all */
    size_t count;
};

/* Takes the cell into the group unless it has one, has no mark, or is outside. */
static void reach(const struct places *places, const uint8_t *grown, uint32_t group,
                  struct todo *todo, uint32_t x, uint32_t y)
{
    size_t cell = (size_t)places->width * y + x;
    if (x >= places->width || y >= places->height || grown[cell] == 0 || places->group[cell] != 0)
        return;
    places->group[cell] = group;
    todo->cells[todo->count++] = (struct cell){(uint16_t)x, (uint16_t)y};
}

/* A group is what hangs together with one cell, which has been reached. */
static void flood(const struct places *places, const uint8_t *grown, uint32_t group,
                  struct todo *todo)
{
    while (todo->count > 0) {
        struct cell at = todo->cells[--todo->count];
        reach(places, grown, group, todo, at.x - 1u, at.y);
        reach(places, grown, group, todo, at.x + 1u, at.y);
        reach(places, grown, group, todo, at.x, at.y - 1u);
        reach(places, grown, group, todo, at.x, at.y + 1u);
    }
}

static uint32_t find_groups(const struct places *places, const uint8_t *grown, struct todo *todo)
{
    uint32_t groups = 0;
    for (uint32_t y = 0; y < places->height; y++)
        for (uint32_t x = 0; x < places->width; x++) {
            reach(places, grown, groups + 1, todo, x, y);
            groups += todo->count > 0 ? 1 : 0;
            flood(places, grown, groups, todo);
        }
    return groups;
}

/* The boxes of all groups, of their ink alone; one for each group, in cells. */
static void measure(const struct places *places, const uint8_t *ink, struct place *boxes)
{
    for (uint32_t y = 0; y < places->height; y++)
        for (uint32_t x = 0; x < places->width; x++) {
            size_t cell = (size_t)places->width * y + x;
            if (ink[cell] == 0)
                continue;
            struct place *box = &boxes[places->group[cell]];
            if (box->ink == 0)
                *box = (struct place){x, y, x, y, 0, places->group[cell]};
            box->left = x < box->left ? x : box->left;
            box->right = x + 1 > box->right ? x + 1 : box->right;
            box->bottom = y + 1;
            box->ink++;
        }
}

static int larger_first(const void *a, const void *b)
{
    const struct place *one = a, *other = b;
    uint32_t side = place_side(one), other_side = place_side(other);
    if (side != other_side)
        return side < other_side ? 1 : -1;
    return one->group < other->group ? -1 : one->group > other->group;
}

static bool holds(const struct place *outer, const struct place *inner)
{
    uint32_t x = inner->left + (inner->right - inner->left) / 2;
    uint32_t y = inner->top + (inner->bottom - inner->top) / 2;
    return x >= outer->left && x < outer->right && y >= outer->top && y < outer->bottom;
}

/* A star within its ring is no seal of its own: what lies inside a larger group joins it. */
static void join_inner(const struct places *places, struct place *boxes, size_t count,
                       uint32_t *joined)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = 0; k < i && k < PLACES_MAX; k++)
            if (boxes[k].ink > 0 && boxes[i].ink > 0 && holds(&boxes[k], &boxes[i])) {
                joined[boxes[i].group] = boxes[k].group;
                boxes[k].ink += boxes[i].ink;
                boxes[i].ink = 0;
            }
    for (size_t cell = 0; cell < cell_count(places); cell++)
        places->group[cell] = joined[places->group[cell]];
}

static bool is_seal(const struct place *box, uint32_t step, double dpi)
{
    uint32_t width = box->right - box->left, height = box->bottom - box->top;
    double mm = dpi > 0 ? place_side(box) * step / dpi * 25.4 : SIDE_MIN_MM;
    return box->ink > 0 && place_side(box) * step >= SIDE_MIN && width <= LONG_MAX * height &&
           height <= LONG_MAX * width && (double)box->ink >= INK_MIN * width * height &&
           mm >= SIDE_MIN_MM && mm <= SIDE_MAX_MM;
}

static void choose(const struct paper *paper, double dpi, const struct place *boxes, size_t count,
                   struct places *out)
{
    const struct yx_raster *raster = paper->raster;
    for (size_t i = 0; i < count && out->count < PLACES_MAX; i++) {
        if (!is_seal(&boxes[i], out->step, dpi))
            continue;
        struct place place = boxes[i];
        place.left *= out->step;
        place.top *= out->step;
        place.right *= out->step;
        place.bottom *= out->step;
        place.right = place.right < raster->width ? place.right : raster->width;
        place.bottom = place.bottom < raster->height ? place.bottom : raster->height;
        out->found[out->count++] = place;
    }
}

/* --- Headings ---------------------------------------------------------------------------- */

static bool follows(const struct place *one, const struct place *next)
{
    double height = one->bottom - one->top, other = next->bottom - next->top;
    double gap = (double)next->left - one->right;
    double lower = ((double)next->top + next->bottom - one->top - one->bottom) / 2;
    return gap > -0.2 * height && gap < LETTER_GAP * height && other < 1.7 * height &&
           height < 1.7 * other && lower < 0.35 * height && lower > -0.35 * height;
}

/* The letter behind this one in a line, or `count`. */
static size_t next_letter(const struct places *places, size_t one)
{
    for (size_t i = 0; i < places->count; i++)
        if (i != one && follows(&places->found[one], &places->found[i]))
            return i;
    return places->count;
}

/* Red letters in a line are the heading of an official paper. */
static void drop_headings(struct places *places)
{
    bool dropped[PLACES_MAX] = {false};
    for (size_t i = 0; i < places->count; i++) {
        size_t second = next_letter(places, i);
        size_t third = second < places->count ? next_letter(places, second) : second;
        if (third < places->count)
            dropped[i] = dropped[second] = dropped[third] = true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < places->count; i++)
        if (!dropped[i])
            places->found[kept++] = places->found[i];
    places->count = kept;
}

/* --- All together ------------------------------------------------------------------------ */

static yx_status sort_out(const struct paper *paper, double dpi, const uint8_t *ink,
                          uint32_t groups, struct places *out, struct yx_error *err)
{
    struct place *boxes = calloc((size_t)groups + 1, sizeof *boxes);
    uint32_t *joined = calloc((size_t)groups + 1, sizeof *joined);
    if (boxes != NULL && joined != NULL) {
        for (uint32_t i = 0; i <= groups; i++)
            joined[i] = i;
        measure(out, ink, boxes);
        qsort(boxes, (size_t)groups + 1, sizeof *boxes, larger_first);
        join_inner(out, boxes, (size_t)groups + 1, joined);
        choose(paper, dpi, boxes, (size_t)groups + 1, out);
        drop_headings(out);
    }
    bool starved = boxes == NULL || joined == NULL;
    free(boxes);
    free(joined);
    return starved ? yx_fail_memory(err) : YX_OK;
}

/* `ink` has room for two marks of every cell: ink, and ink that has grown together. */
static yx_status group(const struct paper *paper, ink_kind kind, double dpi, uint32_t radius,
                       uint8_t *ink, struct todo *todo, struct places *out, struct yx_error *err)
{
    uint8_t *grown = ink + cell_count(out);
    mark_ink(paper, kind, out, ink);
    memcpy(grown, ink, cell_count(out));
    grow(out, grown, radius);
    return sort_out(paper, dpi, ink, find_groups(out, grown, todo), out, err);
}

yx_status places_find(const struct paper *paper, ink_kind kind, double dpi, struct places *out,
                      struct yx_error *err)
{
    const struct yx_raster *raster = paper->raster;
    uint32_t longer = raster->width > raster->height ? raster->width : raster->height;
    double gap =
        dpi > 0 ? GAP_MM / 25.4 * dpi : longer * (longer < PAGE_SIDE ? SEAL_GAP : PAGE_GAP);
    YX_CLEAN(places) struct places places = {.step = (longer - 1) / MAP_SIDE + 1};
    YX_REQUIRE(raster->width > 0 && raster->height > 0, err, YX_REFUSED, yx_rule_impression,
               N_("there is no seal in the picture"));
    places.width = (raster->width - 1) / places.step + 1;
    places.height = (raster->height - 1) / places.step + 1;
    places.group = calloc(cell_count(&places), sizeof *places.group);
    uint8_t *ink = calloc(cell_count(&places), 2);
    struct todo todo = {.cells = calloc(cell_count(&places), sizeof *todo.cells)};
    yx_status status = YX_OK;
    if (places.group == NULL || ink == NULL || todo.cells == NULL)
        status = yx_fail_memory(err);
    else
        status = group(paper, kind, dpi, (uint32_t)(gap / 2 / places.step + 0.5), ink, &todo,
                       &places, err);
    free(ink);
    free(todo.cells);
    YX_TRY(status);
    *out = places;
    places.group = NULL;
    return YX_OK;
}

/* --- Which one --------------------------------------------------------------------------- */

static bool is_at(const struct place *place, const struct pixel *at)
{
    return at->x >= place->left && at->x < place->right && at->y >= place->top &&
           at->y < place->bottom;
}

/* "120,300 and 800,310": the middles of the places that are about as large as the first. */
static yx_status name_places(const struct places *places, size_t count, struct yx_buf *out)
{
    for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
        const struct place *place = &places->found[i];
        if (yx_buf_printf(out, "%s%u,%u", i > 0 ? "; " : "", (place->left + place->right) / 2,
                          (place->top + place->bottom) / 2) != YX_OK)
            return YX_NO_MEMORY;
    }
    return yx_buf_append(out, YX_BYTES("", 1));
}

static yx_status choose_largest(const struct places *places, const struct place **out,
                                struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf names = {0};
    size_t equals = 1;
    while (equals < places->count &&
           place_side(&places->found[equals]) >= EQUAL * place_side(&places->found[0]))
        equals++;
    if (name_places(places, equals, &names) != YX_OK)
        return yx_fail_memory(err);
    YX_REQUIRE(equals == 1, err, YX_REFUSED, yx_rule_impression,
               N_("{1} places of the picture could be the seal: {2}; say which"), YX_NUM(equals),
               (const char *)names.data);
    *out = &places->found[0];
    return YX_OK;
}

yx_status place_choose(const struct places *places, const struct pixel *at,
                       const struct place **out, struct yx_error *err)
{
    YX_REQUIRE(places->count > 0, err, YX_REFUSED, yx_rule_impression,
               N_("there is no seal in the picture"));
    if (at == NULL)
        return choose_largest(places, out, err);
    size_t i = 0;
    while (i < places->count && !is_at(&places->found[i], at))
        i++;
    YX_REQUIRE(i < places->count, err, YX_REFUSED, yx_rule_impression,
               N_("there is no seal at {1},{2}"), YX_NUM(at->x), YX_NUM(at->y));
    *out = &places->found[i];
    return YX_OK;
}
