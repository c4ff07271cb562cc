/* SPDX-License-Identifier: Apache-2.0 */
/* pictures.h - what the tests of image/ share: a picture, how a decoder should see it, and damage.
 */
#ifndef IMAGE_PICTURES_H
#define IMAGE_PICTURES_H

#include "support.h"

#include "image/image.h"

/* The test picture is divided into four: red and green over blue and a light grey. */
enum { WIDE = 48, HIGH = 32 };

static inline const uint8_t *painted(uint32_t x, uint32_t y, uint32_t wide, uint32_t high)
{
    static const uint8_t colours[4][3] = {
        {220, 30, 30}, {20, 160, 40}, {30, 40, 200}, {200, 200, 200}};

    return colours[(y >= high / 2) * 2 + (x >= wide / 2)];
}

/* In the middle of each quarter, where no compression has blurred the edges. */
static inline void expect_quarters(const struct yx_raster *raster, int tolerance, const char *what)
{
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t x = raster->width * (1 + 2 * (i % 2)) / 4;
        uint32_t y = raster->height * (1 + 2 * (i / 2)) / 4;
        const uint8_t *got = raster->rgba.data + ((size_t)y * raster->width + x) * 4;
        const uint8_t *want = painted(x, y, raster->width, raster->height);

        for (int c = 0; c < 3; c++)
            if (abs(got[c] - want[c]) > tolerance || got[3] != UINT8_MAX)
                fail_msg("%s: quarter %u is %d %d %d %d, not %d %d %d", what, i, got[0], got[1],
                         got[2], got[3], want[0], want[1], want[2]);
    }
}

static inline void expect_refused(const struct yx_buf *file, const char *saying)
{
    struct yx_raster raster = {.width = 7};
    struct yx_error err = {0};
    char text[600];

    expect_status(yx_bitmap_decode(yx_buf_bytes(file), 0, 0, &raster, &err), YX_REFUSED, &err);
    yx_message_render(&err.message, NULL, text, sizeof text);
    if (strstr(text, saying) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, saying);
    assert_non_null(err.rule);
    assert_int_equal(raster.width, 0);
    assert_null(raster.rgba.data);
}

/* Reads a copy of its own size, so that reading beyond its end is seen. */
static inline yx_status decode_copy(struct yx_bytes bytes)
{
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err = {0};
    uint8_t *copy = malloc(bytes.len + (bytes.len == 0));
    yx_status status;

    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.len);
    status = yx_bitmap_decode(YX_BYTES(copy, bytes.len), 0, 0, &raster, &err);
    free(copy);
    return status;
}

/* Cut anywhere it is refused; `idle` bytes at the end may carry nothing. */
static inline void expect_cuts_refused(const struct yx_buf *file, size_t idle, const char *what)
{
    for (size_t len = 0; len < file->len; len++) {
        yx_status status = decode_copy(YX_BYTES(file->data, len));

        if (status != YX_REFUSED && (status != YX_OK || len + idle < file->len))
            fail_msg("%s: cut to %zu of %zu bytes: status %d", what, len, file->len, (int)status);
    }
}

/* With any one byte another it is read or refused. */
static inline void expect_flips_harmless(const struct yx_buf *file, const char *what)
{
    static const uint8_t flips[] = {0xFF, 0x01, 0x80};

    for (size_t i = 0; i < file->len * sizeof flips; i++) {
        uint8_t *at = file->data + i / sizeof flips;
        uint8_t old = *at;
        yx_status status;

        *at ^= flips[i % sizeof flips];
        status = decode_copy(yx_buf_bytes(file));
        *at = old;
        if (status != YX_OK && status != YX_REFUSED)
            fail_msg("%s: byte %zu: status %d", what, i / sizeof flips, (int)status);
    }
}

#endif
