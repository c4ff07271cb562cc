/* SPDX-License-Identifier: Apache-2.0 */
/* base64.c - base64 of RFC 4648 4, strict but for white space. */
#include "base/base.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

yx_status yx_base64_encode(struct yx_bytes bytes, struct yx_buf *out)
{
    size_t groups = bytes.len / 3 + (bytes.len % 3 != 0);
    size_t size;
    if (yx_mul_overflows(groups, 4, &size))
        return YX_NO_MEMORY;
    YX_TRY(yx_buf_reserve(out, size));
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t bits = 0;
        for (size_t j = 0; j < 3; j++)
            bits = bits << 8 | (j < have ? bytes.data[i + j] : 0u);
        for (size_t j = 0; j < 4; j++)
            out->data[out->len++] =
                (uint8_t)(j > have ? '=' : alphabet[bits >> (18 - 6 * j) & 0x3F]);
    }
    return YX_OK;
}

/* The value of a base64 character, or -1. */
static int digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One group of four characters, padded or not: 1 to 3 bytes; 0 when it is not base64. */
static size_t decode_group(const uint8_t group[4], uint8_t out[3])
{
    size_t padding = group[3] == '=' ? 1 + (group[2] == '=') : 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++) {
        int value = i >= 4 - padding ? 0 : digit(group[i]);
        if (value < 0)
            return 0;
        bits = bits << 6 | (uint32_t)value;
    }
    /* RFC 4648 3.5: the bits behind the last byte are zero, or two texts would mean the same. */
    if ((padding == 1 && (bits & 0xFF) != 0) || (padding == 2 && (bits & 0xFFFF) != 0))
        return 0;
    for (size_t i = 0; i < 3; i++)
        out[i] = (uint8_t)(bits >> (16 - 8 * i));
    return 3 - padding;
}

yx_status yx_base64_decode(struct yx_bytes text, struct yx_buf *out, struct yx_error *err)
{
    uint8_t group[4];
    size_t have = 0;
    bool ended = false;
    if (yx_buf_reserve(out, text.len / 4 * 3 + 3) != YX_OK)
        return yx_fail_memory(err);
    for (size_t i = 0; i < text.len; i++) {
        if (is_space(text.data[i]))
            continue;
        YX_REQUIRE(!ended, err, YX_DAMAGED, "RFC 4648 3.3", N_("text follows the end of base64"));
        group[have++] = text.data[i];
        if (have < 4)
            continue;
        have = 0;
        uint8_t bytes[3];
        size_t len = decode_group(group, bytes);
        YX_REQUIRE(len > 0, err, YX_DAMAGED, "RFC 4648 4", N_("not base64"));
        ended = len < 3;
        if (yx_buf_append(out, YX_BYTES(bytes, len)) != YX_OK)
            return yx_fail_memory(err);
    }
    YX_REQUIRE(have == 0, err, YX_DAMAGED, "RFC 4648 4", N_("base64 ends in the middle"));
    return YX_OK;
}
