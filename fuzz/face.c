/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz/face.c - any description of a seal: it is drawn, or refused with a rule, and what is drawn
 * lies inside its size. The first bytes are the measures, then texts between zeros. */
#include <math.h>
#include <stdlib.h>

#include "face/face.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD 8

static struct yx_face describe(const uint8_t *head)
{
    size_t count;
    struct yx_face face = yx_face_presets(&count)[head[0] % 16 % 12].face;

    if (head[1] != 0)
        face.width = head[1] / 2.0;
    if (head[2] != 0)
        face.height = head[2] / 2.0;
    if (head[3] != 0)
        face.ring = head[3] / 16.0;
    if (head[4] != 0)
        face.emblem = head[4] % 2;
    if (head[5] != 0)
        face.emblem_size = head[5] / 4.0;
    face.letters_cut = head[6] & 1;
    face.wear = head[7];
    return face;
}

/* The next text, a copy that ends with NUL; NULL when there is none. */
static char *next(const uint8_t **at, const uint8_t *end)
{
    const uint8_t *start = *at, *stop = start;

    if (start >= end)
        return NULL;
    while (stop < end && *stop != 0)
        stop++;
    *at = stop + 1;
    return strndup((const char *)start, (size_t)(stop - start));
}

static void draw(const struct yx_face *face, struct yx_fonts *fonts)
{
    YX_CLEAN(yx_face_plan) struct yx_face_plan *plan = NULL;
    YX_CLEAN(yx_canvas) struct yx_canvas *canvas = NULL;
    struct yx_canvas_setup setup = {.format = YX_DRAW_PNG, .dpi = 50, .transparent = true};
    struct yx_error err = {0};
    yx_status status = yx_face_prepare(face, fonts, &plan, &err);

    if (status != YX_OK) {
        if ((status != YX_REFUSED && status != YX_USAGE) || err.rule == NULL || plan != NULL)
            abort();
        return;
    }
    yx_face_plan_size(plan, &setup.width, &setup.height);
    if (yx_canvas_new(&setup, NULL, &canvas, NULL) != YX_OK)
        abort();
    if (yx_face_paint(plan, yx_canvas_cairo(canvas), NULL) != YX_OK)
        abort();
    yx_face_wear(face, setup.dpi, yx_canvas_cairo(canvas));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct yx_fonts *fonts;
    const uint8_t *at = data + HEAD;

    if (size < HEAD || (fonts == NULL && yx_fonts_new(&fonts, NULL) != YX_OK))
        return 0;
    struct yx_face face = describe(data);
    char *text = next(&at, data + size), *line = next(&at, data + size),
         *code = next(&at, data + size);

    face.text = text;
    face.line = line;
    face.code = code;
    draw(&face, fonts);
    free(text);
    free(line);
    free(code);
    return 0;
}
