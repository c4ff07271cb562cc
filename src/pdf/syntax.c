/* SPDX-License-Identifier: Apache-2.0 */
/* syntax.c - PDF syntax that we write ourselves: numbers, strings, names, references. */
#include <math.h>

#include "pdf/pdf.h"

/* Beyond this a coordinate makes no sense and the arithmetic below no longer holds. */
#define NUMBER_MAX 1e12

yx_status yx_pdf_put_number(struct yx_buf *out, double number)
{
    if (!(number > -NUMBER_MAX && number < NUMBER_MAX))
        return YX_INTERNAL;
    long long scaled = llround(number * 10000);
    long long whole = scaled / 10000, rest = scaled % 10000;
    if (rest == 0)
        return yx_buf_printf(out, "%lld", whole);
    char text[8];
    snprintf(text, sizeof text, "%04lld", rest < 0 ? -rest : rest);
    for (size_t end = 4; end > 0 && text[end - 1] == '0'; end--)
        text[end - 1] = '\0';
    return yx_buf_printf(out, "%s%lld.%s", scaled < 0 ? "-" : "", whole < 0 ? -whole : whole, text);
}

static yx_status put_hex_digits(struct yx_buf *out, struct yx_bytes bytes)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t more;
    if (yx_mul_overflows(bytes.len, (size_t)2, &more))
        return YX_NO_MEMORY;
    YX_TRY(yx_buf_reserve(out, more));
    for (size_t i = 0; i < bytes.len; i++) {
        out->data[out->len++] = (uint8_t)digits[bytes.data[i] >> 4];
        out->data[out->len++] = (uint8_t)digits[bytes.data[i] & 15];
    }
    return YX_OK;
}

yx_status yx_pdf_put_hex(struct yx_buf *out, struct yx_bytes bytes)
{
    YX_TRY(yx_buf_append_text(out, "<"));
    YX_TRY(put_hex_digits(out, bytes));
    return yx_buf_append_text(out, ">");
}

static yx_status put_utf16(struct yx_buf *out, uint32_t code_point)
{
    if (code_point < 0x10000)
        return put_hex_digits(
            out, YX_BYTES(((uint8_t[]){(uint8_t)(code_point >> 8), (uint8_t)code_point}), 2));
    uint32_t rest = code_point - 0x10000;
    uint32_t high = 0xD800 + (rest >> 10), low = 0xDC00 + (rest & 0x3FF);
    uint8_t pair[4] = {(uint8_t)(high >> 8), (uint8_t)high, (uint8_t)(low >> 8), (uint8_t)low};
    return put_hex_digits(out, YX_BYTES(pair, sizeof pair));
}

static bool is_ascii(struct yx_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= 0x80)
            return false;
    }
    return true;
}

yx_status yx_pdf_put_text(struct yx_buf *out, const char *utf8)
{
    struct yx_bytes text = YX_TEXT(utf8);
    if (is_ascii(text))
        return yx_pdf_put_hex(out, text);
    YX_TRY(yx_buf_append_text(out, "<FEFF"));
    uint32_t code_point;
    for (size_t used; (used = yx_utf8_next(text, &code_point)) > 0;
         text = YX_BYTES(text.data + used, text.len - used))
        YX_TRY(put_utf16(out, code_point));
    return yx_buf_append_text(out, ">");
}

yx_status yx_pdf_put_name(struct yx_buf *out, const char *name)
{
    YX_TRY(yx_buf_append_text(out, "/"));
    for (const char *c = name + 1; *c != '\0'; c++) {
        bool plain = *c > 32 && *c < 127 && strchr("#%()<>[]{}/", *c) == NULL;
        if (plain)
            YX_TRY(yx_buf_append(out, YX_BYTES(c, 1)));
        else
            YX_TRY(yx_buf_printf(out, "#%02X", (unsigned)(unsigned char)*c));
    }
    return YX_OK;
}

yx_status yx_pdf_put_ref(struct yx_buf *out, struct yx_pdf_ref ref)
{
    return yx_buf_printf(out, "%d %d R", ref.id, ref.generation);
}
