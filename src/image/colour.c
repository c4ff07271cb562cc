/* SPDX-License-Identifier: Apache-2.0 */
/*
 * colour.c - colour spaces: those of the device by themselves, those with an ICC profile by lcms2.
 * The profile is foreign: it is opened from memory, and must be one for as many channels as the
 * space has.
 */
#include <lcms2.h>
#include <math.h>
#include <stdlib.h>

#include "image/parts.h"

#define RULE "GB/T 33190-2016, colour spaces; ICC.1"
/* Press profiles take 0.5 to 3 MiB. */
#define PROFILE_MAX ((size_t)4 * 1024 * 1024)

struct yx_colour_space {
    yx_colour_kind kind;
    cmsContext lcms;      /* NULL: no profile */
    cmsHTRANSFORM to_rgb; /* 8-bit samples to red, green, blue, and one byte left alone */
};

static const struct {
    size_t channels;
    cmsColorSpaceSignature signature;
    cmsUInt32Number format;
} kinds[] = {
    [YX_COLOUR_GREY] = {1, cmsSigGrayData, TYPE_GRAY_8},
    [YX_COLOUR_RGB] = {3, cmsSigRgbData, TYPE_RGB_8},
    [YX_COLOUR_CMYK] = {4, cmsSigCmykData, TYPE_CMYK_8},
};

size_t yx_colour_channels(yx_colour_kind kind)
{
    return kinds[kind].channels;
}

/* --- Profiles ---------------------------------------------------------------------------- */

static void close_profile(cmsHPROFILE profile)
{
    if (profile != NULL)
        (void)cmsCloseProfile(profile);
}
YX_DEFINE_CLEAN(profile, cmsHPROFILE, close_profile);

static bool is_usable(cmsHPROFILE profile, yx_colour_kind kind)
{
    cmsProfileClassSignature class = cmsGetDeviceClass(profile);
    bool is_device = class == cmsSigInputClass || class == cmsSigDisplayClass ||
                     class == cmsSigOutputClass || class == cmsSigColorSpaceClass;

    return is_device && cmsGetColorSpace(profile) == kinds[kind].signature;
}

static yx_status open_profile(struct yx_colour_space *space, struct yx_bytes bytes,
                              struct yx_error *err)
{
    YX_CLEAN(profile) cmsHPROFILE from = NULL;
    YX_CLEAN(profile) cmsHPROFILE to = NULL;

    space->lcms = cmsCreateContext(NULL, NULL);
    if (space->lcms == NULL)
        return yx_fail_memory(err);
    to = cmsCreate_sRGBProfileTHR(space->lcms);
    if (to == NULL)
        return yx_fail_memory(err);
    from = cmsOpenProfileFromMemTHR(space->lcms, bytes.data, (cmsUInt32Number)bytes.len);
    YX_REQUIRE(from != NULL, err, YX_REFUSED, RULE, N_("the ICC profile is damaged"));
    YX_REQUIRE(is_usable(from, space->kind), err, YX_REFUSED, RULE,
               N_("the ICC profile is not one for colours of {1} channels"),
               YX_NUM(yx_colour_channels(space->kind)));
    space->to_rgb =
        cmsCreateTransformTHR(space->lcms, from, kinds[space->kind].format, to, TYPE_RGBA_8,
                              INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_BLACKPOINTCOMPENSATION);
    YX_REQUIRE(space->to_rgb != NULL, err, YX_REFUSED, RULE, N_("the ICC profile is damaged"));
    return YX_OK;
}

/* --- Spaces ------------------------------------------------------------------------------ */

yx_status yx_colour_space_new(yx_colour_kind kind, struct yx_bytes profile,
                              struct yx_colour_space **out, struct yx_error *err)
{
    YX_CLEAN(yx_colour_space) struct yx_colour_space *space = calloc(1, sizeof *space);

    *out = NULL;
    if (space == NULL)
        return yx_fail_memory(err);
    space->kind = kind;
    YX_REQUIRE(profile.len <= PROFILE_MAX, err, YX_REFUSED, RULE,
               N_("the ICC profile has more than {1} bytes"), YX_NUM(PROFILE_MAX));
    if (profile.len > 0)
        YX_TRY(open_profile(space, profile, err));
    *out = space;
    space = NULL;
    return YX_OK;
}

void yx_colour_space_free(struct yx_colour_space *space)
{
    if (space == NULL)
        return;
    if (space->to_rgb != NULL)
        cmsDeleteTransform(space->to_rgb);
    if (space->lcms != NULL)
        cmsDeleteContext(space->lcms);
    free(space);
}

/* --- Colours ----------------------------------------------------------------------------- */

static void device_to_rgb(yx_colour_kind kind, const uint8_t *sample, uint8_t rgb[3])
{
    if (kind == YX_COLOUR_CMYK)
        yx_cmyk_to_rgb(sample, rgb);
    else
        for (size_t i = 0; i < 3; i++)
            rgb[i] = sample[kind == YX_COLOUR_RGB ? i : 0];
}

void yx_colour_row(const struct yx_colour_space *space, const uint8_t *samples, uint8_t *rgba,
                   size_t pixels)
{
    size_t channels = yx_colour_channels(space->kind);

    if (space->to_rgb != NULL)
        cmsDoTransform(space->to_rgb, samples, rgba, (cmsUInt32Number)pixels);
    else
        for (size_t i = 0; i < pixels; i++)
            device_to_rgb(space->kind, samples + i * channels, rgba + i * 4);
    for (size_t i = 0; i < pixels; i++)
        rgba[i * 4 + 3] = UINT8_MAX;
}

/* What is no number is 0. */
static uint8_t to_sample(double number)
{
    return number > 0 ? (uint8_t)lround(fmin(number, 1) * UINT8_MAX) : 0;
}

void yx_colour_to_rgb(const struct yx_colour_space *space, const double *numbers, uint8_t rgb[3])
{
    uint8_t sample[4] = {0}, rgba[4];

    for (size_t i = 0; i < yx_colour_channels(space->kind); i++)
        sample[i] = to_sample(numbers[i]);
    yx_colour_row(space, sample, rgba, 1);
    memcpy(rgb, rgba, 3);
}
