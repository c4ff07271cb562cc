/* SPDX-License-Identifier: Apache-2.0 */
/* test_colour.c - colours of every space as red, green and blue; profiles that lie. */
#include "support.h"

#include <lcms2.h>
#include <math.h>

#include "image/image.h"

static struct yx_colour_space *device(yx_colour_kind kind)
{
    struct yx_colour_space *space = NULL;
    struct yx_error err;

    expect_ok(yx_colour_space_new(kind, YX_BYTES(NULL, 0), &space, &err), &err);
    return space;
}

static void expect_colour(yx_colour_kind kind, const double *numbers, const uint8_t want[3])
{
    YX_CLEAN(yx_colour_space) struct yx_colour_space *space = device(kind);
    uint8_t got[3];

    yx_colour_to_rgb(space, numbers, got);
    if (memcmp(got, want, 3) != 0)
        fail_msg("%d: %g %g %g: %d %d %d, not %d %d %d", (int)kind, numbers[0], numbers[1],
                 numbers[2], got[0], got[1], got[2], want[0], want[1], want[2]);
}

static void test_device(void **state)
{
    (void)state;
    expect_colour(YX_COLOUR_GREY, (double[4]){0}, (uint8_t[]){0, 0, 0});
    expect_colour(YX_COLOUR_GREY, (double[4]){0.5}, (uint8_t[]){128, 128, 128});
    expect_colour(YX_COLOUR_RGB, (double[4]){1, 0.2, 0}, (uint8_t[]){255, 51, 0});
    expect_colour(YX_COLOUR_CMYK, (double[4]){0, 0, 0, 0}, (uint8_t[]){255, 255, 255});
    expect_colour(YX_COLOUR_CMYK, (double[4]){0, 0, 0, 1}, (uint8_t[]){0, 0, 0});
    expect_colour(YX_COLOUR_CMYK, (double[4]){1, 1, 1, 1}, (uint8_t[]){0, 0, 0});
    expect_colour(YX_COLOUR_CMYK, (double[4]){1, 0, 0, 0}, (uint8_t[]){0, 160, 228});
    expect_colour(YX_COLOUR_CMYK, (double[4]){0, 1, 1, 0}, (uint8_t[]){228, 31, 37});
    expect_colour(YX_COLOUR_CMYK, (double[4]){1, 1, 0, 0}, (uint8_t[]){46, 54, 134});
    expect_colour(YX_COLOUR_CMYK, (double[4]){0, 0, 0, 0.2}, (uint8_t[]){204, 204, 204});
    expect_colour(YX_COLOUR_CMYK, (double[4]){0, 0.6, 0, 0.4}, (uint8_t[]){144, 66, 107});
}

static void test_no_numbers(void **state)
{
    (void)state;
    expect_colour(YX_COLOUR_RGB, (double[]){-3, 7, NAN}, (uint8_t[]){0, 255, 0});
    expect_colour(YX_COLOUR_RGB, (double[]){-INFINITY, INFINITY, 1e300}, (uint8_t[]){0, 255, 255});
}

static void test_channels(void **state)
{
    (void)state;
    assert_int_equal(yx_colour_channels(YX_COLOUR_GREY), 1);
    assert_int_equal(yx_colour_channels(YX_COLOUR_RGB), 3);
    assert_int_equal(yx_colour_channels(YX_COLOUR_CMYK), 4);
}

/* --- Profiles ---------------------------------------------------------------------------- */

static struct yx_buf saved(cmsHPROFILE profile)
{
    struct yx_buf out = {0};
    cmsUInt32Number len = 0;

    assert_non_null(profile);
    assert_true(cmsSaveProfileToMem(profile, NULL, &len));
    assert_int_equal(yx_buf_reserve(&out, len), YX_OK);
    assert_true(cmsSaveProfileToMem(profile, out.data, &len));
    out.len = len;
    cmsCloseProfile(profile);
    return out;
}

static struct yx_buf grey_profile(double gamma)
{
    cmsToneCurve *curve = cmsBuildGamma(NULL, gamma);
    struct yx_buf out = saved(cmsCreateGrayProfile(cmsD50_xyY(), curve));

    cmsFreeToneCurve(curve);
    return out;
}

/* Ink: the more black, the darker; the other inks do nothing. */
static cmsInt32Number press(const cmsUInt16Number in[], cmsUInt16Number out[], void *unused)
{
    (void)unused;
    out[0] = (cmsUInt16Number)(0xFFFF - in[3]);
    out[1] = out[2] = 0x8080;
    return TRUE;
}

static struct yx_buf press_profile(void)
{
    cmsHPROFILE profile = cmsCreateProfilePlaceholder(NULL);
    cmsPipeline *pipeline = cmsPipelineAlloc(NULL, 4, 3);
    cmsStage *stage = cmsStageAllocCLut16bit(NULL, 2, 4, 3, NULL);
    struct yx_buf out;

    assert_true(cmsStageSampleCLut16bit(stage, press, NULL, 0));
    assert_true(cmsPipelineInsertStage(pipeline, cmsAT_BEGIN, stage));
    cmsSetProfileVersion(profile, 2.1);
    cmsSetDeviceClass(profile, cmsSigOutputClass);
    cmsSetColorSpace(profile, cmsSigCmykData);
    cmsSetPCS(profile, cmsSigLabData);
    assert_true(cmsWriteTag(profile, cmsSigAToB1Tag, pipeline));
    assert_true(cmsWriteTag(profile, cmsSigAToB0Tag, pipeline));
    out = saved(profile);
    cmsPipelineFree(pipeline);
    return out;
}

static void test_profiles(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf grey = grey_profile(1.0);
    YX_CLEAN(yx_buf) struct yx_buf rgb = saved(cmsCreate_sRGBProfile());
    YX_CLEAN(yx_buf) struct yx_buf cmyk = press_profile();
    YX_CLEAN(yx_colour_space) struct yx_colour_space *linear = NULL;
    YX_CLEAN(yx_colour_space) struct yx_colour_space *same = NULL;
    YX_CLEAN(yx_colour_space) struct yx_colour_space *inks = NULL;
    struct yx_error err;
    uint8_t got[3];

    (void)state;
    expect_ok(yx_colour_space_new(YX_COLOUR_GREY, yx_buf_bytes(&grey), &linear, &err), &err);
    yx_colour_to_rgb(linear, (double[]){0.2140}, got);
    assert_in_range(got[0], 126, 129); /* a fifth of the light looks like half */
    expect_ok(yx_colour_space_new(YX_COLOUR_RGB, yx_buf_bytes(&rgb), &same, &err), &err);
    yx_colour_to_rgb(same, (double[]){0.8, 0.4, 0.2}, got);
    assert_in_range(got[0], 202, 206);
    assert_in_range(got[1], 100, 104);
    assert_in_range(got[2], 49, 53);
    expect_ok(yx_colour_space_new(YX_COLOUR_CMYK, yx_buf_bytes(&cmyk), &inks, &err), &err);
    yx_colour_to_rgb(inks, (double[]){1, 1, 1, 0}, got);
    assert_in_range(got[1], 250, 255);
    yx_colour_to_rgb(inks, (double[]){0, 0, 0, 0.5}, got);
    assert_in_range(got[1], 100, 140);
}

static void expect_no_profile(yx_colour_kind kind, struct yx_bytes profile, const char *saying)
{
    struct yx_colour_space *space = NULL;
    struct yx_error err = {0};
    char text[600];

    expect_status(yx_colour_space_new(kind, profile, &space, &err), YX_REFUSED, &err);
    assert_null(space);
    yx_message_render(&err.message, NULL, text, sizeof text);
    if (strstr(text, saying) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, saying);
}

static void test_wrong_profiles(void **state)
{
    YX_CLEAN(yx_buf) struct yx_buf rgb = saved(cmsCreate_sRGBProfile());
    YX_CLEAN(yx_buf) struct yx_buf lab = saved(cmsCreateLab4Profile(NULL));
    YX_CLEAN(yx_buf) struct yx_buf huge = {0};

    (void)state;
    expect_no_profile(YX_COLOUR_CMYK, yx_buf_bytes(&rgb), "4 channels");
    expect_no_profile(YX_COLOUR_GREY, yx_buf_bytes(&rgb), "1 channels");
    expect_no_profile(YX_COLOUR_RGB, yx_buf_bytes(&lab), "3 channels");
    expect_no_profile(YX_COLOUR_RGB, YX_TEXT("no profile"), "damaged");
    assert_int_equal(yx_buf_reserve(&huge, 5u << 20), YX_OK);
    memset(huge.data, 0, 5u << 20);
    expect_no_profile(YX_COLOUR_RGB, YX_BYTES(huge.data, 5u << 20), "more than 4194304 bytes");
}

/* Cut or changed, a profile is used or refused. Making a transform for inks takes milliseconds, so
 * not every byte has its turn. */
static void test_damage(void **state)
{
    struct {
        yx_colour_kind kind;
        struct yx_buf profile;
    } cases[] = {{YX_COLOUR_GREY, grey_profile(2.2)},
                 {YX_COLOUR_RGB, saved(cmsCreate_sRGBProfile())},
                 {YX_COLOUR_CMYK, press_profile()}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct yx_buf *profile = &cases[i].profile;

        for (size_t at = 0; at < 2 * profile->len; at += at < 256 ? 1 : 7) {
            YX_CLEAN(yx_colour_space) struct yx_colour_space *space = NULL;
            size_t len = at < profile->len ? at : profile->len;
            uint8_t *copy = malloc(len + 1);
            uint8_t got[3] = {0};
            yx_status status;

            assert_non_null(copy);
            memcpy(copy, profile->data, len);
            if (at >= profile->len)
                copy[at - profile->len] ^= 0xFF;
            status = yx_colour_space_new(cases[i].kind, YX_BYTES(copy, len), &space, NULL);
            if (status == YX_OK)
                yx_colour_to_rgb(space, (double[]){0.3, 0.5, 0.7, 0.1}, got);
            else
                assert_int_equal(status, YX_REFUSED);
            free(copy);
        }
        yx_buf_free(profile);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_device),         cmocka_unit_test(test_no_numbers),
        cmocka_unit_test(test_channels),       cmocka_unit_test(test_profiles),
        cmocka_unit_test(test_wrong_profiles), cmocka_unit_test(test_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
