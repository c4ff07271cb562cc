/* SPDX-License-Identifier: Apache-2.0 */
/* test_jpeg.c - JPEG pictures of every colour model, written by libjpeg itself, and damaged ones.
 */
#include "pictures.h"

#include <jpeglib.h>
#include <lcms2.h>

/* --- Making them ------------------------------------------------------------------------- */

struct making {
    const char *name;
    J_COLOR_SPACE from, to;
    bool progressive, no_adobe;
    int scans; /* a coefficient in each, then again its last bit; 0: as libjpeg likes it */
    uint32_t wide, high;
};

/* Inks that nobody has to convert: one of each, and black over the paper. */
static const uint8_t inks[4][4] = {{255, 0, 0, 0}, {0, 255, 0, 0}, {0, 0, 255, 0}, {0, 0, 0, 255}};

static void paint_row(const struct making *making, uint32_t y, uint8_t *row)
{
    for (uint32_t x = 0; x < making->wide; x++) {
        const uint8_t *rgb = painted(x, y, making->wide, making->high);
        uint32_t quarter = (y >= making->high / 2) * 2 + (x >= making->wide / 2);

        if (making->from == JCS_RGB)
            memcpy(row + (size_t)x * 3, rgb, 3);
        else if (making->from == JCS_GRAYSCALE)
            row[x] = rgb[0];
        else
            for (size_t i = 0; i < 4; i++)
                row[(size_t)x * 4 + i] =
                    making->no_adobe ? inks[quarter][i] : (uint8_t)~inks[quarter][i];
    }
}

static void use_scans(struct jpeg_compress_struct *info, int count, jpeg_scan_info scans[])
{
    for (int i = 0; i < count; i++)
        scans[i] = (jpeg_scan_info){.comps_in_scan = 1,
                                    .Ss = i % 64,
                                    .Se = i % 64,
                                    .Ah = i < 64 ? 0 : 1,
                                    .Al = i < 64 ? 1 : 0};
    info->scan_info = scans;
    info->num_scans = count;
}

static struct yx_buf make(const struct making *making, struct yx_bytes profile)
{
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    jpeg_scan_info scans[128];
    struct yx_buf out = {0};
    unsigned char *memory = NULL;
    unsigned long len = 0;
    uint8_t *row = malloc((size_t)making->wide * 4);

    assert_non_null(row);
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &memory, &len);
    info.image_width = making->wide;
    info.image_height = making->high;
    info.in_color_space = making->from;
    info.input_components = making->from == JCS_GRAYSCALE ? 1 : making->from == JCS_RGB ? 3 : 4;
    jpeg_set_defaults(&info);
    jpeg_set_colorspace(&info, making->to);
    jpeg_set_quality(&info, 95, TRUE);
    if (making->progressive)
        jpeg_simple_progression(&info);
    if (making->scans > 0)
        use_scans(&info, making->scans, scans);
    info.write_Adobe_marker = info.write_Adobe_marker && !making->no_adobe;
    jpeg_start_compress(&info, TRUE);
    if (profile.len > 0)
        jpeg_write_icc_profile(&info, profile.data, (unsigned)profile.len);
    while (info.next_scanline < info.image_height) {
        paint_row(making, info.next_scanline, row);
        jpeg_write_scanlines(&info, (JSAMPROW[]){row}, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    assert_int_equal(yx_buf_append(&out, YX_BYTES(memory, len)), YX_OK);
    free(memory);
    free(row);
    return out;
}

static struct yx_buf make_plain(const struct making *making)
{
    return make(making, YX_BYTES(NULL, 0));
}

static const struct making colours = {"colours", JCS_RGB, JCS_YCbCr, .wide = WIDE, .high = HIGH};

/* --- Tests ------------------------------------------------------------------------------- */

static void test_colours(void **state)
{
    static const struct making cases[] = {
        {"YCbCr", JCS_RGB, JCS_YCbCr, .wide = WIDE, .high = HIGH},
        {"progressive", JCS_RGB, JCS_YCbCr, true, .wide = WIDE, .high = HIGH},
        {"RGB", JCS_RGB, JCS_RGB, .wide = WIDE, .high = HIGH},
        {"odd size", JCS_RGB, JCS_YCbCr, .wide = 41, .high = 23},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = make_plain(&cases[i]);
        YX_CLEAN(yx_raster) struct yx_raster raster = {0};
        struct yx_error err;

        assert_int_equal(yx_bitmap_tell(yx_buf_bytes(&file)), YX_BITMAP_JPEG);
        expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &raster, &err), &err);
        assert_int_equal(raster.width, cases[i].wide);
        assert_int_equal(raster.height, cases[i].high);
        expect_quarters(&raster, 12, cases[i].name);
    }
}

static void test_grey(void **state)
{
    static const struct making grey = {"grey", JCS_GRAYSCALE, JCS_GRAYSCALE, .wide = WIDE,
                                       .high = HIGH};
    YX_CLEAN(yx_buf) struct yx_buf file = make_plain(&grey);
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    struct yx_error err;

    (void)state;
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &raster, &err), &err);
    for (uint32_t y = 2; y < HIGH; y += 9)
        for (uint32_t x = 2; x < WIDE; x += 9) {
            const uint8_t *got = raster.rgba.data + ((size_t)y * WIDE + x) * 4;

            assert_in_range(got[0] + 6, painted(x, y, WIDE, HIGH)[0],
                            painted(x, y, WIDE, HIGH)[0] + 12);
            assert_true(got[0] == got[1] && got[1] == got[2] && got[3] == UINT8_MAX);
        }
}

/* Cyan, magenta, yellow and black come out as such, whichever way round the writer has them. */
static void test_inks(void **state)
{
    static const struct making cases[] = {
        {"CMYK of Adobe", JCS_CMYK, JCS_CMYK, .wide = WIDE, .high = HIGH},
        {"YCCK of Adobe", JCS_CMYK, JCS_YCCK, .wide = WIDE, .high = HIGH},
        {"CMYK of others", JCS_CMYK, JCS_CMYK, .no_adobe = true, .wide = WIDE, .high = HIGH},
    };
    static const bool lit[4][3] = {{0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {0, 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = make_plain(&cases[i]);
        YX_CLEAN(yx_raster) struct yx_raster raster = {0};
        struct yx_error err;

        expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &raster, &err), &err);
        for (uint32_t q = 0; q < 4; q++) {
            uint32_t x = WIDE * (1 + 2 * (q % 2)) / 4, y = HIGH * (1 + 2 * (q / 2)) / 4;
            const uint8_t *got = raster.rgba.data + ((size_t)y * WIDE + x) * 4;

            for (int c = 0; c < 3; c++)
                if (lit[q][c] ? got[c] < 120 : got[c] > 40)
                    fail_msg("%s: quarter %u is %d %d %d", cases[i].name, q, got[0], got[1],
                             got[2]);
        }
    }
}

/* A profile whose red is green and whose green is red. */
static struct yx_buf swapped_profile(void)
{
    cmsCIExyY white = {0.3127, 0.3290, 1};
    cmsCIExyYTRIPLE primaries = {{0.30, 0.60, 1}, {0.64, 0.33, 1}, {0.15, 0.06, 1}};
    cmsToneCurve *curve = cmsBuildGamma(NULL, 2.2);
    cmsHPROFILE profile =
        cmsCreateRGBProfile(&white, &primaries, (cmsToneCurve *[]){curve, curve, curve});
    struct yx_buf out = {0};
    cmsUInt32Number len = 0;

    assert_true(cmsSaveProfileToMem(profile, NULL, &len));
    assert_int_equal(yx_buf_reserve(&out, len), YX_OK);
    assert_true(cmsSaveProfileToMem(profile, out.data, &len));
    out.len = len;
    cmsCloseProfile(profile);
    cmsFreeToneCurve(curve);
    return out;
}

static void test_profile(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf profile = swapped_profile();
    YX_CLEAN(yx_buf) struct yx_buf file = make(&colours, yx_buf_bytes(&profile));
    YX_CLEAN(yx_buf) struct yx_buf odd = make(&colours, YX_TEXT("no profile at all"));
    YX_CLEAN(yx_raster) struct yx_raster raster = {0};
    YX_CLEAN(yx_raster) struct yx_raster device = {0};
    struct yx_error err;
    const uint8_t *first;

    (void)state;
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&file), 0, 0, &raster, &err), &err);
    first = raster.rgba.data + ((size_t)8 * WIDE + 12) * 4;
    if (first[0] > 60 || first[1] < 180)
        fail_msg("the first quarter is %d %d %d", first[0], first[1], first[2]);
    /* One that cannot be used does not count. */
    expect_ok(yx_bitmap_decode(yx_buf_bytes(&odd), 0, 0, &device, &err), &err);
    expect_quarters(&device, 12, "odd profile");
}

/* It is never smaller than what will be seen. */
static void test_smaller(void **state)
{
    static const struct making large = {"large", JCS_RGB, JCS_YCbCr, .wide = 640, .high = 480};
    static const struct {
        uint32_t width, height, want;
    } cases[] = {{0, 0, 640},    {640, 480, 640}, {321, 240, 640}, {320, 240, 320}, {320, 241, 640},
                 {100, 75, 160}, {80, 60, 80},    {1, 1, 80},      {9999, 1, 640}};
    YX_CLEAN(yx_buf) struct yx_buf file = make_plain(&large);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_raster) struct yx_raster raster = {0};
        struct yx_error err;

        expect_ok(
            yx_bitmap_decode(yx_buf_bytes(&file), cases[i].width, cases[i].height, &raster, &err),
            &err);
        assert_int_equal(raster.width, cases[i].want);
        assert_int_equal(raster.height, cases[i].want * 3 / 4);
        expect_quarters(&raster, 12, "smaller");
    }
}

/* --- Damage ------------------------------------------------------------------------------ */

static void test_damage(void **state)
{
    static const struct making cases[] = {
        {"YCbCr", JCS_RGB, JCS_YCbCr, .wide = WIDE, .high = HIGH},
        {"progressive", JCS_RGB, JCS_YCbCr, true, .wide = WIDE, .high = HIGH},
        {"YCCK", JCS_CMYK, JCS_YCCK, .wide = WIDE, .high = HIGH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        YX_CLEAN(yx_buf) struct yx_buf file = make_plain(&cases[i]);

        expect_cuts_refused(&file, 0, cases[i].name);
        expect_flips_harmless(&file, cases[i].name);
    }
}

/* Where the frame header (SOF0) stands. */
static uint8_t *frame_of(struct yx_buf *file)
{
    uint8_t *at = memmem(file->data, file->len, "\xFF\xC0\x00\x11", 4);

    assert_non_null(at);
    return at;
}

static void test_sizes(void **state)
{
    static const struct {
        uint16_t width, height;
        const char *saying;
    } cases[] = {
        {0, 32, "JPEG"},
        {48, 0, "JPEG"},
        {65000, 65000, "65000 x 65000"},
        {65535, 65535, "Maximum supported image dimension"},
        {16000, 13000, "JPEG"}, /* allowed, but nothing follows */
    };
    YX_CLEAN(yx_buf) struct yx_buf file = make_plain(&colours);
    uint8_t *frame = frame_of(&file);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(frame + 5, &(uint16_t){__builtin_bswap16(cases[i].height)}, 2);
        memcpy(frame + 7, &(uint16_t){__builtin_bswap16(cases[i].width)}, 2);
        expect_refused(&file, cases[i].saying);
    }
}

static void test_components(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf file = make_plain(&colours);

    (void)state;
    frame_of(&file)[9] = 2;
    expect_refused(&file, "JPEG");
}

/* Every coefficient comes in a scan of its own, each of which costs a pass over the picture. */
static void test_scans(void **state)
{
    static const struct making many = {"scans",     JCS_GRAYSCALE, JCS_GRAYSCALE,
                                       .scans = 64, .wide = WIDE,  .high = HIGH};
    struct making more = many;
    YX_CLEAN(yx_buf) struct yx_buf file = make_plain(&many);
    YX_CLEAN(yx_buf) struct yx_buf refused = {0};

    (void)state;
    assert_int_equal(decode_copy(yx_buf_bytes(&file)), YX_OK);
    more.scans = 65;
    refused = make_plain(&more);
    expect_refused(&refused, "more than 64 scans");
}

static void test_unknown(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf nothing = {0};
    YX_CLEAN(yx_buf) struct yx_buf other = {0};

    (void)state;
    expect_refused(&nothing, "no known kind");
    assert_int_equal(yx_buf_append(&other, YX_TEXT("%PDF-1.7")), YX_OK);
    expect_refused(&other, "no known kind");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colours), cmocka_unit_test(test_grey),
        cmocka_unit_test(test_inks),    cmocka_unit_test(test_profile),
        cmocka_unit_test(test_smaller), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_sizes),   cmocka_unit_test(test_components),
        cmocka_unit_test(test_scans),   cmocka_unit_test(test_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
