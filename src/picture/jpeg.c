/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jpeg.c - what a PDF must say about a JPEG (ITU-T T.81) that it carries as it is: size,
 * components, and Adobe's habit of inverted inks. Nothing is decoded here.
 */
#include "picture/picture.h"

enum {
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    SOF_BASELINE = 0xC0,
    SOF_EXTENDED = 0xC1,
    SOF_PROGRESSIVE = 0xC2,
    SOF_LAST = 0xCF,
    DHT = 0xC4,
    JPG = 0xC8,
    DAC = 0xCC,
    APP14 = 0xEE
};

static yx_status fail_damaged(struct yx_error *err)
{
    return yx_fail(err, YX_REFUSED, yx_rule_picture, N_("the JPEG is damaged"));
}

static bool is_frame(uint8_t marker)
{
    return marker >= SOF_BASELINE && marker <= SOF_LAST && marker != DHT && marker != JPG &&
           marker != DAC;
}

static uint32_t big_16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

/* Frame header: precision, height, width, components (ITU-T T.81 B.2.2). */
static yx_status read_frame(uint8_t marker, struct yx_bytes segment, struct yx_jpeg *out,
                            struct yx_error *err)
{
    if (segment.len < 6)
        return fail_damaged(err);
    /* The filter DCTDecode takes baseline and progressive ones of 8 bits (ISO 32000-1 7.4.8). */
    YX_REQUIRE(marker <= SOF_PROGRESSIVE && segment.data[0] == 8, err, YX_REFUSED,
               "ISO 32000-1 7.4.8",
               N_("the JPEG is of a kind that a PDF cannot carry; save it as a baseline JPEG"));
    out->height = big_16(segment.data + 1);
    out->width = big_16(segment.data + 3);
    out->components = segment.data[5];
    bool known = out->components == 1 || out->components == 3 || out->components == 4;
    if (!known || out->width == 0 || out->height == 0)
        return fail_damaged(err);
    return YX_OK;
}

/* "Adobe", and a transform: the writer is one that inverts four components. */
static bool is_adobe(uint8_t marker, struct yx_bytes segment)
{
    return marker == APP14 && segment.len >= 12 && memcmp(segment.data, "Adobe", 5) == 0;
}

/* Takes a marker: 0xFF, as often as the writer liked, and its code. */
static bool take_marker(struct yx_bytes *rest, uint8_t *marker)
{
    size_t at = 0;
    while (at < rest->len && rest->data[at] == 0xFF)
        at++;
    if (at == 0 || at == rest->len)
        return false;
    *marker = rest->data[at];
    *rest = YX_BYTES(rest->data + at + 1, rest->len - at - 1);
    return true;
}

static bool take_segment(struct yx_bytes *rest, struct yx_bytes *segment)
{
    if (rest->len < 2 || big_16(rest->data) < 2 || big_16(rest->data) > rest->len)
        return false;
    size_t length = big_16(rest->data);
    *segment = YX_BYTES(rest->data + 2, length - 2);
    *rest = YX_BYTES(rest->data + length, rest->len - length);
    return true;
}

yx_status yx_jpeg_read(struct yx_bytes picture, struct yx_jpeg *out, struct yx_error *err)
{
    struct yx_bytes rest = picture, segment;
    uint8_t marker;
    bool adobe = false;
    *out = (struct yx_jpeg){0};
    if (!take_marker(&rest, &marker) || marker != SOI)
        return fail_damaged(err);
    while (take_marker(&rest, &marker) && marker != SOS) {
        if (!take_segment(&rest, &segment))
            return fail_damaged(err);
        adobe = adobe || is_adobe(marker, segment);
        if (is_frame(marker))
            YX_TRY(read_frame(marker, segment, out, err));
    }
    if (marker != SOS || out->components == 0)
        return fail_damaged(err);
    out->inverted = adobe && out->components == 4;
    return YX_OK;
}
