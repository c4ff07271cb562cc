/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cut.c - the ink of one seal, out of the picture that it stands in: how much of every pixel is
 * covered, against the full ink of this very seal. Black or blue writing that crosses it hides the
 * ink below; there the ink around goes on.
 */
#include <stdlib.h>

#include "impression/parts.h"

#define SIDE_MIN 96u   /* pixels: characters of a smaller one cannot be told apart */
#define SIDE_MAX 3072u /* 65 mm at 1200 dots per inch */
#define FULL 0.6       /* of the inked pixels have less than full ink: edges and faint places */
#define NOISE 0.8      /* of the others show less than this, and the rest are edges */
#define HIDDEN                                                                               \
    0.55f        /* a pixel that throws back less of the red than this part of what ink does \
                  */
#define PEN 80   /* a pen is not wider than this part of the seal */
#define REACH 2u /* pixels, from what is seen to what is not */

void cut_free(struct cut *cut)
{
    plane_free(&cut->ink);
    plane_free(&cut->hidden);
}

/* The lowest value from `first` on that `share` of the values from there to `last` stay below. */
static unsigned quantile(const uint32_t count[256], unsigned first, unsigned last, double share)
{
    double all = 0, seen = 0;
    for (unsigned i = first; i <= last; i++)
        all += count[i];
    unsigned value = first;
    while (value < last && (seen += count[value]) <= share * all)
        value++;
    return value;
}

/* Parts the values into two heaps where they differ most (Otsu 1979): the last of the lower one. */
static unsigned part(const uint32_t count[256])
{
    double total = 0, sum = 0, below = 0, below_sum = 0, best = -1;
    unsigned parting = 0;
    for (unsigned i = 0; i < 256; i++) {
        total += count[i];
        sum += (double)count[i] * i;
    }
    for (unsigned i = 0; i < 255; i++) {
        below += count[i];
        below_sum += (double)count[i] * i;
        if (below == 0 || below == total)
            continue;
        double apart = below_sum / below - (sum - below_sum) / (total - below);
        double between = below * (total - below) * apart * apart;
        if (between > best) {
            best = between;
            parting = i;
        }
    }
    return parting;
}

struct cutting {
    const struct paper *paper;
    ink_kind kind;
    const struct places *places;
    const struct place *place;
};

static bool is_of_place(const struct cutting *cutting, uint32_t x, uint32_t y)
{
    const struct places *places = cutting->places;
    size_t cell = (size_t)(y / places->step) * places->width + x / places->step;
    return places->group[cell] == cutting->place->group;
}

/* Strength of the ink, as it is. */
static void take_ink(const struct cutting *cutting, struct cut *out)
{
    for (uint32_t y = 0; y < out->ink.height; y++)
        for (uint32_t x = 0; x < out->ink.width; x++) {
            struct rgb look = paper_look(cutting->paper, out->left + x, out->top + y, 1);
            plane_row(&out->hidden, y)[x] = look.part[0];
            if (is_of_place(cutting, out->left + x, out->top + y))
                plane_row(&out->ink, y)[x] = ink_in(cutting->kind, &look);
        }
}

static void level_ink(struct cut *out)
{
    uint32_t count[256] = {0};
    for (size_t i = 0; i < plane_size(&out->ink); i++)
        count[(unsigned)(out->ink.at[i] * 255 + 0.5f)]++;
    unsigned parting = part(count);
    float paper = (float)quantile(count, 0, parting, NOISE) / 255;
    float full = (float)quantile(count, parting + 1, 255, FULL) / 255;
    float range = full - paper;
    for (size_t i = 0; i < plane_size(&out->ink) && range > 0; i++) {
        float ink = (out->ink.at[i] - paper) / range;
        out->ink.at[i] = ink < 0 ? 0 : ink > 1 ? 1 : ink;
    }
}

static void note_colour(const struct cutting *cutting, struct cut *out)
{
    double sum[3] = {0}, count = 0;
    for (uint32_t y = 0; y < out->ink.height; y++)
        for (uint32_t x = 0; x < out->ink.width; x++) {
            if (plane_row(&out->ink, y)[x] < 0.9f)
                continue;
            struct rgb look = paper_look(cutting->paper, out->left + x, out->top + y, 1);
            for (int i = 0; i < 3; i++)
                sum[i] += look.part[i];
            count++;
        }
    for (int i = 0; i < 3; i++)
        out->colour.part[i] = (float)(count > 0 ? sum[i] / count : 0);
}

/* --- What other ink hides ---------------------------------------------------------------- */

/* `hidden` has the red light of every pixel, and becomes 1 where something dark lies above. */
static yx_status mark_hidden(const struct cutting *cutting, struct cut *cut, struct yx_error *err)
{
    float least = cutting->kind == INK_RED ? HIDDEN * cut->colour.part[0] : -1;
    for (size_t i = 0; i < plane_size(&cut->hidden); i++)
        cut->hidden.at[i] = cut->hidden.at[i] < least ? 1 : 0;
    YX_TRY(plane_mean(&cut->hidden, 1, &cut->hidden, err));
    for (size_t i = 0; i < plane_size(&cut->hidden); i++)
        cut->hidden.at[i] = cut->hidden.at[i] > 0.05f ? 1 : 0; /* its edges too */
    return YX_OK;
}

/* Clear ink or clear paper: what was filled in is a mean of both. */
static float sharpen(float ink)
{
    float t = (ink - 0.25f) * 2;
    return t <= 0 ? 0 : t >= 1 ? 1 : t * t * (3 - 2 * t);
}

/* Hidden pixels at the edge of what is seen become as their neighbours, and are seen then. */
static yx_status uncover_edge(struct plane *ink, struct plane *seen, struct yx_error *err)
{
    YX_CLEAN(plane) struct plane near = {0};
    YX_CLEAN(plane) struct plane weight = {0};
    YX_TRY(plane_start(&near, ink->width, ink->height, err));
    for (size_t i = 0; i < plane_size(&near); i++)
        near.at[i] = ink->at[i] * seen->at[i];
    YX_TRY(plane_mean(&near, REACH, &near, err));
    YX_TRY(plane_mean(seen, REACH, &weight, err));
    for (size_t i = 0; i < plane_size(&near); i++)
        if (seen->at[i] == 0 && weight.at[i] > 0.25f) {
            ink->at[i] = sharpen(near.at[i] / weight.at[i]);
            seen->at[i] = 1;
        }
    return YX_OK;
}

/* From its edges inwards, as far as a pen is wide; what is hidden further in has no ink. */
static yx_status uncover(const struct cutting *cutting, struct cut *out, struct yx_error *err)
{
    YX_CLEAN(plane) struct plane seen = {0};
    YX_TRY(plane_start(&seen, out->ink.width, out->ink.height, err));
    for (size_t i = 0; i < plane_size(&seen); i++) {
        seen.at[i] = 1 - out->hidden.at[i];
        out->ink.at[i] *= seen.at[i];
    }
    for (uint32_t i = 0; i <= place_side(cutting->place) / PEN; i++)
        YX_TRY(uncover_edge(&out->ink, &seen, err));
    return YX_OK;
}

/* --- All together ------------------------------------------------------------------------ */

yx_status cut_place(const struct paper *paper, ink_kind kind, const struct places *places,
                    const struct place *place, struct cut *out, struct yx_error *err)
{
    YX_CLEAN(cut) struct cut cut = {0};
    const struct cutting cutting = {paper, kind, places, place};
    YX_REQUIRE(place_side(place) >= SIDE_MIN, err, YX_REFUSED, yx_rule_impression,
               N_("the seal is only {1} pixels large; scan it with 300 dots per inch or more"),
               YX_NUM(place_side(place)));
    YX_REQUIRE(place_side(place) <= SIDE_MAX, err, YX_REFUSED, yx_rule_impression,
               N_("the seal is {1} pixels large, and at most {2} are looked at; make the picture "
                  "smaller"),
               YX_NUM(place_side(place)), YX_NUM(SIDE_MAX));
    uint32_t margin = 2 * places->step + 2;
    uint32_t right = place->right + margin, bottom = place->bottom + margin;
    right = right < paper->raster->width ? right : paper->raster->width;
    bottom = bottom < paper->raster->height ? bottom : paper->raster->height;
    cut.left = place->left > margin ? place->left - margin : 0;
    cut.top = place->top > margin ? place->top - margin : 0;
    YX_TRY(plane_start(&cut.ink, right - cut.left, bottom - cut.top, err));
    YX_TRY(plane_start(&cut.hidden, cut.ink.width, cut.ink.height, err));
    take_ink(&cutting, &cut);
    level_ink(&cut);
    note_colour(&cutting, &cut);
    YX_TRY(mark_hidden(&cutting, &cut, err));
    YX_TRY(uncover(&cutting, &cut, err));
    YX_TRY(shape_read(&cut.ink, &cut.shape, err));
    *out = cut;
    cut.ink.at = cut.hidden.at = NULL;
    return YX_OK;
}
