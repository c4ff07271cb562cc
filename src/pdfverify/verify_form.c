/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_form.c - does a form XObject paint what the drawing in a seal becomes in a PDF? The same
 * operators, the same resources, and nothing besides. Numbers may differ in their last digit:
 * sines are not the same to the last bit on every machine.
 */
#include <math.h>

#include "pdfverify/verify.h"

/* A few units of the last digit that is written, and what is lost near zero. */
#define RELATIVE 3e-6
#define ABSOLUTE 1e-9

/* Cuts off what stands before the next white space; empty at the end. */
static struct yx_bytes take_word(struct yx_bytes *rest)
{
    size_t len = 0;
    while (rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == '\n'))
        *rest = YX_BYTES(rest->data + 1, rest->len - 1);
    while (len < rest->len && rest->data[len] != ' ' && rest->data[len] != '\n')
        len++;
    struct yx_bytes word = YX_BYTES(rest->data, len);
    if (len > 0)
        *rest = YX_BYTES(rest->data + len, rest->len - len);
    return word;
}

/* "-12.5", as it is written here. */
static bool read_number(struct yx_bytes word, double *out)
{
    double value = 0, unit = 0;
    size_t i = word.len > 0 && word.data[0] == '-' ? 1 : 0;
    bool known = i < word.len && word.len <= 32;
    for (; known && i < word.len; i++) {
        uint8_t c = word.data[i];
        known = (c >= '0' && c <= '9') || (c == '.' && unit <= 0);
        if (c == '.') {
            unit = 1;
            continue;
        }
        value = value * 10 + (c - '0');
        unit *= 10;
    }
    value = unit > 0 ? value / unit : value;
    *out = word.len > 0 && word.data[0] == '-' ? -value : value;
    return known;
}

static bool is_near(struct yx_bytes left, struct yx_bytes right)
{
    double a, b;
    return read_number(left, &a) && read_number(right, &b) &&
           fabs(a - b) <= fmax(fabs(a), fabs(b)) * RELATIVE + ABSOLUTE;
}

static bool paints_same(struct yx_bytes left, struct yx_bytes right)
{
    struct yx_bytes a, b;
    do {
        a = take_word(&left);
        b = take_word(&right);
        if (!yx_bytes_equal(a, b) && !is_near(a, b))
            return false;
    } while (a.len > 0);
    return true;
}

/* Both written by the same hand, so that the order of keys does not count. */
static yx_status dictionary_is(struct yx_pdf *pdf, qpdf_oh form, const struct yx_buf *entries,
                               bool *out, struct yx_error *err)
{
    static const struct yx_pdf_edit without[] = {{.key = "/Length"}, {.key = "/Filter"}};
    YX_CLEAN(yx_buf) struct yx_buf text = {0}, wanted = {0}, found = {0};
    if (yx_buf_printf(&text, "<< %.*s >>", (int)entries->len, (const char *)entries->data) !=
            YX_OK ||
        yx_buf_append(&text, YX_BYTES("", 1)) != YX_OK)
        return yx_fail_memory(err);
    qpdf_oh expected = qpdf_oh_parse(pdf->qpdf, (const char *)text.data);
    qpdf_oh dictionary = qpdf_oh_get_dict(pdf->qpdf, form);
    yx_status status = yx_pdf_edit_dictionary(pdf, expected, NULL, 0, &wanted, err);
    if (status == YX_OK)
        status = yx_pdf_edit_dictionary(pdf, dictionary, without, 2, &found, err);
    yx_pdf_drop(pdf, dictionary);
    yx_pdf_drop(pdf, expected);
    *out = yx_bytes_equal(yx_buf_bytes(&wanted), yx_buf_bytes(&found));
    return status;
}

yx_status yx_pdf_form_is(struct yx_pdf *pdf, qpdf_oh form, const struct yx_buf *entries,
                         struct yx_bytes content, bool *out, struct yx_error *err)
{
    YX_CLEAN(yx_buf) struct yx_buf data = {0};
    *out = false;
    if (!qpdf_oh_is_stream(pdf->qpdf, form))
        return YX_OK;
    YX_TRY(dictionary_is(pdf, form, entries, out, err));
    if (!*out)
        return YX_OK;
    /* The digits of its numbers may be a few more. */
    YX_TRY(yx_pdf_stream_data(pdf, form, content.len * 2 + 64, &data, err));
    *out = paints_same(yx_buf_bytes(&data), content);
    return YX_OK;
}
