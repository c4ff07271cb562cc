/* SPDX-License-Identifier: Apache-2.0 */
/* test_png.c - PNG pictures read row by row and made smaller, and damaged ones. What kinds of PNG
 * there are is in tests/pdf/test_image.c. */
#include "pictures.h"

#include <png.h>
#include <zlib.h>

struct making {
    const char *name;
    int colour, depth, interlace;
    uint32_t wide, high;
    bool see_through; /* the left half, by half */
};

static void put(png_structp writer, png_bytep bytes, size_t len)
{
    assert_int_equal(yx_buf_append(png_get_io_ptr(writer), YX_BYTES(bytes, len)), YX_OK);
}

static void flush(png_structp writer)
{
    (void)writer;
}

static uint8_t sample(const struct making *making, uint32_t x, uint32_t y, size_t channel)
{
    if (channel == 3)
        return making->see_through && x < making->wide / 2 ? 128 : 255;
    return painted(x, y, making->wide, making->high)[channel];
}

static void fill_row(const struct making *making, uint32_t y, uint8_t *row)
{
    size_t channels = making->colour == PNG_COLOR_TYPE_RGBA ? 4 : 3;

    if (making->depth == 1)
        memset(row, 0, making->wide);
    for (uint32_t x = 0; x < making->wide; x++) {
        if (making->depth == 1) {
            row[x / 8] |= (uint8_t)((x >= making->wide / 2) << (7 - x % 8));
            continue;
        }
        if (making->colour == PNG_COLOR_TYPE_PALETTE) {
            row[x] = (uint8_t)((y >= making->high / 2) * 2 + (x >= making->wide / 2));
            continue;
        }
        for (size_t c = 0; c < channels; c++)
            if (making->depth == 16)
                memset(row + (x * channels + c) * 2, sample(making, x, y, c), 2);
            else
                row[x * channels + c] = sample(making, x, y, c);
    }
}

static struct yx_buf make(const struct making *making)
{
    png_structp writer = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(writer);
    struct yx_buf out = {0};
    uint8_t *row = calloc(making->wide, 8);
    png_color palette[4];
    int passes;

    assert_non_null(row);
    png_set_write_fn(writer, &out, put, flush);
    png_set_IHDR(writer, info, making->wide, making->high, making->depth, making->colour,
                 making->interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    for (uint32_t i = 0; i < 4; i++) {
        const uint8_t *rgb = painted(i % 2, i / 2, 2, 2);

        palette[i] = (png_color){rgb[0], rgb[1], rgb[2]};
    }
    if (making->colour == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(writer, info, palette, 4);
    png_write_info(writer, info);
    passes = png_set_interlace_handling(writer);
    for (int pass = 0; pass < passes; pass++)
        for (uint32_t y = 0; y < making->high; y++) {
            fill_row(making, y, row);
            png_write_row(writer, row);
        }
    png_write_end(writer, info);
    png_destroy_write_struct(&writer, &info);
    free(row);
    return out;
}

static const struct making plain = {"RGB", PNG_COLOR_TYPE_RGB, 8, .wide = WIDE, .high = HIGH};

static void test_kinds(void **state)
{
    static const struct making cases[] = {
        {"RGB", PNG_COLOR_TYPE_RGB, 8, .wide = WIDE, .high = HIGH},
        {"RGB of 16 bits", PNG_COLOR_TYPE_RGB, 16, .wide = WIDE, .high = HIGH},
        {"RGBA", PNG_COLOR_TYPE_RGBA, 8, .wide = WIDE, .high = HIGH},
        {"palette", PNG_COLOR_TYPE_PALETTE, 8, .wide = 41, .high = 23},
        {"interlaced", PNG_COLOR_TYPE_RGB, 8, PNG_INTERLACE_ADAM7, .wide = 41, .high = 23},
        {"one column", PNG_COLOR_TYPE_RGB, 8, .wide = 2, .high = 600},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = make(&cases[i]);
        YX_CLEAN(yx_raster) struct yx_raster raster = {0};
        struct yx_error err;

        expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &raster, &err), &err);
        assert_int_equal(raster.width, cases[i].wide);
        assert_int_equal(raster.height, cases[i].high);
        expect_quarters(&raster, 0, cases[i].name);
    }
}

/* Cells need not be of one size: 7 pixels into 3 are 2, 2 and 3. */
static void test_smaller(void **state)
{
    static const struct making large = {"large", PNG_COLOR_TYPE_RGB, 8, .wide = 640, .high = 482};
    static const struct {
        uint32_t width, height, want_width, want_height;
    } cases[] = {{0, 0, 640, 482}, {320, 241, 320, 241}, {321, 10, 640, 482}, {100, 50, 106, 80},
                 {1, 1, 1, 1},     {64, 1, 64, 48},      {900, 900, 640, 482}};
    YX_CLEAN(yx_buf) struct yx_buf file = make(&large);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_raster) struct yx_raster raster = {0};
        struct yx_error err;

        expect_ok(
            yx_bitmap_decode(yx_buf_bytes(&file), cases[i].width, cases[i].height, &raster, &err),
            &err);
        assert_int_equal(raster.width, cases[i].want_width);
        assert_int_equal(raster.height, cases[i].want_height);
        if (raster.width > 1)
            expect_quarters(&raster, 0, "smaller");
    }
}

/* Black and white goes another way. The right half is white. */
static void test_bilevel(void **state)
{
    static const struct making bilevel = {"black and white", PNG_COLOR_TYPE_GRAY, 1, .wide = 41,
                                          .high = 23};
    YX_CLEAN(yx_buf) struct yx_buf file = make(&bilevel);
    YX_CLEAN(yx_raster) struct yx_raster whole = {0};
    YX_CLEAN(yx_raster) struct yx_raster small = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &whole, &err), &err);
    for (uint32_t i = 0; i < 41 * 23; i++)
        if (memcmp(whole.rgba.data + (size_t)i * 4, i % 41 < 20 ? "\0\0\0\xFF" : "\xFF\xFF\xFF\xFF",
                   4) != 0)
            fail_msg("pixel %u is %d", i, whole.rgba.data[(size_t)i * 4]);
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 4, 2, &small, &err), &err);
    assert_int_equal(small.width, 4);
    /* Cells from 0, 10, 20 and 30 on. */
    assert_memory_equal(small.rgba.data, "\0\0\0\xFF\0\0\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
                        16);
}

/* One pixel for all four quarters: their average. Half of them show by half. */
static void test_average(void **state)
{
    struct making making = plain;
    YX_CLEAN(yx_raster) struct yx_raster whole = {0};
    YX_CLEAN(yx_raster) struct yx_raster half = {0};
    YX_CLEAN(yx_buf) struct yx_buf file = make(&making);
    YX_CLEAN(yx_buf) struct yx_buf see_through = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 1, 1, &whole, &err), &err);
    assert_memory_equal(whole.rgba.data, ((uint8_t[]){118, 108, 118, 255}), 4);
    making.colour = PNG_COLOR_TYPE_RGBA;
    making.see_through = true;
    see_through = make(&making);
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&see_through), 1, 1, &half, &err), &err);
    /* The right half, of full opacity, counts twice: (220+30)/2*128/383 + (20+200)/2*255/383. */
    assert_memory_equal(half.rgba.data, ((uint8_t[]){115, 132, 118, 192}), 4);
}

static void test_damage(void **state)
{
    struct making interlaced = plain;
    YX_CLEAN(yx_buf) struct yx_buf file = make(&plain);
    YX_CLEAN(yx_buf) struct yx_buf whole = {0};

    (void)state;
    interlaced.interlace = PNG_INTERLACE_ADAM7;
    whole = make(&interlaced);
    expect_cuts_refused(&file, 0, "by rows");
    expect_flips_harmless(&file, "by rows");
    expect_cuts_refused(&whole, 12, "as a whole"); /* IEND says nothing */
    expect_flips_harmless(&whole, "as a whole");
}

static void set_size(struct yx_buf *file, uint32_t width, uint32_t height)
{
    uint32_t both[2] = {__builtin_bswap32(width), __builtin_bswap32(height)};
    uint32_t sum;

    memcpy(file->data + 16, both, 8);
    sum = __builtin_bswap32((uint32_t)crc32(0, file->data + 12, 17));
    memcpy(file->data + 29, &sum, 4);
}

static void test_sizes(void **state)
{
    static const struct {
        uint32_t width, height;
        const char *saying;
    } cases[] = {
        {0, 32, "PNG"},
        {48, 0, "PNG"},
        {65535, 65535, "65535 x 65535"},
        {65536, 1, "PNG"},
        {0x7FFFFFFF, 0x7FFFFFFF, "PNG"},
        {14000, 14000, "PNG"}, /* allowed, but nothing follows */
    };
    YX_CLEAN(yx_buf) struct yx_buf file = make(&plain);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        set_size(&file, cases[i].width, cases[i].height);
        expect_refused(&file, cases[i].saying);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),   cmocka_unit_test(test_smaller),
        cmocka_unit_test(test_average), cmocka_unit_test(test_bilevel),
        cmocka_unit_test(test_damage),  cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
