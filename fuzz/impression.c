/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz/impression.c - any picture as a scan with a seal on it, and two halves of one as impressions
 * to be compared. Every byte paints a square of pixels, so that few bytes make large shapes.
 */
#include <math.h>
#include <stdlib.h>

#include "impression/impression.h"

#define SQUARE 4u /* pixels */
#define ACROSS 40u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t paints[8][4] = {{255, 255, 255, 255}, {220, 30, 40, 255},   {220, 30, 40, 0},
                                     {20, 20, 20, 255},    {240, 160, 160, 255}, {30, 40, 200, 255},
                                     {250, 240, 200, 255}, {90, 80, 60, 128}};

/* A byte has a paint, and how often it comes. */
static bool paint(struct yx_bytes bytes, uint32_t columns, struct yx_raster *out)
{
    uint32_t rows = (uint32_t)(bytes.len * 4 / columns) + 1;
    size_t square = 0;
    if (yx_raster_start(out, columns * SQUARE, rows * SQUARE, NULL) != YX_OK)
        return false;
    for (size_t i = 0; i < bytes.len; i++)
        for (unsigned k = 0; k <= bytes.data[i] >> 6 && square < (size_t)columns * rows;
             k++, square++)
            for (uint32_t y = 0; y < SQUARE; y++)
                for (uint32_t x = 0; x < SQUARE; x++) {
                    size_t row = square / columns * SQUARE + y;
                    size_t column = square % columns * SQUARE + x;
                    memcpy(out->rgba.data + (row * out->width + column) * 4,
                           paints[bytes.data[i] & 7], 4);
                }
    return true;
}

static void extract(const struct yx_raster *scan, double dpi,
                    const struct yx_extract_request *request)
{
    YX_CLEAN(yx_raster) struct yx_raster face = {0};
    struct yx_extracted about;
    struct yx_error err = {0};
    yx_status status = yx_raster_extract(scan, dpi, request, &face, &about, &err);
    bool found = status == YX_OK && about.width == face.width && about.right <= scan->width &&
                 about.bottom <= scan->height && about.left < about.right &&
                 about.top < about.bottom && isfinite(about.turned) && isfinite(about.size);
    if (!found && status != YX_REFUSED)
        abort();
}

static void compare(const struct yx_impression *a, const struct yx_impression *b)
{
    YX_CLEAN(yx_raster) struct yx_raster difference = {0};
    const struct yx_compare_request request = {.size = a->dpi > 0 ? 0 : 8};
    struct yx_comparison found;
    struct yx_error err = {0};
    yx_status status = yx_raster_compare(a, b, &request, &found, &difference, &err);
    bool measured = status == YX_OK && found.likeness >= 0 && found.likeness <= 1 &&
                    found.agreement >= 0 && found.agreement <= 1 && difference.rgba.len > 0 &&
                    isfinite(found.turned) && isfinite(found.scale) && isfinite(found.stretch);
    if (!measured && status != YX_REFUSED)
        abort();
}

/* Small seals take less time. */
static double resolution(unsigned number)
{
    return number == 0 ? 0 : 500 + 100 * number;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    YX_CLEAN(yx_raster) struct yx_raster first = {0};
    YX_CLEAN(yx_raster) struct yx_raster second = {0};
    if (size < 4 || size > 1500)
        return 0;
    uint32_t columns = data[0] % ACROSS + 1;
    double dpi = resolution(data[1] & 7);
    const struct yx_extract_request request = {
        .has_point = (data[1] & 8) != 0, .x = data[2], .y = data[3]};
    size_t half = (size - 4) / 2;
    if (!paint(YX_BYTES(data + 4, half), columns, &first) ||
        !paint(YX_BYTES(data + 4 + half, size - 4 - half), columns, &second))
        return 0;
    extract(&first, dpi, &request);
    const struct yx_impression a = {&first, dpi}, b = {&second, resolution(data[1] >> 4)};
    compare(&a, &b);
    return 0;
}
