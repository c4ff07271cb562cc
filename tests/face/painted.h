/* SPDX-License-Identifier: Apache-2.0 */
/* painted.h - a face as pixels, ten to the millimetre, and what can be asked of them. Needs
 * support.h before it. */
#ifndef TESTS_FACE_PAINTED_H
#define TESTS_FACE_PAINTED_H

#include <math.h>

#include "face/face.h"

#define PER_MM 10

struct painted {
    int width, height;   /* pixels */
    double across, down; /* millimetres */
    uint8_t *alpha;
};

static inline void painted_free(struct painted *painted)
{
    free(painted->alpha);
}
YX_DEFINE_CLEAN_VALUE(painted, struct painted, painted_free);

/* A preset with a name. */
static inline struct yx_face face_of(const char *preset, const char *text)
{
    size_t count;
    const struct yx_face_preset *presets = yx_face_presets(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(presets[i].name, preset) == 0) {
            struct yx_face face = presets[i].face;
            face.text = text;
            return face;
        }
    fail_msg("no preset %s", preset);
    return (struct yx_face){0};
}

/* fontconfig is asked once for all. */
static inline struct yx_fonts *test_fonts(void)
{
    static struct yx_fonts *fonts;
    if (fonts == NULL)
        assert_int_equal(yx_fonts_new(&fonts, NULL), YX_OK);
    return fonts;
}

static inline void paint(const struct yx_face *face, struct painted *out)
{
    YX_CLEAN(yx_face_plan) struct yx_face_plan *plan = NULL;
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = NULL;
    struct yx_canvas_setup setup = {YX_DRAW_PNG, 0, 0, PER_MM * 25.4, true, NULL};
    struct yx_pixels pixels;
    struct yx_error err = {0};
    expect_ok(yx_face_prepare(face, test_fonts(), &plan, &err), &err);
    yx_face_plan_size(plan, &setup.width, &setup.height);
    expect_ok(yx_canvas_new(&setup, NULL, &canvas, &err), &err);
    expect_ok(yx_face_paint(plan, yx_canvas_cairo(canvas), &err), &err);
    if (face->wear > 0)
        yx_face_wear(face, setup.dpi, yx_canvas_cairo(canvas));
    expect_ok(yx_canvas_pixels(canvas, &pixels, &err), &err);
    out->across = setup.width;
    out->down = setup.height;
    out->width = (int)pixels.width;
    out->height = (int)pixels.height;
    out->alpha = malloc((size_t)pixels.width * pixels.height);
    assert_non_null(out->alpha);
    for (uint32_t y = 0; y < pixels.height; y++)
        for (uint32_t x = 0; x < pixels.width; x++) {
            uint32_t pixel;
            memcpy(&pixel, pixels.data + y * pixels.stride + (size_t)x * 4, sizeof pixel);
            out->alpha[y * pixels.width + x] = (uint8_t)(pixel >> 24);
        }
}

/* Is there ink at a place, in millimetres from the centre? */
static inline bool ink_at(const struct painted *painted, double x, double y)
{
    int column = (int)floor((x + painted->across / 2) * PER_MM);
    int row = (int)floor((y + painted->down / 2) * PER_MM);
    return column >= 0 && row >= 0 && column < painted->width && row < painted->height &&
           painted->alpha[row * painted->width + column] >= 128;
}

/* How much ink there is in a rectangle around the centre, in square millimetres. */
static inline double ink_in(const struct painted *painted, double left, double top, double right,
                            double bottom)
{
    double sum = 0;
    for (double y = top + 0.5 / PER_MM; y < bottom; y += 1.0 / PER_MM)
        for (double x = left + 0.5 / PER_MM; x < right; x += 1.0 / PER_MM)
            sum += ink_at(painted, x, y);
    return sum / (PER_MM * PER_MM);
}

static inline double all_ink(const struct painted *painted)
{
    return ink_in(painted, -painted->across, -painted->down, painted->across, painted->down);
}

/* The description is refused with these words. */
static inline void expect_face_refused(const struct yx_face *face, const char *sentence)
{
    struct yx_face_plan *plan = NULL;
    struct yx_error err = {0};
    char words[600] = "";
    yx_status status = yx_face_prepare(face, test_fonts(), &plan, &err);
    yx_message_render(&err.message, NULL, words, sizeof words);
    if (status != YX_REFUSED || strstr(words, sentence) == NULL)
        fail_msg("%s: %d, \"%s\", not \"%s\"", face->text == NULL ? "" : face->text, status, words,
                 sentence);
    assert_null(plan);
    assert_int_not_equal(err.rule[0], '\0');
}

#endif
