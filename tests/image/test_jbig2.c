/* SPDX-License-Identifier: Apache-2.0 */
/* test_jbig2.c - JBIG2 through the program jbig2dec: a file, segments alone, and what is missing.
 */
#include "pictures.h"

#include "hex.h"

/* Page 1 of 16 x 8 pixels, and a generic region on it, coded as T.6 has it: eight white rows with
 * black from the fifth pixel to the twelfth. */
#define PAGE "00000010 00000008 00000000 00000000 00 0000"
#define REGION "00000010 00000008 00000000 00000000 00 01 362fffffe0020020"
#define SEGMENTS "00000000300001 00000013" PAGE "00000001260001 0000001a" REGION
#define FILE_START "974A42320D0A1A0A 01 00000001"
#define FILE_END "00000002310001 00000000 00000003330000 00000000"

static void expect_bar(const struct yx_buf *file, const char *what)
{
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err;

    assert_int_equal(yx_bitmap_tell(yx_buf_bytes(file)), YX_BITMAP_JBIG2);
    expect_ok(yx_bitmap_decode(yx_buf_bytes(file), 0, 0, &raster, &err), &err);
    assert_int_equal(raster.width, 16);
    assert_int_equal(raster.height, 8);
    for (uint32_t i = 0; i < 16 * 8; i++) {
        bool black = i % 16 >= 4 && i % 16 < 12;

        if (memcmp(raster.rgba.data + (size_t)i * 4, black ? "\0\0\0\xFF" : "\xFF\xFF\xFF\xFF",
                   4) != 0)
            fail_msg("%s: pixel %u is %d", what, i, raster.rgba.data[(size_t)i * 4]);
    }
}

static void test_read(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf file = from_hex(FILE_START SEGMENTS FILE_END);
    YX_CLEAN(yx_buf) struct yx_buf segments = from_hex(SEGMENTS);

    (void)state;
    expect_bar(&file, "file");
    expect_bar(&segments, "segments");
}

static void test_smaller(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf file = from_hex(FILE_START SEGMENTS FILE_END);
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 2, 1, &raster, &err), &err);
    assert_int_equal(raster.width, 2);
    assert_memory_equal(raster.rgba.data, "\x80\x80\x80\xFF\x80\x80\x80\xFF", 8);
}

/* Cut inside of a segment, nothing is shown. Between the two it is an empty page. */
static void test_cuts(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf file = from_hex(FILE_START SEGMENTS);

    (void)state;
    for (size_t len = 0; len < file.len; len++) {
        yx_status status = decode_copy(YX_BYTES(file.data, len));

        if (status != (len == 43 ? YX_OK : YX_REFUSED))
            fail_msg("cut to %zu bytes: status %d", len, (int)status);
    }
}

/* The same with all headers before all data. */
static void test_random_access(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf file = from_hex(
        "974A42320D0A1A0A 00 00000001"
        "00000000300001 00000013 00000001260001 0000001a 00000003330000 00000000" PAGE REGION);

    (void)state;
    expect_bar(&file, "headers first");
    assert_int_equal(decode_copy(YX_BYTES(file.data, file.len - 8)), YX_REFUSED);
}

static void test_sizes(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } cases[] = {{11, 0xFF}, {15, 0xFF}, {12, 0x7F}, {14, 0}, {18, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf segments = from_hex(SEGMENTS);
        yx_status status;

        segments.data[cases[i].at] = cases[i].value;
        status = decode_copy(yx_buf_bytes(&segments));
        if (status != YX_REFUSED)
            fail_msg("byte %zu: %d", cases[i].at, (int)status);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),  cmocka_unit_test(test_smaller),
        cmocka_unit_test(test_cuts),  cmocka_unit_test(test_random_access),
        cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
