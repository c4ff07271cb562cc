/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - hex and UTF-8. */
#include "base/base.h"

void yx_hex(struct yx_bytes bytes, char *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < bytes.len; i++) {
        *out++ = digits[bytes.data[i] >> 4];
        *out++ = digits[bytes.data[i] & 15];
    }
    *out = '\0';
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

yx_status yx_hex_decode(struct yx_bytes text, struct yx_buf *out, struct yx_error *err)
{
    YX_REQUIRE(text.len % 2 == 0, err, YX_DAMAGED, "hex", N_("the text is not hex"));
    if (yx_buf_reserve(out, text.len / 2) != YX_OK)
        return yx_fail_memory(err);
    for (size_t i = 0; i < text.len; i += 2) {
        int high = hex_digit(text.data[i]), low = hex_digit(text.data[i + 1]);

        YX_REQUIRE(high >= 0 && low >= 0, err, YX_DAMAGED, "hex", N_("the text is not hex"));
        out->data[out->len++] = (uint8_t)(high << 4 | low);
    }
    return YX_OK;
}

/* RFC 3629 4: how many bytes a first byte announces, and the smallest code point they may carry. */
static size_t sequence_length(uint8_t first, uint32_t *smallest, uint32_t *bits)
{
    static const struct {
        uint8_t mask, lead, length;
        uint32_t smallest;
    } forms[] = {{0x80, 0x00, 1, 0},
                 {0xE0, 0xC0, 2, 0x80},
                 {0xF0, 0xE0, 3, 0x800},
                 {0xF8, 0xF0, 4, 0x10000}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if ((first & forms[i].mask) != forms[i].lead)
            continue;
        *smallest = forms[i].smallest;
        *bits = first & (uint8_t)~forms[i].mask;
        return forms[i].length;
    }
    return 0;
}

size_t yx_utf8_next(struct yx_bytes text, uint32_t *code_point)
{
    *code_point = 0;
    if (text.len == 0)
        return 0;
    uint32_t smallest, value;
    size_t len = sequence_length(text.data[0], &smallest, &value);
    if (len == 0 || len > text.len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((text.data[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (text.data[i] & 0x3Fu);
    }
    if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *code_point = value;
    return len;
}

bool yx_utf8_valid(struct yx_bytes text)
{
    while (text.len > 0) {
        uint32_t code_point;
        size_t len = yx_utf8_next(text, &code_point);
        if (len == 0 || code_point == 0)
            return false;
        text = YX_BYTES(text.data + len, text.len - len);
    }
    return true;
}

yx_status yx_utf8_append(struct yx_buf *buf, uint32_t code_point)
{
    uint8_t bytes[4];
    size_t len = code_point < 0x80 ? 1 : code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = {0x00, 0x00, 0xC0, 0xE0, 0xF0};
    for (size_t i = len - 1; i > 0; i--) {
        bytes[i] = (uint8_t)(0x80 | (code_point & 0x3F));
        code_point >>= 6;
    }
    bytes[0] = (uint8_t)(lead[len] | code_point);
    return yx_buf_append(buf, YX_BYTES(bytes, len));
}
